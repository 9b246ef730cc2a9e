package sim

import (
	"context"
	"fmt"
	"hash/fnv"
	"math/rand/v2"
	"net/url"
	"sync"
	"time"

	"github.com/go-kit/log"
	lru "github.com/hashicorp/golang-lru/v2"
	"golang.org/x/sync/errgroup"
)

const (
	workers     = 128                    // commands that are carried out at once
	remembered  = 8192                   // commands that are known if they come again
	rosterEvery = time.Minute            // how often the fleet asks which cars it has
	rosterAgain = 2 * time.Second        // the same, while cars come and go or something hints at it
	passEvery   = 250 * time.Millisecond // how often it looks for readings to report, at least
)

// Fleet is the cars of one device. Two goroutines run it, one that lets the cars live and
// reports and one that follows the commands, and one for each command being carried out.
type Fleet struct {
	config   Config
	platform *platform
	logger   log.Logger

	mu   sync.Mutex // over cars, tasks, what is in them, and Config.Delay
	cars map[string]*member

	rosters   sync.Mutex // held while the roster is read; over the next three
	rosterAt  time.Time
	rosterFor time.Duration // for how long it is good
	noRoster  pause

	reports  sync.Mutex // held while readings are sent, so that they arrive in order; over the next
	noReport pause

	work  errgroup.Group            // the commands being carried out
	tasks *lru.Cache[string, *task] // by command id

	done counters
}

// member is a car of the fleet and the latest that was reported of it.
type member struct {
	*vehicle
	sent reading // zero before the first
}

// New makes a fleet; Run lets it live. An error says what is wrong with the Config.
func New(c Config) (*Fleet, error) {
	base, err := url.Parse(c.BaseURL)
	if err != nil {
		return nil, fmt.Errorf("sim: the base URL: %w", err)
	}
	if err := c.check(base); err != nil {
		return nil, err
	}
	c = c.withDefaults()
	tasks, err := lru.New[string, *task](remembered)
	if err != nil {
		return nil, err
	}
	f := &Fleet{
		config: c, platform: newPlatform(base, c), logger: log.With(c.Logger, "component", "sim"),
		cars: map[string]*member{}, tasks: tasks,
	}
	f.work.SetLimit(workers)
	return f, nil
}

// Run lives until ctx ends and then returns nil. Whatever the platform does, it goes on
// trying. It may be called once.
func (f *Fleet) Run(ctx context.Context) error {
	defer f.platform.client.CloseIdleConnections()
	var loops sync.WaitGroup
	loops.Go(func() { f.live(ctx) })
	loops.Go(func() { f.listen(ctx) })
	loops.Wait()
	return f.work.Wait()
}

// live reports, and keeps the roster fresh.
func (f *Fleet) live(ctx context.Context) {
	ticks := time.NewTicker(min(passEvery, f.config.TelemetryEvery))
	defer ticks.Stop()
	for ctx.Err() == nil {
		f.refreshRoster(ctx, rosterEvery)
		f.report(ctx, f.dueReadings)
		select {
		case <-ctx.Done():
		case <-ticks.C:
		}
	}
}

// randomFor gives each car its own chance, whatever the order in which cars come.
func (f *Fleet) randomFor(carID string) *rand.Rand {
	h := fnv.New64a()
	_, _ = h.Write([]byte(carID))
	return rand.New(rand.NewPCG(f.config.Seed, h.Sum64()))
}
