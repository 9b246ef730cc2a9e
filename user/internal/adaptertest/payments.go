package adaptertest

import (
	"testing"

	"freecar/internal/errs"
	"freecar/internal/money"
	"freecar/user"
)

// Payments holds a payment provider that takes charges to its contract; again is what
// answers after a crash.
func Payments(t *testing.T, open func(t *testing.T) (first user.Payments, again func() user.Payments)) {
	t.Run("a charge is remembered under its id", func(t *testing.T) {
		p, again := open(t)
		id := newID()
		for range 2 {
			if !must[bool](t)(p.Charge(t.Context(), id, money.Of(500))) {
				t.Error("it was not taken")
			}
		}
		if other := again(); !must[bool](t)(other.Outcome(t.Context(), id)) || other.Name() != p.Name() || p.Name() == "" {
			t.Error("it was forgotten")
		}
	})
	t.Run("a charge that nobody asked for is NotFound", func(t *testing.T) {
		p, _ := open(t)
		_, err := p.Outcome(t.Context(), newID())
		expectKind(t, err, errs.NotFound)
	})
	t.Run("one id is one charge: another amount under it is a fault", func(t *testing.T) {
		p, _ := open(t)
		id := newID()
		must[bool](t)(p.Charge(t.Context(), id, money.Of(500)))
		if taken, err := p.Charge(t.Context(), id, money.Of(501)); taken || !errs.IsFault(err) {
			t.Errorf("got %t, %v", taken, err)
		}
	})
	t.Run("many may ask for one charge at once", func(t *testing.T) {
		p, again := open(t)
		providers, id := []user.Payments{p, again()}, newID()
		race(t, nil, func(i int) error {
			_, err := providers[i%2].Charge(t.Context(), id, money.Of(500))
			return err
		})
	})
}
