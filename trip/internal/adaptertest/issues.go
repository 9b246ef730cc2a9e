package adaptertest

import (
	"errors"
	"fmt"
	"slices"
	"strconv"
	"sync"
	"testing"
	"time"

	"freecar/internal/errs"
	"freecar/internal/idem"
	"freecar/internal/ids"
	"freecar/internal/photo"
	"freecar/trip"
)

// OpenIssues gives a repository with nothing in it, and another handle on the same data.
type OpenIssues func(t *testing.T) (trip.Issues, func() trip.Issues)

var reportedAt = time.Date(2030, 5, 1, 12, 0, 0, 123e6, time.UTC)

// reported is a new issue of a trip of its own.
func reported(account string) trip.Issue {
	newID := ids.Random{}.New
	of := trip.Trip{ID: newID(), Account: account}
	of.Car.ID = newID()
	return trip.NewIssue(newID(), of, trip.ReportIssue{Kind: trip.Damage, Text: "A scratch."}, []string{"p", "q"}, reportedAt)
}

// Issues holds a repository of issues to its contract.
func Issues(t *testing.T, open OpenIssues) {
	save := func(t *testing.T, s trip.Issues, i trip.Issue, k idem.Key) trip.Issue {
		t.Helper()
		if err := s.Create(t.Context(), i, k, nil); err != nil {
			t.Fatal(err)
		}
		i.Saved()
		return i
	}
	is := func(t *testing.T, s trip.Issues, want trip.Issue) {
		t.Helper()
		if got, err := s.Issue(t.Context(), want.ID); err != nil || fmt.Sprintf("%+v", got) != fmt.Sprintf("%+v", want) {
			t.Errorf("got  %+v, %v\nwant %+v", got, err, want)
		}
	}
	key := idem.Key{Principal: "1", Operation: "trip.ReportIssue", Value: "k", BodyHash: "h"}
	t.Run("what is saved comes back equal", func(t *testing.T) {
		s, again := open(t)
		i := save(t, s, reported("1"), idem.Key{})
		is(t, again(), i)
		closed, err := s.Update(t.Context(), i.ID, func(i *trip.Issue) error { i.Close("9", "done", reportedAt); return nil })
		if err != nil || closed.Version != 2 {
			t.Fatalf("got %+v, %v", closed, err)
		}
		if _, changed := closed.Recorded(); changed {
			t.Error("a saved issue still has a change to save")
		}
		is(t, again(), closed)
	})
	t.Run("what is not there is NotFound", func(t *testing.T) {
		s, _ := open(t)
		_, found := s.Issue(t.Context(), ids.Random{}.New())
		_, kept := s.ByKey(t.Context(), key, reportedAt)
		_, updated := s.Update(t.Context(), ids.Random{}.New(), func(*trip.Issue) error { return nil })
		for _, err := range []error{found, kept, updated} {
			if errs.KindOf(err) != errs.NotFound {
				t.Errorf("got %v", err)
			}
		}
	})
	t.Run("a failed change saves nothing", func(t *testing.T) {
		s, _ := open(t)
		i := save(t, s, reported("1"), idem.Key{})
		refused := errors.New("refused")
		if _, err := s.Update(t.Context(), i.ID, func(i *trip.Issue) error { i.Close("9", "", reportedAt); return refused }); !errors.Is(err, refused) {
			t.Errorf("got %v", err)
		}
		is(t, s, i)
	})
	t.Run("an answer is kept under its key for a day", func(t *testing.T) {
		s, again := open(t)
		i := reported("1")
		uploads := []photo.Upload{{BlobID: "b", Method: "PUT", URL: "http://x", Headers: map[string]string{"A": "b"}, ExpiresAt: reportedAt}}
		if err := s.Create(t.Context(), i, key, uploads); err != nil {
			t.Fatal(err)
		}
		asked := key
		asked.BodyHash = "other"
		got, err := again().ByKey(t.Context(), asked, i.CreatedAt.Add(idem.Keep))
		if err != nil || got.Key != key || got.Issue.ID != i.ID || fmt.Sprint(got.Uploads) != fmt.Sprint(uploads) {
			t.Errorf("got %+v, %v", got, err)
		}
		if _, err := s.ByKey(t.Context(), key, i.CreatedAt.Add(idem.Keep+time.Millisecond)); errs.KindOf(err) != errs.NotFound {
			t.Errorf("too old: %v", err)
		}
		if err := s.Create(t.Context(), reported("1"), key, nil); !errors.Is(err, trip.ErrDuplicateKey) {
			t.Errorf("the same key: %v", err)
		}
		other := key
		other.Principal = "2"
		save(t, s, reported("2"), other)
		late := reported("1")
		late.CreatedAt = i.CreatedAt.Add(idem.Keep + time.Millisecond)
		save(t, s, late, key)
	})
	t.Run("one key, many requests: one issue", func(t *testing.T) {
		s, again := open(t)
		handles, got := []trip.Issues{s, again()}, make([]error, 32)
		var wg sync.WaitGroup
		for n := range got {
			i := reported("1")
			wg.Go(func() { got[n] = handles[n%2].Create(t.Context(), i, key, nil) })
		}
		wg.Wait()
		saved := 0
		for _, err := range got {
			if err == nil {
				saved++
			} else if !errors.Is(err, trip.ErrDuplicateKey) {
				t.Errorf("got %v", err)
			}
		}
		if saved != 1 {
			t.Errorf("%d were saved", saved)
		}
	})
	t.Run("lists by trip, car and state, newest first", func(t *testing.T) {
		s, _ := open(t)
		a, b, c := save(t, s, reported("1"), idem.Key{}), save(t, s, reported("1"), idem.Key{}), save(t, s, reported("2"), idem.Key{})
		if _, err := s.Update(t.Context(), b.ID, func(i *trip.Issue) error { i.Close("9", "", reportedAt); return nil }); err != nil {
			t.Fatal(err)
		}
		for name, tc := range map[string]struct {
			filter trip.IssueFilter
			want   []string
		}{
			"all":       {trip.IssueFilter{}, []string{c.ID, b.ID, a.ID}},
			"open":      {trip.IssueFilter{State: trip.IssueOpen}, []string{c.ID, a.ID}},
			"closed":    {trip.IssueFilter{State: trip.IssueClosed}, []string{b.ID}},
			"one's own": {trip.IssueFilter{Account: "1"}, []string{b.ID, a.ID}},
			"of a trip": {trip.IssueFilter{TripID: b.TripID}, []string{b.ID}},
			"of a car":  {trip.IssueFilter{CarID: c.CarID, State: trip.IssueOpen}, []string{c.ID}},
		} {
			tc.filter.Limit = 10
			page, err := s.Issues(t.Context(), tc.filter)
			if got := issueIDs(page); err != nil || !slices.Equal(got, tc.want) || page.Next != "" {
				t.Errorf("%s: got %v, %v, want %v", name, got, err, tc.want)
			}
		}
		mine, err := s.OfAccount(t.Context(), "1")
		slices.Sort(mine)
		want := []string{a.ID, b.ID}
		slices.Sort(want)
		if err != nil || !slices.Equal(mine, want) {
			t.Errorf("got %v, %v", mine, err)
		}
	})
	t.Run("pages joined are the whole set while issues are added", func(t *testing.T) {
		s, _ := open(t)
		var want, got []string
		for range 13 {
			want = append(want, save(t, s, reported("1"), idem.Key{}).ID)
		}
		slices.Reverse(want)
		f := trip.IssueFilter{Limit: 5}
		for round := 0; round == 0 || f.Cursor != ""; round++ {
			page, err := s.Issues(t.Context(), f)
			if err != nil {
				t.Fatal(err)
			}
			got, f.Cursor = append(got, issueIDs(page)...), page.Next
			save(t, s, reported(strconv.Itoa(round+2)), idem.Key{})
		}
		if !slices.Equal(got, want) {
			t.Errorf("got %v, want %v", got, want)
		}
		if _, err := s.Issues(t.Context(), trip.IssueFilter{Limit: 1, Cursor: "x"}); errs.KindOf(err) != errs.Invalid {
			t.Errorf("a cursor that no page gave: %v", err)
		}
	})
	t.Run("who is erased reports nothing any more", func(t *testing.T) {
		s, again := open(t)
		i := save(t, s, reported("1"), idem.Key{})
		for range 2 {
			if err := again().Refuse(t.Context(), "1"); err != nil {
				t.Fatal(err)
			}
		}
		if err := s.Create(t.Context(), reported("1"), key, nil); !errors.Is(err, trip.ErrErased) {
			t.Errorf("created: %v", err)
		}
		save(t, s, reported("2"), idem.Key{})
		if list, err := s.OfAccount(t.Context(), "1"); err != nil || !slices.Equal(list, []string{i.ID}) {
			t.Errorf("got %v, %v", list, err)
		}
	})
	t.Run("parallel changes are serial", func(t *testing.T) {
		s, again := open(t)
		i := save(t, s, reported("1"), idem.Key{})
		handles := []trip.Issues{s, again()}
		var wg sync.WaitGroup
		for n := range 32 {
			wg.Go(func() {
				if _, err := handles[n%2].Update(t.Context(), i.ID, func(i *trip.Issue) error {
					i.Close(strconv.Itoa(n), "", reportedAt)
					return nil
				}); err != nil {
					t.Error(err)
				}
			})
		}
		wg.Wait()
		if got, err := s.Issue(t.Context(), i.ID); err != nil || got.Version != 2 {
			t.Errorf("got %+v, %v", got, err)
		}
	})
}

func issueIDs(p trip.IssuePage) (list []string) {
	for _, i := range p.Issues {
		list = append(list, i.ID)
	}
	return list
}
