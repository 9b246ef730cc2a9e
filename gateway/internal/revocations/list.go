// Package revocations has the access tokens that count no longer within reach of every
// request: it follows the list that the user service keeps.
package revocations

import (
	"context"
	"errors"
	"sync"
	"sync/atomic"
	"time"

	"github.com/go-kit/log/level"

	"freecar/gateway"
	"freecar/internal/auth"
	"freecar/internal/clock"
	"freecar/internal/errs"
	"freecar/internal/obs"
)

const (
	// every is the pause between two looks, and within what one may take: two looks that
	// fail and one that works stay below the 5 s within which a revocation bites.
	every  = time.Second
	within = 1500 * time.Millisecond
	// sooner is that pause until the list is loaded: so long nobody comes in.
	sooner = 100 * time.Millisecond
	// keptFor is how long the user service keeps a revocation. Who heard nothing for so
	// long cannot know whom it missed.
	keptFor = 20 * time.Minute
	// renewEvery is how often what is over is forgotten when there is no news.
	renewEvery = time.Minute
	// remindEvery is how often the log says that the list is old.
	remindEvery = 30 * time.Second
)

// List is what is revoked, as this gateway knows it.
type List struct {
	feed  gateway.RevocationFeed
	clock clock.Clock
	obs   obs.Obs

	known  atomic.Pointer[snapshot] // nil until loaded
	loaded chan struct{}

	// Of the one goroutine that polls.
	place    int64
	unknown  []gateway.Revocation // read, and in no snapshot as long as the list is not loaded
	current  time.Time            // when the list was last known to be complete
	renewed  time.Time            // when a snapshot was last made
	reminded time.Time

	mu       sync.Mutex
	watchers map[*watcher]struct{}
}

type watcher struct {
	principal auth.Principal
	end       func()
}

var _ gateway.Revocations = (*List)(nil)

// New makes a list that has yet to be loaded: see Run.
func New(feed gateway.RevocationFeed, c clock.Clock, o obs.Obs) *List {
	return &List{feed: feed, clock: c, obs: o, loaded: make(chan struct{}), watchers: map[*watcher]struct{}{}}
}

var (
	errRevoked  = auth.ErrUnauthenticated.Because(errors.New("gateway: the token is revoked"))
	errStarting = errs.E(errs.Unavailable, "starting", "The platform is starting; try again shortly.").After(time.Second)
)

// Check refuses who is revoked.
func (l *List) Check(p auth.Principal) error {
	known := l.known.Load()
	switch {
	case known == nil:
		return errStarting
	case known.revoked(p):
		return errRevoked
	}
	return nil
}

// Watch calls end once p is revoked.
func (l *List) Watch(p auth.Principal, end func()) (stop func()) {
	w := &watcher{principal: p, end: end}
	l.mu.Lock()
	l.watchers[w] = struct{}{}
	l.mu.Unlock()
	// What came between the check at the door and here is not missed.
	if l.Check(p) != nil {
		end()
	}
	return func() {
		l.mu.Lock()
		defer l.mu.Unlock()
		delete(l.watchers, w)
	}
}

// Loaded is closed once the whole list was read.
func (l *List) Loaded() <-chan struct{} { return l.loaded }

// Run follows the list until ctx ends.
func (l *List) Run(ctx context.Context) error {
	tick := time.NewTicker(sooner)
	defer tick.Stop()
	loaded := l.loaded
	for {
		l.Poll(ctx)
		select {
		case <-loaded:
			tick.Reset(every)
			loaded = nil // from now on it is all the same
		default:
		}
		select {
		case <-ctx.Done():
			return nil
		case <-tick.C:
		}
	}
}

// Poll reads what is new. When that fails what came before the failure counts and the
// next look goes on from there; the list grows old: tokens still expire, and while the user
// service is away nobody can be blocked anyway.
func (l *List) Poll(ctx context.Context) {
	news, failed := l.read(ctx)
	now := l.clock.Now()
	if failed != nil && ctx.Err() == nil {
		l.remind(now, failed)
	}
	l.unknown = append(l.unknown, news...)
	before := l.known.Load()
	if before == nil && failed != nil {
		return
	}
	if len(l.unknown) > 0 || before == nil || now.Sub(l.renewed) > renewEvery {
		l.known.Store(before.with(l.unknown, now))
		l.unknown, l.renewed = nil, now
	}
	if before == nil {
		close(l.loaded)
	}
	l.cut(len(news) > 0, failed == nil && before != nil && now.Sub(l.current) > keptFor)
	if failed == nil {
		l.current = now
		l.obs.Metrics.RevocationsAge.Set(0)
	}
}

// read is what is new, up to where it failed. A list that was put back is read from its
// start.
func (l *List) read(ctx context.Context) (news []gateway.Revocation, err error) {
	ctx, cancel := context.WithTimeout(ctx, within)
	defer cancel()
	for {
		batch, err := l.feed.Next(ctx, l.place)
		if err != nil {
			return news, err
		}
		if batch.Next < l.place {
			l.place = 0
			continue
		}
		news, l.place = append(news, batch.Items...), batch.Next
		if !batch.More {
			return news, nil
		}
	}
}

// cut ends the streams of who was revoked; or all, which then have to prove themselves
// again.
func (l *List) cut(news, all bool) {
	if !news && !all {
		return
	}
	known := l.known.Load()
	l.mu.Lock()
	var ended []func()
	for w := range l.watchers {
		if all || known.revoked(w.principal) {
			ended = append(ended, w.end)
		}
	}
	l.mu.Unlock()
	for _, end := range ended {
		end()
	}
}

func (l *List) remind(now time.Time, err error) {
	if l.known.Load() == nil {
		l.warn(now, "revoked tokens are not known yet", err)
		return
	}
	l.obs.Metrics.RevocationsAge.Set(now.Sub(l.current).Seconds())
	l.warn(now, "what is known of revoked tokens grows old", err)
}

func (l *List) warn(now time.Time, msg string, err error) {
	if now.Sub(l.reminded) < remindEvery {
		return
	}
	l.reminded = now
	age := float64(0)
	if !l.current.IsZero() {
		age = now.Sub(l.current).Seconds()
	}
	_ = level.Warn(l.obs.Logger).Log("msg", msg, "age_s", age, "err", err)
}
