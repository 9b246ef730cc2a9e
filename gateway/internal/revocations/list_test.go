package revocations_test

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/openzipkin/zipkin-go/reporter"
	"github.com/prometheus/client_golang/prometheus"
	"go.uber.org/goleak"

	"freecar/gateway"
	"freecar/gateway/internal/revocations"
	"freecar/internal/auth"
	"freecar/internal/clock"
	"freecar/internal/errs"
	"freecar/internal/obs"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

var noon = time.Date(2030, 5, 1, 12, 0, 0, 0, time.UTC)

const kept = 20 * time.Minute

// feed is a list in memory, which comes a few at a time.
type feed struct {
	mu    sync.Mutex
	list  []gateway.Revocation
	away  bool
	gives int           // batches until it is away again; 0 is no end
	asked chan struct{} // of each question, when somebody listens
}

func (f *feed) Next(_ context.Context, after int64) (gateway.RevocationBatch, error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	select {
	case f.asked <- struct{}{}:
	default:
	}
	if f.away {
		return gateway.RevocationBatch{}, errors.New("away")
	}
	if f.gives > 0 {
		f.gives--
		f.away = f.gives == 0
	}
	if after >= int64(len(f.list)) {
		return gateway.RevocationBatch{Next: int64(len(f.list))}, nil
	}
	end := min(after+2, int64(len(f.list)))
	return gateway.RevocationBatch{Items: f.list[after:end], Next: end, More: end < int64(len(f.list))}, nil
}

func (f *feed) set(away bool, more ...gateway.Revocation) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.away = away
	f.list = append(f.list, more...)
}

// post is a gateway's list and what fills it.
type post struct {
	*revocations.List
	feed    *feed
	clock   *clock.Manual
	log     *strings.Builder
	metrics *prometheus.Registry
}

func newPost(t testing.TB) *post {
	p := &post{feed: &feed{asked: make(chan struct{}, 1)}, clock: clock.NewManual(noon), log: &strings.Builder{}, metrics: prometheus.NewRegistry()}
	logger, err := obs.NewLogger(p.log, "info")
	if err != nil {
		t.Fatal(err)
	}
	p.List = revocations.New(p.feed, p.clock, obs.NewPlatform(logger, p.metrics, reporter.NewNoopReporter(), 0).For("gateway"))
	return p
}

func (p *post) expect(t *testing.T, who auth.Principal, revoked bool) {
	t.Helper()
	err := p.Check(who)
	if revoked && !errors.Is(err, auth.ErrUnauthenticated) || !revoked && err != nil {
		t.Errorf("%+v: got %v, want revoked %t", who, err, revoked)
	}
}

func (p *post) age(t *testing.T) float64 {
	t.Helper()
	families, err := p.metrics.Gather()
	if err != nil {
		t.Fatal(err)
	}
	for _, family := range families {
		if family.GetName() == "freecar_revocations_age_seconds" {
			return family.GetMetric()[0].GetGauge().GetValue()
		}
	}
	t.Fatal("there is no such metric")
	return 0
}

func who(subject, session string, version int64) auth.Principal {
	return auth.Principal{Subject: subject, Session: session, Roles: auth.Rider, Version: version}
}

