package peertest_test

import (
	"errors"
	"slices"
	"sync"
	"testing"

	"github.com/go-kit/kit/sd"
	"go.uber.org/goleak"

	"freecar/internal/peer/peertest"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m, peertest.HystrixStays()...) }

// told is the least that passes: it tells what it is told.
type told struct {
	mu        sync.Mutex
	last      sd.Event
	listeners map[chan<- sd.Event]bool
}

func (r *told) say(e sd.Event) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if e.Err == nil {
		r.last = e
	}
	for ch := range r.listeners {
		ch <- sd.Event{Instances: slices.Clone(e.Instances), Err: e.Err}
	}
}

// Register tells the last good list.
func (r *told) Register(ch chan<- sd.Event) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.listeners[ch] = true
	ch <- sd.Event{Instances: slices.Clone(r.last.Instances)}
}

// Deregister waits for a telling under way.
func (r *told) Deregister(ch chan<- sd.Event) {
	r.mu.Lock()
	defer r.mu.Unlock()
	delete(r.listeners, ch)
}

// Stop has nothing to stop.
func (r *told) Stop() {}

func TestResolvers(t *testing.T) {
	peertest.Resolvers(t, func(_ *testing.T, instances ...string) peertest.Resolver {
		r := &told{last: sd.Event{Instances: instances}, listeners: map[chan<- sd.Event]bool{}}
		return peertest.Resolver{Instancer: r,
			Set:   func(instances ...string) { r.say(sd.Event{Instances: instances}) },
			Break: func() { r.say(sd.Event{Err: errors.New("away")}) }}
	})
}
