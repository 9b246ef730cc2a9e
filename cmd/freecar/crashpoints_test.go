package main

import (
	"database/sql"
	"fmt"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	_ "modernc.org/sqlite"

	"freecar/internal/invariants"
)

// census is where a company can die: for each stage and process the points that are passed
// there first, in their order.
type census map[string]map[string][]string

// opening is what comes before all stages.
const opening = "opening"

// count lives all stages once, without a death.
func count(t *testing.T, s shape) census {
	t.Helper()
	c := found(t, s, nil)
	all, known := census{}, map[string]bool{}
	note := func(stage string) {
		all[stage] = map[string][]string{}
		for _, m := range c.mortals {
			for _, point := range m.points(t) {
				if id := m.name + ": " + point; point != "" && !known[id] {
					known[id] = true
					all[stage][m.name] = append(all[stage][m.name], point)
				}
			}
		}
	}
	c.rests()
	note(opening)
	for _, stage := range stages {
		stage.live(c)
		c.rests()
		note(stage.name)
	}
	return all
}

// points is how many there are.
func (c census) points() (n int) {
	for _, stage := range c {
		for _, points := range stage {
			n += len(points)
		}
	}
	return n
}

// leastPoints is how many there are at least: one process has some 430, six have 490.
const leastPoints = 400

// excuses are the ends of the points that may not be passed again.
var excuses = []string{
	"sqlite.Accounts.OpenFirstAdmin", // once in a company's life, and who died in it has done it
	"sqlitebus.(*Bus).renew",         // when handling was slow
}

func excused(point string) bool {
	return slices.ContainsFunc(excuses, func(end string) bool { return strings.HasSuffix(point, end) })
}

// lanes are how many companies live at once: whoever waits for a deadline takes no time
// from the others. Of companies of twelve processes there are fewer, and on few cores.
func (s shape) lanes() int {
	return max(min(6, 2*runtime.GOMAXPROCS(0))/max(s.instances, 1), 1)
}

// TestCrashAtEveryPoint kills the process of a service at every point of the program,
// brings it back, and holds what is left against the invariants.
func TestCrashAtEveryPoint(t *testing.T) {
	if testing.Short() {
		t.Skip("processes take longer")
	}
	dieEverywhere(t, shape{instances: 1, flags: brisk}, 1)
}

// dieEverywhere has everybody die at all points, so many times in a row.
func dieEverywhere(t *testing.T, s shape, times int) {
	t.Helper()
	begin := time.Now()
	all := count(t, s)
	t.Logf("%d points in %d stages (%v)", all.points(), len(all), time.Since(begin).Round(time.Millisecond))
	if all.points() < leastPoints {
		t.Fatalf("%d points, want %d at least: does the program know where it may die?", all.points(), leastPoints)
	}
	var died atomic.Int64
	if os.Getenv("FREECAR_SOAK") != "" {
		tells(t, func() string {
			return fmt.Sprintf("%d deaths of %d", died.Load(), all.points()*times*max(s.instances, 1))
		})
	}
	var wg sync.WaitGroup
	defer wg.Wait()
	run := func(lane int, shares []share) {
		t.Run(fmt.Sprintf("lane %d", lane), func(t *testing.T) {
			begin := time.Now()
			queues := map[string][]string{}
			if lane == 0 {
				queues = repeated(all[opening], times)
			}
			c := found(t, s, queues)
			died.Add(int64(len(c.deaths)))
			never := c.dieIn(stage{opening, likeTheOpening}, c.ahead(), s.over)
			for _, share := range shares {
				before := len(c.deaths)
				never = append(never, c.dieIn(share.stage, repeated(share.points, times), s.over)...)
				died.Add(int64(len(c.deaths) - before))
			}
			if len(c.deaths) == 0 {
				t.Error("nobody died: there was no time")
			}
			t.Logf("passed on the way back alone: %v", c.beyond(all))
			c.upholdsAll()
			t.Logf("%d deaths in %v", len(c.deaths), time.Since(begin).Round(time.Millisecond))
			if never = slices.DeleteFunc(never, excused); len(never) > 0 {
				t.Errorf("nobody died at %q", never)
			}
			if len(c.deaths) == 0 && !s.over() {
				t.Error("nobody died at all")
			}
		})
	}
	for lane, shares := range all.deal(s.lanes()) {
		wg.Go(func() { run(lane, shares) })
	}
}

// beyond are the points that nobody passes who does not come back from the dead.
func (c *doomed) beyond(all census) (points []string) {
	known := map[string]bool{}
	for _, stage := range all {
		for name, points := range stage {
			for _, point := range points {
				known[name+": "+point] = true
			}
		}
	}
	for _, m := range c.mortals {
		for _, point := range m.points(c.t) {
			if id := m.name + ": " + point; point != "" && !known[id] {
				known[id] = true
				points = append(points, id)
			}
		}
	}
	return points
}

// repeated are queues with each point so many times in a row.
func repeated(queues map[string][]string, times int) map[string][]string {
	again := map[string][]string{}
	for name, points := range queues {
		for _, point := range points {
			again[name] = append(again[name], slices.Repeat([]string{point}, times)...)
		}
	}
	return again
}

// share is a stage, and some of the points where somebody dies in it.
type share struct {
	stage
	points map[string][]string
}

func (s share) weight() (n int) {
	for _, points := range s.points {
		n += len(points)
	}
	return n
}

