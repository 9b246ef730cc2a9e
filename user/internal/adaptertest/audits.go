package adaptertest

import (
	"fmt"
	"reflect"
	"slices"
	"testing"
	"time"

	"freecar/internal/errs"
	"freecar/user"
)

// Audits holds the keeper of audit records to its contract.
func Audits(t *testing.T, open Open) {
	t.Run("what is recorded comes back equal, and once however often it is recorded", func(t *testing.T) { auditOnce(t, open) })
	t.Run("of many who record the same at once it is there once", func(t *testing.T) { auditRace(t, open) })
	t.Run("each filter chooses, and all together", func(t *testing.T) { auditFilters(t, open) })
	t.Run("pages joined are the whole set while records are added", func(t *testing.T) { auditPages(t, open) })
	t.Run("a cursor of ours is needed", func(t *testing.T) {
		s, _ := open(t)
		for _, cursor := range []string{"x", ".a", "1.", "?.a", "~"} {
			_, err := s.Audits.Records(t.Context(), user.AuditFilter{Paging: user.Paging{Limit: 1, Cursor: cursor}})
			expectKind(t, err, errs.Invalid)
		}
	})
}

// deed is what an actor did so many seconds after the start.
func deed(n int, actor, action, subject string) user.AuditRecord {
	return user.AuditRecord{ID: fmt.Sprintf("car/%s@%d", subject, n), At: start.Add(time.Duration(n) * time.Second),
		Actor: actor, Action: action, Subject: subject, Trace: "0af7651916cd43dd8448eb211c80319c", Detail: map[string]string{"state": "removed", "letters": "2"}}
}

func records(t *testing.T, s Store, f user.AuditFilter) []user.AuditRecord {
	t.Helper()
	f.Limit = 100
	return must[user.Page[user.AuditRecord]](t)(s.Audits.Records(t.Context(), f)).Items
}

func auditOnce(t *testing.T, open Open) {
	s, again := open(t)
	full, bare := deed(2, "1", "retired", "a"), user.AuditRecord{ID: "user/b@1", At: start, Actor: "2", Action: "made", Subject: "b", Detail: map[string]string{}}
	for range 2 {
		ok(t, s.Audits.Record(t.Context(), full))
		ok(t, again().Audits.Record(t.Context(), bare))
	}
	other := full
	other.Action, other.Detail = "another", nil
	ok(t, s.Audits.Record(t.Context(), other)) // the first word stands
	if got := records(t, again(), user.AuditFilter{}); !reflect.DeepEqual(got, []user.AuditRecord{full, bare}) {
		t.Errorf("got  %+v\nwant %+v", got, []user.AuditRecord{full, bare})
	}
}

func auditRace(t *testing.T, open Open) {
	s, again := open(t)
	stores := []Store{s, again()}
	race(t, nil, func(i int) error { return stores[i%2].Audits.Record(t.Context(), deed(1, "1", "retired", "a")) })
	if got := records(t, s, user.AuditFilter{}); len(got) != 1 {
		t.Errorf("got %d records", len(got))
	}
}

func auditFilters(t *testing.T, open Open) {
	s, _ := open(t)
	all := []user.AuditRecord{ // newest first
		deed(5, "1", "retired", "a"), deed(4, "2", "retired", "a"), deed(3, "1", "locked", "a"), deed(2, "1", "retired", "b"), deed(1, "1", "retired", "a"),
	}
	for _, r := range all {
		ok(t, s.Audits.Record(t.Context(), r))
	}
	at := func(n int) time.Time { return start.Add(time.Duration(n) * time.Second) }
	for name, tc := range map[string]struct {
		filter user.AuditFilter
		want   []int // of all
	}{
		"nothing":           {user.AuditFilter{}, []int{0, 1, 2, 3, 4}},
		"who":               {user.AuditFilter{Actor: "2"}, []int{1}},
		"what":              {user.AuditFilter{Action: "locked"}, []int{2}},
		"to what":           {user.AuditFilter{Subject: "b"}, []int{3}},
		"from, which is in": {user.AuditFilter{From: at(4)}, []int{0, 1}},
		"to, which is not":  {user.AuditFilter{To: at(2)}, []int{4}},
		"from and to":       {user.AuditFilter{From: at(2), To: at(4)}, []int{2, 3}},
		"all":               {user.AuditFilter{Actor: "1", Action: "retired", Subject: "a", From: at(1), To: at(5)}, []int{4}},
		"nobody":            {user.AuditFilter{Actor: "3"}, nil},
	} {
		var want []user.AuditRecord
		for _, i := range tc.want {
			want = append(want, all[i])
		}
		if got := records(t, s, tc.filter); !reflect.DeepEqual(got, want) {
			t.Errorf("%s: got %+v, want %+v", name, got, want)
		}
		tc.filter.Limit = 1 // and one by one
		var joined []user.AuditRecord
		for {
			page := must[user.Page[user.AuditRecord]](t)(s.Audits.Records(t.Context(), tc.filter))
			joined = append(joined, page.Items...)
			if tc.filter.Cursor = page.Next; page.Next == "" {
				break
			}
		}
		if !reflect.DeepEqual(joined, want) {
			t.Errorf("%s, one by one: got %+v, want %+v", name, joined, want)
		}
	}
}

func auditPages(t *testing.T, open Open) {
	s, _ := open(t)
	n := 0
	add := func(second int) {
		n++
		r := deed(second, "1", "retired", fmt.Sprint("car", n))
		ok(t, s.Audits.Record(t.Context(), r))
	}
	for i := range 10 {
		add(i / 3) // some at the same time
	}
	before := map[string]bool{}
	for _, r := range records(t, s, user.AuditFilter{}) {
		before[r.ID] = true
	}
	all := walk(t, func(p user.Paging) (user.Page[user.AuditRecord], error) {
		return s.Audits.Records(t.Context(), user.AuditFilter{Paging: p})
	}, func() {
		add(100 + n)
		add(1) // one that comes late
	})
	seen := map[string]bool{}
	for _, r := range all {
		if seen[r.ID] {
			t.Errorf("%s twice", r.ID)
		}
		seen[r.ID] = true
		delete(before, r.ID)
	}
	newestFirst := slices.IsSortedFunc(all, func(a, b user.AuditRecord) int { return b.At.Compare(a.At) })
	if len(before) > 0 || !newestFirst {
		t.Errorf("missing %v, newest first: %t", before, newestFirst)
	}
}
