package main

import (
	"database/sql"
	"fmt"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	_ "modernc.org/sqlite"
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

// TestCrashAtEveryPoint kills the process of a service at every point of the program,
// brings it back, and holds what is left against the invariants.
func TestCrashAtEveryPoint(t *testing.T) {
	if testing.Short() {
		t.Skip("processes take longer")
	}
	s := shape{instances: 1, flags: brisk}
	begin := time.Now()
	all := count(t, s)
	t.Logf("%d points in %d stages (%v)", all.points(), len(all), time.Since(begin).Round(time.Millisecond))
	for lane, lived := range shared(all, 3) {
		t.Run(fmt.Sprintf("lane %d", lane), func(t *testing.T) {
			t.Parallel()
			begin := time.Now()
			queues := map[string][]string{}
			if lane == 0 {
				queues = all[opening]
			}
			c := found(t, s, queues)
			for _, stage := range lived {
				c.dieIn(stage, all[stage.name])
			}
			c.rests()
			c.holds()
			t.Logf("%d deaths in %v", len(c.deaths), time.Since(begin).Round(time.Millisecond))
		})
	}
}

// shared deals the stages out, so that each lane has about as many points.
func shared(all census, lanes int) [][]stage {
	weight := func(s stage) (n int) {
		for _, points := range all[s.name] {
			n += len(points)
		}
		return n
	}
	sorted := slices.Clone(stages)
	slices.SortStableFunc(sorted, func(a, b stage) int { return weight(b) - weight(a) })
	dealt, loads := make([][]stage, lanes), make([]int, lanes)
	loads[0] = len(all[opening])
	for _, s := range sorted {
		least := slices.Index(loads, slices.Min(loads))
		dealt[least], loads[least] = append(dealt[least], s), loads[least]+weight(s)+5
	}
	return dealt
}

const triesOfAPoint = 3

// dieIn lives a stage again and again until everybody has died at all of its points.
func (c *company) dieIn(s stage, queues map[string][]string) {
	c.t.Helper()
	begin, before := time.Now(), len(c.deaths)
	for _, m := range c.mortals {
		m.queue = slices.Clone(queues[m.name])
		c.rearm(m)
	}
	tries, never := map[string]int{}, []string{}
	for len(c.dying()) > 0 {
		first := map[*mortalProcess]string{}
		for _, m := range c.dying() {
			first[m] = m.queue[0]
		}
		s.live(c)
		c.rests()
		for m, point := range first {
			if len(m.queue) == 0 || m.queue[0] != point {
				continue
			}
			// It was not passed this time: the others may be.
			m.queue = m.queue[1:]
			if tries[m.name+point]++; tries[m.name+point] < triesOfAPoint {
				m.queue = append(m.queue, point)
			} else {
				never = append(never, m.name+": "+point)
			}
			c.rearm(m)
		}
	}
	c.t.Logf("%s: %d deaths in %v; not passed again: %v", s.name, len(c.deaths)-before, time.Since(begin).Round(time.Millisecond), never)
	c.holds()
}

// rearm has a process die where its queue says, unless it does so already.
func (c *company) rearm(m *mortalProcess) {
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

// rests waits until nothing is under way any more.
func (c *company) rests() {
	c.t.Helper()
	left := ""
	defer func() {
		if c.t.Failed() {
			c.t.Logf("under way: %s", left)
		}
	}()
	c.until("everything comes to rest", func() bool { left = c.numbers(unrest); return left == "" })
}

// numbers are those queries that do not give 0.
func (c *company) numbers(queries map[string]map[string]string) string {
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

// broken are queries for the number of violations at rest.
var broken = map[string]map[string]string{
	"bus":  {"dead letters": `SELECT count(*) FROM dead_letters`},
	"trip": {"gaps": gaps},
	"car":  {"gaps": gaps},
	"user": {"gaps": gaps,
		"entries that do not sum to zero":     `SELECT count(*) FROM (SELECT entry_id FROM postings GROUP BY entry_id HAVING sum(amount) <> 0)`,
		"balances that are not of postings":   `SELECT count(*) FROM balances b WHERE b.amount <> (SELECT coalesce(sum(amount), 0) FROM postings p WHERE p.ledger_account = b.ledger_account)`,
		"trips that were paid more than once": `SELECT count(*) FROM (SELECT trip_id FROM entries WHERE kind = 'capture' GROUP BY trip_id HAVING count(*) > 1)`,
		"holds that were not given back once": `SELECT count(*) FROM holds h WHERE (SELECT count(*) FROM entries e WHERE e.trip_id = h.trip_id AND e.kind = 'release') <> 1`,
	},
	"profile": {"gaps": gaps},
	"blob":    {"gaps": gaps},
}

const gaps = `SELECT count(*) FROM (SELECT subject FROM events GROUP BY subject HAVING count(*) <> max(version) OR min(version) <> 1)`

// holds holds the company, at rest, against the invariants.
func (c *company) holds() {
	c.t.Helper()
	if violations := c.numbers(broken); violations != "" {
		c.t.Errorf("broken: %s", violations)
	}
}
