package errs_test

import (
	"errors"
	"fmt"
	"testing"

	"freecar/internal/errs"
)

func TestKinds(t *testing.T) {
	t.Run("the table reads the same in both directions", func(t *testing.T) {
		for k := range errs.Kinds {
			kind := errs.Kind(k)
			if got := errs.KindOfStatus(kind.Status()); got != kind {
				t.Errorf("%s: status %d comes back as %s", kind, kind.Status(), got)
			}
			if kind.Status() >= 500 != kind.Fault() {
				t.Errorf("%s: status %d and fault %t do not agree", kind, kind.Status(), kind.Fault())
			}
		}
	})
	t.Run("a foreign status finds the nearest kind", func(t *testing.T) {
		for status, want := range map[int]errs.Kind{418: errs.Invalid, 501: errs.Internal, 502: errs.Unavailable, 507: errs.Unavailable} {
			if got := errs.KindOfStatus(status); got != want {
				t.Errorf("status %d: got %s, want %s", status, got, want)
			}
		}
	})
}

func TestErrors(t *testing.T) {
	busy := errs.E(errs.Conflict, "account_busy", "End the other rental first.")
	t.Run("an error without a kind is a fault", func(t *testing.T) {
		if err := errors.New("disk full"); !errs.IsFault(err) || errs.KindOf(err) != errs.Internal {
			t.Errorf("got fault %t, kind %s", errs.IsFault(err), errs.KindOf(err))
		}
	})
	t.Run("an answer is not a fault, wrapped or not", func(t *testing.T) {
		if err := fmt.Errorf("starting: %w", busy); errs.IsFault(err) || errs.CodeOf(err) != "account_busy" {
			t.Errorf("got fault %t, code %s", errs.IsFault(err), errs.CodeOf(err))
		}
	})
	t.Run("nil is no fault", func(t *testing.T) {
		if errs.IsFault(nil) {
			t.Error("nil is a fault")
		}
	})
	t.Run("errors.Is compares kind and code, whatever the cause", func(t *testing.T) {
		caused := busy.Because(errors.New("row 7"))
		if !errors.Is(caused, busy) || errors.Is(caused, errs.E(errs.Conflict, "car_unavailable", "")) {
			t.Error("Is does not compare kind and code")
		}
		if busy.Cause != nil {
			t.Error("Because changed the original")
		}
	})
}
