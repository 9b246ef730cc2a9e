package sandbox_test

import (
	"path/filepath"
	"testing"

	"go.uber.org/goleak"

	"freecar/user"
	"freecar/user/internal/adapter/sandbox"
	"freecar/user/internal/adaptertest"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

func TestPayments(t *testing.T) {
	adaptertest.Payments(t, func(t *testing.T) (user.Payments, func() user.Payments) {
		path := filepath.Join(t.TempDir(), "payments.db")
		again := func() user.Payments {
			p, err := sandbox.Open(t.Context(), path)
			if err != nil {
				t.Fatal(err)
			}
			t.Cleanup(func() {
				if err := p.Close(); err != nil {
					t.Error(err)
				}
			})
			return p
		}
		return again(), again
	})
}
