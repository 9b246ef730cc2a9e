package idem_test

import (
	"errors"
	"testing"

	"freecar/internal/errs"
	"freecar/internal/idem"
)

func TestKey(t *testing.T) {
	key := idem.Key{Principal: "1", Operation: "trip.Start", Value: "k", BodyHash: "h"}
	t.Run("a request without a key is told by its value alone", func(t *testing.T) {
		if key.IsZero() || !(idem.Key{Principal: "1", BodyHash: "h"}).IsZero() {
			t.Error("IsZero is wrong")
		}
	})
	t.Run("the same body is the same request", func(t *testing.T) {
		if err := key.Check("h"); err != nil {
			t.Error(err)
		}
	})
	t.Run("another body is refused as 422, and nothing else is", func(t *testing.T) {
		if err := key.Check("other"); errs.KindOf(err) != errs.KeyReused || errs.KindOf(err).Status() != 422 {
			t.Errorf("got %v", err)
		}
	})
	t.Run("a repetition that comes too early says when to come again", func(t *testing.T) {
		e, ok := errors.AsType[*errs.Error](error(idem.ErrInProgress))
		if !ok || e.Kind != errs.Conflict || e.Code != "idempotency_in_progress" || e.RetryAfter <= 0 {
			t.Errorf("got %+v", e)
		}
	})
}