// deal shares all points among lanes: each has about as many, in an order in which they
// come.
func (c census) deal(lanes int) [][]share {
	const most = 15
	var all []share
	for _, s := range stages {
		whole := share{s, c[s.name]}
		parts := whole.weight()/most + 1
		for i := range parts {
			part := share{s, map[string][]string{}}
			for name, points := range whole.points {
				part.points[name] = points[i*len(points)/parts : (i+1)*len(points)/parts]
			}
			all = append(all, part)
		}
	}
	slices.SortStableFunc(all, func(a, b share) int { return b.weight() - a.weight() })
	dealt, loads := make([][]share, lanes), make([]int, lanes)
	for _, s := range all {
		least := slices.Index(loads, slices.Min(loads))
		dealt[least], loads[least] = append(dealt[least], s), loads[least]+s.weight()+5
	}
	return dealt
}

const triesOfAPoint = 3

// ahead is the next point of a queue, and how many are left.
type ahead struct {
	point string
	left  int
}

// likeTheOpening is what takes a company past the points of its opening again: who died at
// one of them may have done there what is done once.
func likeTheOpening(c *doomed) { accessChanges(c); fleetChanges(c); tariffChanges(c) }

// ahead are the points where processes have yet to die, once all is at rest.
func (c *doomed) ahead() map[string][]string {
	c.t.Helper()
	c.rests()
	left := map[string][]string{}
	for _, m := range c.dying() {
		left[m.name] = slices.Clone(m.queue)
	}
	return left
}

// dieIn lives a stage again and again until everybody has died at all of its points, or the
// time is over. It gives the points that nobody passed again.
func (c *doomed) dieIn(s stage, queues map[string][]string, over func() bool) (never []string) {
	c.t.Helper()
	begin, before := time.Now(), len(c.deaths)
	for _, m := range c.mortals {
		m.queue = slices.Clone(queues[m.name])
		c.rearm(m)
	}
	tries := map[string]int{}
	for len(c.dying()) > 0 && !over() {
		first := map[*mortalProcess]ahead{}
		for _, m := range c.dying() {
			first[m] = ahead{m.queue[0], len(m.queue)}
		}
		s.live(c)
		c.rests()
		for m, was := range first {
			if len(m.queue) == was.left && was.left > 0 { // it was not passed this time: the others may be
				m.queue = m.queue[1:]
				if tries[m.name+was.point]++; tries[m.name+was.point] < triesOfAPoint {
					m.queue = append(m.queue, was.point)
				} else {
					never = append(never, m.name+": "+was.point)
				}
			}
			c.rearm(m)
		}
	}
	for _, m := range c.dying() {
		c.t.Logf("%s: no time for %d deaths of %s", s.name, len(m.queue), m.name)
	}
	c.t.Logf("%s: %d deaths in %v; not passed again: %v", s.name, len(c.deaths)-before, time.Since(begin).Round(time.Millisecond), never)
	c.upholds()
	return never
}

// rearm has a process die where its queue says, unless it does so already.
func (c *doomed) rearm(m *mortalProcess) {
	c.mu.Lock()
	want := ""
	if len(m.queue) > 0 {
		want = m.queue[0]
	}
	armed := m.dies == want
	c.mu.Unlock()
	if !armed {
		c.kill(m)
		c.revive()
	}
}

// unrest is what is under way in a company's stores, each a query for a number.
var unrest = map[string]map[string]string{
	"bus": {"events not handled": `SELECT count(*) FROM deliveries`},
	"trip": {"events not relayed": unrelayed,
		"rentals under way": `SELECT count(*) FROM trips WHERE state NOT IN ('finished', 'cancelled')`},
	"car": {"events not relayed": unrelayed, "cars claimed": `SELECT count(*) FROM cars WHERE claimed_at IS NOT NULL`},
	"user": {"events not relayed": unrelayed, "holds": `SELECT count(*) FROM holds WHERE state = 'placed'`,
		"top-ups": `SELECT count(*) FROM top_ups WHERE state = 'pending'`},
	"profile": {"events not relayed": unrelayed},
	"blob":    {"events not relayed": unrelayed},
}

const unrelayed = `SELECT count(*) FROM events WHERE seq > (SELECT seq FROM relayed)`

// rests waits until nothing is under way any more, by two looks: during one an event may go
// from a store that was not looked at yet to one that was.
func (c *doomed) rests() {
	c.t.Helper()
	left := ""
	defer func() {
		if c.t.Failed() {
			c.t.Logf("under way: %s", left)
		}
	}()
	c.until("everything comes to rest", func() bool { left = c.numbers(unrest) + c.numbers(unrest); return left == "" })
}

// numbers are those queries that do not give 0.
func (c *doomed) numbers(queries map[string]map[string]string) string {
	var found []string
	for store, of := range queries {
		db, err := sql.Open("sqlite", "file:"+filepath.Join(c.data, store+".db")+"?mode=ro&_pragma=busy_timeout(10000)")
		if err != nil {
			return err.Error()
		}
		for what, query := range of {
			var n int
			if err := db.QueryRow(query).Scan(&n); err != nil {
				found = append(found, store+": "+err.Error())
			} else if n != 0 {
				found = append(found, fmt.Sprintf("%s: %d %s", store, n, what))
			}
		}
		_ = db.Close()
	}
	return strings.Join(found, "; ")
}

// upholds holds the stores of a company at rest against the invariants.
func (c *doomed) upholds() {
	c.t.Helper()
	for _, v := range invariants.Open(c.t, c.data).Load(c.t).Violations() {
		c.t.Error(v)
	}
}

// upholdsAll does so from the outside, too. Nobody dies any more.
func (c *doomed) upholdsAll() {
	c.t.Helper()
	for _, m := range c.mortals {
		m.queue = nil
		c.rearm(m)
	}
	c.rests()
	r := &rig{client: app{doomed: c}.client(), staff: c.staff.client(), cluster: &cluster{data: c.data}}
	checkInvariants(c.t, r)
}
