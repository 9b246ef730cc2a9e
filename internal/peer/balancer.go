package peer

import (
	"math/rand/v2"
	"slices"
	"sync"
	"sync/atomic"
	"time"

	"github.com/go-kit/kit/sd"
	"github.com/go-kit/log/level"
	"github.com/prometheus/client_golang/prometheus"
)

// balancer chooses the less busy of two random instances that are not resting.
type balancer struct {
	config  Config
	resting prometheus.Gauge
	list    atomic.Pointer[[]*instance]
	updates chan sd.Event
	stopped chan struct{}
	close   func()
}

func newBalancer(c Config) *balancer {
	b := &balancer{config: c, resting: c.Obs.Metrics.Resting.WithLabelValues(c.Caller, c.Callee),
		updates: make(chan sd.Event), stopped: make(chan struct{})}
	b.list.Store(&[]*instance{})
	b.close = sync.OnceFunc(b.stop)
	known := make(chan struct{})
	go b.follow(sync.OnceFunc(func() { close(known) }))
	c.Instances.Register(b.updates) // tells what it knows before it returns
	<-known
	return b
}

func (b *balancer) all() []*instance { return *b.list.Load() }

func (b *balancer) follow(told func()) {
	defer close(b.stopped)
	for event := range b.updates {
		// An error or an empty list is the resolver's trouble more often than the
		// callee's end: the last good list is kept.
		if event.Err == nil && len(event.Instances) > 0 {
			b.replace(event.Instances)
		}
		told()
	}
}

// replace keeps the state of instances that stay.
func (b *balancer) replace(addresses []string) {
	known := map[string]*instance{}
	for _, i := range b.all() {
		known[i.address] = i
	}
	list := make([]*instance, 0, len(addresses))
	for _, address := range addresses {
		i := known[address]
		if i == nil {
			i = &instance{address: address}
			known[address] = i
		}
		if !slices.Contains(list, i) { // one that is told twice is one
			list = append(list, i)
		}
	}
	before := b.list.Swap(&list)
	for _, i := range *before {
		if !slices.Contains(list, i) {
			b.forget(i)
		}
	}
}

// forget counts an instance no longer that is there no more.
func (b *balancer) forget(i *instance) {
	if i.leave() {
		b.resting.Dec()
	}
}

func (b *balancer) stop() {
	b.config.Instances.Deregister(b.updates)
	close(b.updates)
	<-b.stopped
	for _, i := range b.all() {
		b.forget(i)
	}
}

// pick chooses an instance that the call has not been to, and notes that it has; nil when
// there is none.
func (b *balancer) pick(c *call) *instance {
	c.been.mu.Lock()
	defer c.been.mu.Unlock()
	i := b.choose(c)
	if i != nil {
		c.been.list = append(c.been.list, i)
	}
	return i
}

// choose prefers those that do not rest, but a resting one is better than none, unless
// another try may answer yet. One whose rest is over gets a single call to show that it is
// back: one that can be hedged, if such a one comes in time.
func (b *balancer) choose(c *call) *instance {
	list, now, first := b.all(), time.Now().UnixNano(), b.config.Tuning.Eject
	overdue := now
	if c.spec.Class() != "read" || !repeatable(c) || len(c.been.list) > 0 {
		overdue -= int64(longestRest * first)
	}
	if len(list) == 1 && !c.been.has(list[0]) {
		return list[0]
	}
	var awake, resting []*instance
	for _, i := range list {
		switch {
		case c.been.has(i):
		case !i.resting():
			awake = append(awake, i)
		case c.hedge:
		case i.due(overdue) && i.claim(now, first):
			return i
		default:
			resting = append(resting, i)
		}
	}
	if len(awake) == 0 {
		awake = resting
	}
	switch len(awake) {
	case 0:
		return nil
	case 1:
		return awake[0]
	}
	one := rand.IntN(len(awake))
	two := (one + 1 + rand.IntN(len(awake)-1)) % len(awake)
	if awake[two].inFlight.Load() < awake[one].inFlight.Load() {
		one = two
	}
	return awake[one]
}

// left says that there is an instance that the call has not been to.
func (b *balancer) left(been *tried) bool {
	return b.any(been, func(*instance) bool { return true })
}

// awake says that there is one that the call has not been to and that does not rest.
func (b *balancer) awake(been *tried) bool {
	return b.any(been, func(i *instance) bool { return !i.resting() })
}

func (b *balancer) any(been *tried, is func(*instance) bool) bool {
	been.mu.Lock()
	defer been.mu.Unlock()
	return slices.ContainsFunc(b.all(), func(i *instance) bool { return !been.has(i) && is(i) })
}

// eject rests an instance that could not be reached, or from which nothing comes.
func (b *balancer) eject(i *instance, why error) {
	pause, falls := i.fall(b.config.Tuning.Eject)
	if falls == 0 {
		return
	}
	b.config.Obs.Metrics.Ejected.WithLabelValues(b.config.Caller, b.config.Callee).Inc()
	if falls == 1 {
		b.resting.Inc()
	}
	_ = level.Warn(b.config.Obs.Logger).Log("msg", "an instance rests", "callee", b.config.Callee, "instance", i.address,
		"for_ms", pause.Milliseconds(), "times_in_a_row", falls, "err", why)
}

// answered ends the rest of an instance that gave an answer.
func (b *balancer) answered(i *instance) {
	i.answers.Add(1)
	if i.rise() {
		b.resting.Dec()
		_ = level.Info(b.config.Obs.Logger).Log("msg", "an instance is back", "callee", b.config.Callee, "instance", i.address)
	}
}