func TestList(t *testing.T) {
	until := noon.Add(kept)
	t.Run("before it is loaded nobody comes in", func(t *testing.T) {
		p := newPost(t)
		p.feed.set(true)
		p.Poll(t.Context())
		if err := p.Check(who("1", "s", 1)); errs.KindOf(err) != errs.Unavailable {
			t.Errorf("got %v", err)
		}
		select {
		case <-p.Loaded():
			t.Error("loaded")
		default:
		}
		p.feed.set(false)
		p.Poll(t.Context())
		<-p.Loaded()
		p.expect(t, who("1", "s", 1), false)
	})
	t.Run("it says who is meant and nobody else, all pages of it", func(t *testing.T) {
		p := newPost(t)
		p.feed.set(false,
			gateway.Revocation{Subject: "1", Session: "s-1", Until: until},
			gateway.Revocation{Subject: "2", Before: 3, Until: until},
			gateway.Revocation{Subject: "3", Before: 5, Spared: "s-3", Until: until},
			gateway.Revocation{Subject: "3", Before: 2, Until: until},
			gateway.Revocation{Subject: "4", Session: "s-4", Until: until})
		p.Poll(t.Context())
		for principal, revoked := range map[auth.Principal]bool{
			who("1", "s-1", 1): true, who("1", "s-2", 1): false,
			who("2", "a", 2): true, who("2", "a", 3): false, who("2", "", 0): true,
			who("3", "s-3", 4): false, who("3", "other", 4): true, who("3", "s-3", 1): true, who("3", "other", 5): false,
			who("4", "s-4", 9): true, who("5", "s-5", 0): false, {}: false,
		} {
			p.expect(t, principal, revoked)
		}
	})
	t.Run("news are added, and what is over is forgotten", func(t *testing.T) {
		p := newPost(t)
		p.feed.set(false, gateway.Revocation{Subject: "1", Session: "s-1", Until: until}, gateway.Revocation{Subject: "2", Before: 2, Until: until})
		p.Poll(t.Context())
		p.clock.Advance(kept / 2)
		p.feed.set(false, gateway.Revocation{Subject: "3", Session: "s-3", Until: until.Add(kept / 2)})
		p.Poll(t.Context())
		p.expect(t, who("1", "s-1", 1), true)
		p.clock.Advance(kept / 2)
		p.Poll(t.Context())
		p.expect(t, who("1", "s-1", 1), false)
		p.expect(t, who("2", "s-2", 1), false)
		p.expect(t, who("3", "s-3", 1), true)
	})
	t.Run("a list that is away stays as it is, and says how old it is", func(t *testing.T) {
		p := newPost(t)
		p.feed.set(false, gateway.Revocation{Subject: "1", Session: "s-1", Until: until})
		p.Poll(t.Context())
		p.feed.set(true)
		for range 40 {
			p.clock.Advance(time.Second)
			p.Poll(t.Context())
		}
		p.expect(t, who("1", "s-1", 1), true)
		p.expect(t, who("2", "s-2", 1), false)
		if age := p.age(t); age != 40 {
			t.Errorf("age %v", age)
		}
		if lines := strings.Count(p.log.String(), "grows old"); lines != 2 {
			t.Errorf("%d lines: %s", lines, p.log)
		}
		p.feed.set(false, gateway.Revocation{Subject: "2", Session: "s-2", Until: until})
		p.Poll(t.Context())
		p.expect(t, who("2", "s-2", 1), true)
		if age := p.age(t); age != 0 {
			t.Errorf("age %v", age)
		}
	})
	t.Run("a list that breaks off goes on where it was", func(t *testing.T) {
		p := newPost(t)
		add := func(from, to int) (list []gateway.Revocation) {
			for n := from; n <= to; n++ {
				list = append(list, gateway.Revocation{Subject: fmt.Sprint(n), Session: fmt.Sprint("s-", n), Until: until})
			}
			return list
		}
		poll := func(batches int) {
			p.feed.away, p.feed.gives = false, batches
			p.Poll(t.Context())
		}
		p.feed.set(false, add(1, 5)...)
		poll(1)
		if err := p.Check(who("9", "s-9", 1)); errs.KindOf(err) != errs.Unavailable {
			t.Errorf("half a list lets in: got %v", err)
		}
		poll(1) // one batch a look would never do
		poll(2)
		<-p.Loaded()
		for n := range 5 {
			p.expect(t, who(fmt.Sprint(n+1), fmt.Sprint("s-", n+1), 1), true)
		}
		p.feed.set(false, add(6, 9)...)
		ended := 0
		defer p.Watch(who("7", "s-7", 1), func() { ended++ })()
		p.clock.Advance(time.Second)
		poll(1)
		p.expect(t, who("7", "s-7", 1), true) // at once, and not with the rest
		p.expect(t, who("9", "s-9", 1), false)
		if age := p.age(t); ended != 1 || age != 1 {
			t.Errorf("ended %d times; the list is %v s old", ended, age)
		}
		poll(0)
		p.expect(t, who("9", "s-9", 1), true)
		if age := p.age(t); age != 0 {
			t.Errorf("age %v", age)
		}
	})
	t.Run("a list that was put back is read anew, and forgives nobody", func(t *testing.T) {
		p := newPost(t)
		p.feed.set(false, gateway.Revocation{Subject: "1", Session: "s-1", Until: until}, gateway.Revocation{Subject: "2", Session: "s-2", Until: until})
		p.Poll(t.Context())
		p.feed.list = []gateway.Revocation{{Subject: "3", Session: "s-3", Until: until}}
		p.Poll(t.Context())
		for _, n := range []string{"1", "2", "3"} {
			p.expect(t, who(n, "s-"+n, 1), true)
		}
	})
	t.Run("a user service that comes up later than the gateway is noticed soon", func(t *testing.T) {
		p := newPost(t)
		p.feed.set(true)
		ctx, stop := context.WithCancel(t.Context())
		done := make(chan error, 1)
		begin := time.Now()
		go func() { done <- p.Run(ctx) }()
		for range 5 {
			<-p.feed.asked
		}
		p.feed.set(false)
		<-p.Loaded()
		if took := time.Since(begin); took > 4*time.Second { // 5 looks a second apart
			t.Errorf("it took %v", took)
		}
		stop()
		if err := <-done; err != nil {
			t.Error(err)
		}
	})
	t.Run("running, it follows", func(t *testing.T) {
		p := newPost(t)
		ctx, stop := context.WithCancel(t.Context())
		done := make(chan error, 1)
		go func() { done <- p.Run(ctx) }()
		<-p.Loaded()
		p.feed.set(false, gateway.Revocation{Subject: "1", Session: "s-1", Until: until})
		ended := make(chan struct{})
		defer p.Watch(who("1", "s-1", 1), sync.OnceFunc(func() { close(ended) }))()
		<-ended
		stop()
		if err := <-done; err != nil {
			t.Error(err)
		}
	})
}

