package main

import (
	"bufio"
	"fmt"
	"io"
	"net/http"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"freecar/internal/invariants"
)

// What may grow in two thirds of a soak. Caches are full by then: the gateway's 10,000
// tokens and the limits' addresses of two minutes are the largest.
var steadyBounds = map[string]bound{
	"heap after GC": {share: .10, least: 6},  // MB
	"goroutines":    {share: .10, least: 20}, // connections come and go
	"open files":    {share: .10, least: 15},
	"metric series": {share: .02, least: 10}, // outcomes that had not been seen yet
}

// TestSoakSteady is a company on a busy day: riders, cars, staff, and those who mean no
// good. Nothing but its stores may grow. FREECAR_SOAK_FOR is its length (default 30m),
// FREECAR_SOAK_DIR gets the plot and the table (default bin/soak).
func TestSoakSteady(t *testing.T) {
	soaks(t)
	length, folder := soakSettings(t)
	data := t.TempDir()
	p := run(t, data, "--demo-cars", "40", "--reservation-for", "20s", "--reserve-again", "1s")
	l := newLoad(t, p)
	tells(t, func() string { return fmt.Sprintf("of %v, %s", length, l.far()) })
	began := l.begin()
	all := watchSteady(t, p, l, length)
	idle := l.end()
	writeFile(t, filepath.Join(folder, "steady.csv"), csv(all))
	writeFile(t, filepath.Join(folder, "steady.svg"), svg(all))
	t.Logf("the plot is %s", filepath.Join(folder, "steady.svg"))

	for _, s := range all {
		if b, held := steadyBounds[s.name]; held {
			if verdict := b.verdict(s); verdict != "" {
				t.Error(verdict)
			}
			t.Logf("%s: median %.1f %s, trend %+.2f in the last two thirds", s.name, median(s.later().value), s.unit, s.later().growth())
		}
	}
	l.report(t, all)
	p.awaitIdle(t, idle, began)
	for i, v := range invariants.Open(t, data).AtRest(t, restWithin).Violations() {
		if i < violationsShown {
			t.Error(v)
		}
	}
	if err := p.shutDown(); err != nil {
		t.Error(err)
	}
}

func soakSettings(t *testing.T) (length time.Duration, folder string) {
	t.Helper()
	length, folder = soakFor(t, 30*time.Minute), filepath.Join("..", "..", "bin", "soak")
	if text := os.Getenv("FREECAR_SOAK_DIR"); text != "" {
		folder = text
	}
	folder, err := filepath.Abs(folder)
	if err == nil {
		err = os.MkdirAll(folder, 0o755)
	}
	if err != nil {
		t.Fatal(err)
	}
	return length, folder
}

// figures are what is sampled, in the order of the plot.
var figures = []struct{ name, unit string }{
	{"heap after GC", "MB"}, {"resident", "MB"}, {"goroutines", ""}, {"open files", ""}, {"metric series", ""},
	{"stores", "MB"}, {"write-ahead logs", "MB"}, {"requests", "1/s"}, {"p50", "ms"}, {"p99", "ms"}, {"trips finished", ""},
}

// watchSteady samples until the time is over.
func watchSteady(t *testing.T, p *program, l *load, length time.Duration) []series {
	t.Helper()
	every := min(max(length/360, time.Second), 5*time.Second)
	all := make([]series, len(figures))
	for i, f := range figures {
		all[i] = series{name: f.name, unit: f.unit}
	}
	tick := time.NewTicker(every)
	defer tick.Stop()
	begin, last := time.Now(), time.Now()
	for range tick.C {
		now := time.Now()
		took := l.takeLatencies()
		sample := p.sample(t)
		sample["requests"] = float64(len(took)) / now.Sub(last).Seconds()
		slices.Sort(took)
		if n := len(took); n > 0 {
			sample["p50"], sample["p99"] = milliseconds(took[n/2]), milliseconds(took[n*99/100])
		}
		sample["trips finished"] = float64(l.trips.Load())
		for i := range all {
			all[i].at = append(all[i].at, now.Sub(begin).Seconds())
			all[i].value = append(all[i].value, sample[all[i].name])
		}
		if last = now; now.Sub(begin) >= length || t.Failed() {
			break
		}
	}
	return all
}

