package sqlitebus

import (
	"testing"
	"time"

	"freecar/internal/crash"
)

// TestLeasesInAHurry: who takes over from the dead does so sooner where programs are built to
// die, and nowhere else.
func TestLeasesInAHurry(t *testing.T) {
	usual := [...]time.Duration{4 * time.Second, time.Second, 5 * time.Second}
	if crash.Armed {
		for i := range usual {
			usual[i] /= 4
		}
	}
	if got := [...]time.Duration{lease, renewEvery, handleAtMost}; got != usual {
		t.Errorf("lease, renewal and handling take %v, want %v", got, usual)
	}
}
