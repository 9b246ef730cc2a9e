// Package leaktest holds the tests of a package to leave no goroutine behind.
package leaktest

import (
	"testing"

	"go.uber.org/goleak"
)

// Main is the TestMain of a package: its tests, and then nothing may run any more.
func Main(m *testing.M) { goleak.VerifyTestMain(m, Known()...) }

// Known are the goroutines that stay whatever we do: Hystrix keeps two for each circuit,
// and never more than that, since there is one circuit a name.
func Known() []goleak.Option {
	const circuits = "github.com/afex/hystrix-go/hystrix."
	return []goleak.Option{
		goleak.IgnoreAnyFunction(circuits + "(*metricExchange).Monitor"),
		goleak.IgnoreAnyFunction(circuits + "(*poolMetrics).Monitor"),
	}
}