func milliseconds(d time.Duration) float64 { return float64(d.Microseconds()) / 1000 }

var heapAlloc = regexp.MustCompile(`(?m)^# HeapAlloc = (\d+)$`)

// sample asks the process for its figures; the heap's is after a collection.
func (p *program) sample(t *testing.T) map[string]float64 {
	t.Helper()
	sample := map[string]float64{}
	found := heapAlloc.FindStringSubmatch(p.page(t, "/debug/pprof/heap?gc=1&debug=1"))
	if found == nil {
		t.Fatal("the profile does not tell the heap")
	}
	bytes, _ := strconv.ParseFloat(found[1], 64)
	sample["heap after GC"] = bytes / (1 << 20)
	lines := bufio.NewScanner(strings.NewReader(p.page(t, "/metrics")))
	for lines.Scan() {
		name, text, _ := strings.Cut(lines.Text(), " ")
		if strings.HasPrefix(name, "#") {
			continue
		}
		sample["metric series"]++
		value, _ := strconv.ParseFloat(text, 64)
		switch name {
		case "process_resident_memory_bytes":
			sample["resident"] = value / (1 << 20)
		case "go_goroutines":
			sample["goroutines"] = value
		case "process_open_fds":
			sample["open files"] = value
		}
	}
	sample["stores"], sample["write-ahead logs"] = sizeOf(p.data, "*.db"), sizeOf(p.data, "*.db-wal")
	return sample
}

func (p *program) page(t *testing.T, path string) string {
	t.Helper()
	resp, err := http.Get("http://" + p.ops + path)
	if err != nil {
		t.Fatalf("%v\n%s", err, p.complaints())
	}
	defer resp.Body.Close()
	page, err := io.ReadAll(resp.Body)
	if err != nil {
		t.Fatal(err)
	}
	return string(page)
}

// sizeOf is that of the files, in MB.
func sizeOf(folder, pattern string) (size float64) {
	names, _ := filepath.Glob(filepath.Join(folder, pattern)) // the pattern is right
	for _, name := range names {
		if info, err := os.Stat(name); err == nil {
			size += float64(info.Size()) / (1 << 20)
		}
	}
	return size
}

// pools is how many files the pools of the stores open at their first load, and keep: up
// to four readers a store.
const pools = 40

// awaitIdle waits until what the load had has gone: connections are idle for a minute.
func (p *program) awaitIdle(t *testing.T, ended time.Time, before map[string]float64) {
	t.Helper()
	var now map[string]float64
	for time.Since(ended) < 90*time.Second {
		now = p.sample(t)
		if now["goroutines"] <= before["goroutines"]+10 && now["open files"] <= before["open files"]+pools {
			return
		}
		<-time.After(time.Second) // between two looks
	}
	t.Errorf("after the load %.0f goroutines and %.0f files are open, before it %.0f and %.0f",
		now["goroutines"], now["open files"], before["goroutines"], before["open files"])
}

// report says what was done, and what of it the stores kept.
func (l *load) report(t *testing.T, all []series) {
	t.Helper()
	l.mu.Lock()
	defer l.mu.Unlock()
	var requests int
	for _, n := range l.statuses {
		requests += n
	}
	var lines []string
	for status, n := range l.statuses {
		lines = append(lines, fmt.Sprintf("%d: %d", status, n))
	}
	slices.Sort(lines)
	t.Logf("%d requests, by status: %s", requests, strings.Join(lines, ", "))
	var grew float64 // what is not in a store yet is in its log
	for _, s := range all {
		if s.name == "stores" || s.name == "write-ahead logs" {
			grew += s.value[len(s.value)-1] - s.value[0]
		}
	}
	t.Logf("the stores and their logs grew by %.1f MB in %d trips: %.0f kB a trip, with all that was done besides",
		grew, l.trips.Load(), grew*1024/max(1, float64(l.trips.Load())))
	if l.trips.Load() == 0 {
		t.Error("no trip was finished")
	}
	if l.statuses[http.StatusInternalServerError] > 0 {
		t.Errorf("%d answers were 500", l.statuses[http.StatusInternalServerError])
	}
}
