package adaptertest

import (
	"errors"
	"testing"

	"freecar/user"
)

// SecondFactors holds the keeper of second factors to its contract.
func SecondFactors(t *testing.T, open Open) {
	full := user.SecondFactor{Sealed: "sealed", ConfirmedAt: start, Spent: 7, Wrong: 2, LockedUntil: start}
	set := func(t *testing.T, s Store, id string, to user.SecondFactor) user.SecondFactor {
		t.Helper()
		return must[user.SecondFactor](t)(s.Factors.Update(t.Context(), id, func(f *user.SecondFactor) error { *f = to; return nil }))
	}
	t.Run("what is saved comes back equal, and a zero one is none", func(t *testing.T) {
		s, again := open(t)
		for _, want := range []user.SecondFactor{full, {Sealed: "only"}, {}, full} {
			if got := set(t, s, "1", want); got != want {
				t.Errorf("got %+v, want %+v", got, want)
			}
			if got := must[user.SecondFactor](t)(again().Factors.Factor(t.Context(), "1")); got != want {
				t.Errorf("got %+v, want %+v", got, want)
			}
		}
		if got := must[user.SecondFactor](t)(s.Factors.Factor(t.Context(), "2")); got != (user.SecondFactor{}) {
			t.Errorf("of another: %+v", got)
		}
	})
	t.Run("a failed change saves nothing", func(t *testing.T) {
		s, _ := open(t)
		set(t, s, "1", full)
		refused := errors.New("refused")
		_, err := s.Factors.Update(t.Context(), "1", func(f *user.SecondFactor) error { *f = user.SecondFactor{}; return refused })
		expect(t, err, refused)
		if got := must[user.SecondFactor](t)(s.Factors.Factor(t.Context(), "1")); got != full {
			t.Errorf("got %+v", got)
		}
	})
	t.Run("of many with one code, one gets in", func(t *testing.T) {
		s, again := open(t)
		stores := []Store{s, again()}
		set(t, s, "1", user.SecondFactor{Sealed: "sealed", ConfirmedAt: start})
		if won := race(t, user.ErrBadTOTP, func(i int) (refused error) {
			_, err := stores[i%2].Factors.Update(t.Context(), "1", func(f *user.SecondFactor) error {
				f.Wrong = 0 // or the tenth locks out the others
				refused = f.Try(9, start)
				return nil
			})
			return errors.Join(refused, err)
		}); won != 1 {
			t.Errorf("%d got in", won)
		}
	})
	t.Run("a change of the account takes it away, in the same write", func(t *testing.T) {
		s, _ := open(t)
		a := openAccount(t, s, person("ada@example.org", ""), start)
		set(t, s, a.ID, full)
		must[user.Account](t)(govern(s, t, a.ID, user.Governing{Status: user.Blocked, Reason: "fraud"}))
		if got := must[user.SecondFactor](t)(s.Factors.Factor(t.Context(), a.ID)); got != full {
			t.Errorf("blocked: %+v", got)
		}
		must[user.Account](t)(govern(s, t, a.ID, user.Governing{ResetTOTP: true}))
		if got := must[user.SecondFactor](t)(s.Factors.Factor(t.Context(), a.ID)); got != (user.SecondFactor{}) {
			t.Errorf("reset: %+v", got)
		}
	})
}
