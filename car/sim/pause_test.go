package sim

import (
	"errors"
	"net/http"
	"testing"
	"time"

	"freecar/internal/clock"
)

func TestPause(t *testing.T) {
	broken := errors.New("broken")
	t.Run("it is over at first, lasts after a failure, and ends by itself", func(t *testing.T) {
		var p pause
		if p.reason(noon) != nil {
			t.Error("it began by itself")
		}
		d := p.failed(noon, broken)
		if d <= 0 || p.reason(noon.Add(d-1)) != broken || p.reason(noon.Add(d)) != nil {
			t.Errorf("a pause of %v: %v before its end, %v then", d, p.reason(noon.Add(d-1)), p.reason(noon.Add(d)))
		}
	})
	t.Run("it grows with each failure up to a limit, and success makes it short again", func(t *testing.T) {
		var p pause
		longest := time.Duration(0)
		for range 50 {
			longest = max(longest, p.failed(noon, broken))
		}
		if longest < usualPause/2 || longest > usualPause*19/10 {
			t.Errorf("the longest is %v", longest)
		}
		p.worked()
		if d := p.failed(noon, broken); p.reason(noon) == nil || d > firstPause*19/10 {
			t.Errorf("%v after success", d)
		}
	})
	t.Run("it is longer than the platform asks for, and not the same for all", func(t *testing.T) {
		pauses := map[time.Duration]bool{}
		for range 100 {
			var p pause
			d := p.failed(noon, &refusal{retryAfter: 4 * time.Minute})
			if pauses[d] = true; d < 4*time.Minute || d > 4*time.Minute+2*firstPause {
				t.Errorf("%v", d)
			}
		}
		if len(pauses) < 90 {
			t.Errorf("%d pauses of 100 devices", len(pauses))
		}
	})
}

func TestRetryAfter(t *testing.T) {
	p := &platform{clock: clock.NewManual(noon)}
	for header, want := range map[string]time.Duration{
		"": 0, "soon": 0, "-5": 0, "0": 0, "7": 7 * time.Second,
		"9223372036854775807":                              longestPause,
		noon.Add(90 * time.Second).Format(http.TimeFormat): 90 * time.Second,
		noon.Add(-time.Hour).Format(http.TimeFormat):       0,
		noon.Add(time.Hour).Format(http.TimeFormat):        longestPause,
	} {
		if got := p.retryAfter(header); got != want {
			t.Errorf("%q: %v, want %v", header, got, want)
		}
	}
}