func TestWatch(t *testing.T) {
	until := noon.Add(kept)
	p := newPost(t)
	p.Poll(t.Context())
	ends := map[string]int{}
	watch := func(name string, principal auth.Principal) func() {
		return p.Watch(principal, func() { ends[name]++ })
	}
	defer watch("revoked", who("1", "s-1", 1))()
	defer watch("other", who("1", "s-2", 1))()
	watch("gone", who("1", "s-1", 1))()
	p.Poll(t.Context())
	p.feed.set(false, gateway.Revocation{Subject: "1", Session: "s-1", Until: until})
	p.Poll(t.Context())
	if fmt.Sprint(ends) != "map[revoked:1]" {
		t.Errorf("got %v", ends)
	}
	defer watch("late", who("1", "s-1", 1))()
	if ends["late"] != 1 {
		t.Errorf("got %v", ends)
	}
	t.Run("after too long without news all have to prove themselves again", func(t *testing.T) {
		p.feed.set(true)
		p.clock.Advance(kept)
		p.Poll(t.Context())
		p.feed.set(false)
		p.Poll(t.Context())
		if ends["other"] != 0 {
			t.Errorf("at the limit: got %v", ends)
		}
		p.feed.set(true)
		p.clock.Advance(kept + time.Millisecond)
		p.Poll(t.Context())
		p.feed.set(false)
		p.Poll(t.Context())
		if ends["other"] != 1 {
			t.Errorf("beyond it: got %v", ends)
		}
	})
}

func TestManyAtOnce(t *testing.T) {
	p := newPost(t)
	p.Poll(t.Context())
	ctx, stop := context.WithCancel(t.Context())
	var all sync.WaitGroup
	for n := range 8 {
		all.Go(func() {
			for i := 0; ctx.Err() == nil; i++ {
				principal := who(fmt.Sprint(n), fmt.Sprint(i%3), 1)
				_ = p.Check(principal)
				p.Watch(principal, func() {})()
			}
		})
	}
	for i := range 200 {
		p.feed.set(false, gateway.Revocation{Subject: fmt.Sprint(i % 8), Session: fmt.Sprint("x", i), Until: noon.Add(kept)})
		p.Poll(t.Context())
	}
	stop()
	all.Wait()
}

// BenchmarkCheck is what a request pays, with many revocations and with none.
func BenchmarkCheck(b *testing.B) {
	for _, n := range []int{0, 100_000} {
		b.Run(fmt.Sprint(n, " revoked"), func(b *testing.B) {
			p := newPost(b)
			for i := range n {
				p.feed.set(false, gateway.Revocation{Subject: fmt.Sprint(i), Session: fmt.Sprintf("0192d6c5-0000-7000-8000-%012d", i), Until: noon.Add(kept)})
			}
			// Two at a time would take this feed for ever.
			p.feed.list, p.List = p.feed.list[:n], revocations.New(whole{p.feed}, p.clock, obs.Discard().For("gateway"))
			p.Poll(b.Context())
			principal := who("4503599627370497", "0192d6c5-0000-7000-8000-ffffffffffff", 1)
			b.ReportAllocs()
			b.ResetTimer()
			b.RunParallel(func(pb *testing.PB) {
				for pb.Next() {
					if err := p.Check(principal); err != nil {
						b.Error(err)
					}
				}
			})
		})
	}
}

// whole gives a list at once.
type whole struct{ *feed }

func (w whole) Next(context.Context, int64) (gateway.RevocationBatch, error) {
	return gateway.RevocationBatch{Items: w.list, Next: int64(len(w.list))}, nil
}
