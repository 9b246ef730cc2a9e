package car_test

import (
	"testing"

	"freecar/internal/leaktest"
)

func TestMain(m *testing.M) { leaktest.Main(m) }
