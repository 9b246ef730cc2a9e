package main

import (
	"fmt"
	"path/filepath"
	"strings"
	"testing"

	"freecar/internal/invariants"
)

// TestClaimsCanBreak gives the cars a store that forgets every claim of a trip, and wants
// both the histories and the invariants to tell.
func TestClaimsCanBreak(t *testing.T) {
	r := newRig(t, 1, 1)
	x := newContest(t, r, 2)
	execute(t, filepath.Join(r.data(), "car.db"), `CREATE TRIGGER forgetful AFTER UPDATE ON cars WHEN OLD.state = 'available' AND NEW.state = 'stopped' BEGIN
		UPDATE cars SET state = 'available', claimed_at = NULL, doc = CAST(json_set(json_remove(CAST(NEW.doc AS TEXT), '$.claim'), '$.state', 'available') AS BLOB)
		WHERE id = NEW.id; END`)
	for i, who := range x.riders {
		if s := x.start(i, who, x.cars[0], "", 1); !s.ok {
			t.Fatalf("rider %d has not got the car: %+v", i, s)
		}
	}
	w := invariants.Open(t, r.data()).Load(t)
	if found := fmt.Sprint(w.Violations()); !strings.Contains(found, "a rental has its claim") || !strings.Contains(found, "one rental per account and car") {
		t.Errorf("the invariants say %v", found)
	}
	seen := &verdicts{TB: t}
	x.t = seen
	x.check(w)
	if len(seen.failures) != 1 || !strings.Contains(seen.failures[0], "car-"+x.cars[0]) {
		t.Errorf("the histories say %q", seen.failures)
	}
}

// verdicts notes what a test would fail with.
type verdicts struct {
	testing.TB
	failures []string
}

// Helper is nobody's.
func (o *verdicts) Helper() {}

// Errorf notes a failure.
func (o *verdicts) Errorf(format string, args ...any) {
	o.failures = append(o.failures, fmt.Sprintf(format, args...))
}
