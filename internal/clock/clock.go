// Package clock is where the platform gets its time from: UTC, in whole
// milliseconds, so that a time is the same before and after a store or the wire.
package clock

import (
	"sync"
	"time"
)

// Clock tells the time.
type Clock interface {
	Now() time.Time
}

// System is the server's clock.
type System struct{}

// Now is the current time.
func (System) Now() time.Time { return Trim(time.Now()) }

// Trim brings a time to the platform's form: UTC, whole milliseconds.
func Trim(t time.Time) time.Time { return t.UTC().Truncate(time.Millisecond) }

// Manual is a clock that a test moves by hand. It is safe for concurrent use.
type Manual struct {
	mu  sync.Mutex
	now time.Time
}

// NewManual starts a clock at a time.
func NewManual(start time.Time) *Manual { return &Manual{now: Trim(start)} }

// Now is where the clock stands.
func (m *Manual) Now() time.Time {
	m.mu.Lock()
	defer m.mu.Unlock()
	return m.now
}

// Advance moves the clock on, or back with a negative d.
func (m *Manual) Advance(d time.Duration) {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.now = Trim(m.now.Add(d))
}
