package sim_test

import (
	"net/http"
	"sync"
	"testing"
	"time"

	"freecar/car/sim"
)

// TestStorm is a platform that restarts under many devices: they come back soon, and not
// all at once.
func TestStorm(t *testing.T) {
	// Of so many, 28 % fall into the busiest quarter of a second by chance, 2.6 % more or less;
	// with half the spread it would be 50 %, and without any all of them.
	const devices, atMost = 300, 40 // percent
	const window = 250 * time.Millisecond
	inBubble(t, "many devices after a restart", func(t *testing.T) {
		p := newFakePlatform(lockedCar("a"))
		var mu sync.Mutex
		down := false
		var since time.Time
		tried := map[time.Duration]int{}
		p.refuse = func(_ http.ResponseWriter, r *http.Request) bool {
			mu.Lock()
			defer mu.Unlock()
			if r.URL.Path != "/v1/devices/commands" || since.IsZero() {
				return false
			}
			at := time.Since(since) / window
			if !down {
				return false
			}
			tried[at]++
			panic(http.ErrAbortHandler)
		}
		for range devices {
			running(t, p, func(c *sim.Config) { c.Standing = true })
		}
		pass(20 * time.Second)
		mu.Lock()
		down, since = true, time.Now()
		mu.Unlock()
		p.dropStreams()
		pass(4 * time.Second)
		mu.Lock()
		down = false
		mu.Unlock()
		pass(15 * time.Second)
		mu.Lock()
		defer mu.Unlock()
		most := 0
		for _, n := range tried {
			most = max(most, n)
		}
		p.mu.Lock()
		defer p.mu.Unlock()
		if len(p.streams) != devices || most > devices*atMost/100 {
			t.Errorf("%d of %d are back, and %d requests came within %v", len(p.streams), devices, most, window)
		}
	})
}

// TestRedirect is a platform that sends a device elsewhere: its secret stays here.
func TestRedirect(t *testing.T) {
	for _, status := range []int{http.StatusMovedPermanently, http.StatusTemporaryRedirect, http.StatusPermanentRedirect} {
		inBubble(t, http.StatusText(status), func(t *testing.T) {
			p := newFakePlatform(lockedCar("a"))
			elsewhere := 0
			p.refuse = func(w http.ResponseWriter, r *http.Request) bool {
				if r.URL.Path == "/elsewhere" {
					elsewhere++
				}
				w.Header().Set("Location", "http://platform/elsewhere")
				w.WriteHeader(status)
				return true
			}
			running(t, p)
			pass(time.Minute)
			if elsewhere != 0 || p.requests("/v1/sessions") == 0 {
				t.Errorf("%d went there", elsewhere)
			}
		})
	}
}
