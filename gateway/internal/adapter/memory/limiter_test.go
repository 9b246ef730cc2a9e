package memory_test

import (
	"errors"
	"testing"

	"go.uber.org/goleak"

	"freecar/gateway"
	"freecar/gateway/internal/adapter/memory"
	"freecar/gateway/internal/adaptertest"
	"freecar/internal/errs"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

func TestLimiter(t *testing.T) {
	adaptertest.Limiter(t, func(t *testing.T) gateway.Limiter {
		l := memory.NewLimiter()
		t.Cleanup(func() {
			if err := l.Close(); err != nil {
				t.Error(err)
			}
		})
		return l
	})
	t.Run("a closed one counts nothing", func(t *testing.T) {
		l := memory.NewLimiter()
		limit := gateway.DefaultLimits().Address
		if _, err := l.Take(t.Context(), limit, "a"); err != nil {
			t.Fatal(err)
		}
		if err := errors.Join(l.Close(), l.Close()); err != nil {
			t.Fatal(err)
		}
		if _, err := l.Take(t.Context(), limit, "a"); errs.KindOf(err) != errs.Unavailable {
			t.Errorf("got %v", err)
		}
		if err := l.GiveBack(t.Context(), limit, "a"); errs.KindOf(err) != errs.Unavailable {
			t.Errorf("got %v", err)
		}
	})
}
