package peer

import (
	"math/rand/v2"
	"slices"
	"sync"
	"sync/atomic"
	"time"

	"github.com/go-kit/kit/sd"
)

// instance is one address of the callee.
type instance struct {
	address  string
	inFlight atomic.Int64
	restsTil atomic.Int64 // unix nanoseconds; 0 when it takes calls
}

// balancer chooses the less busy of two random instances that are not resting.
type balancer struct {
	config  Config
	list    atomic.Pointer[[]*instance]
	updates chan sd.Event
	stopped chan struct{}
	close   func()
}

func newBalancer(c Config) *balancer {
	b := &balancer{config: c, updates: make(chan sd.Event), stopped: make(chan struct{})}
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
	b.list.Store(&list)
}

func (b *balancer) stop() {
	b.config.Instances.Deregister(b.updates)
	close(b.updates)
	<-b.stopped
}

// pick chooses an instance that the call has not been to; nil when there is none. Rested
// ones come first, but a resting one is better than none.
func (b *balancer) pick(been tried) *instance {
	list, now := b.all(), time.Now().UnixNano()
	if len(list) == 1 && !been[list[0]] {
		return list[0]
	}
	var awake, resting []*instance
	for _, i := range list {
		switch {
		case been[i]:
		case i.restsTil.Load() > now:
			resting = append(resting, i)
		default:
			awake = append(awake, i)
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
	first := rand.IntN(len(awake))
	second := (first + 1 + rand.IntN(len(awake)-1)) % len(awake)
	if awake[second].inFlight.Load() < awake[first].inFlight.Load() {
		first = second
	}
	return awake[first]
}

// left says that there is an instance that the call has not been to.
func (b *balancer) left(been tried) bool { return b.pick(been) != nil }

// eject rests an instance that could not be reached.
func (b *balancer) eject(i *instance) {
	i.restsTil.Store(time.Now().Add(b.config.Tuning.Eject).UnixNano())
	b.config.Obs.Metrics.Ejected.WithLabelValues(b.config.Caller, b.config.Callee).Inc()
}
