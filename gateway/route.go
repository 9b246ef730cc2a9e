package gateway

import (
	"net/http"

	"freecar/internal/errs"
	"freecar/internal/kitx"
)

// Route is one line of the table.
type Route struct {
	kitx.Spec
	Rate Rate
	Key  KeyRule
}

// pass makes the line of an operation that is passed through.
func pass(spec kitx.Spec, rate Rate, key KeyRule) Route {
	return Route{Spec: spec, Rate: rate, Key: key}
}

// Rate says which limits count the requests of a route.
type Rate uint8

const (
	// RateUsual counts by address and, once somebody is signed in, by principal.
	RateUsual Rate = iota + 1
	// RateDevice counts by principal alone, apart from the usual: a car reports every
	// second, and many share an address of their network.
	RateDevice
	// RateSignUp is RateUsual, and counts sign-ups by address.
	RateSignUp
	// RateSignIn is RateUsual, and counts wrong passwords by address and, where somebody
	// is signed in, by principal.
	RateSignIn
)

// KeyRule says what a route does with an Idempotency-Key.
type KeyRule uint8

const (
	// KeyNone takes no key. One that comes is dropped: it would make us repeat a
	// request whose service does not know it again.
	KeyNone KeyRule = iota + 1
	// KeyOptional checks the form of a key that comes.
	KeyOptional
	// KeyRequired refuses a request without one.
	KeyRequired
)

// Check holds the headers of a request to the rule. Errors: Invalid, naming the header.
func (k KeyRule) Check(h http.Header) error {
	values := h[kitx.KeyHeader]
	switch {
	case k == KeyNone:
		return nil
	case len(values) > 1:
		return errs.Invalidf(kitx.KeyHeader, "repeated", "Give it once.")
	case len(values) == 1:
		return kitx.CheckKey(values[0])
	case k == KeyRequired:
		return errs.Invalidf(kitx.KeyHeader, "required", "Send an Idempotency-Key, so that a repetition has no second effect.")
	default:
		return nil
	}
}
