// Package adaptertest is the contract of profile's driven ports, run over every adapter.
package adaptertest

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strconv"
	"sync"
	"testing"
	"time"

	"freecar/internal/errs"
	"freecar/internal/events"
	"freecar/internal/photo"
	"freecar/profile"
)

// Store is a repository under test, with what its contract looks at from outside.
type Store struct {
	profile.Repository
	// History is the events saved for an account, by version.
	History func(ctx context.Context, account string) ([]events.Event, error)
}

// Open gives a store with nothing in it, and another handle on the same data.
type Open func(t *testing.T) (Store, func() Store)

var now = time.Date(2030, 5, 1, 12, 0, 0, 123e6, time.UTC)

var policy = profile.Policy{AdultAge: 18}

var form = profile.Submission{
	Number: "B072RRE2I55", FullName: "Erika Mustermann", Country: "DE",
	BirthDate: profile.Date{Year: 1984, Month: time.August, Day: 12},
	ExpiresOn: profile.Date{Year: 2033, Month: time.January, Day: 19},
}

// Licences holds a repository to its contract.
func Licences(t *testing.T, open Open) {
	t.Run("what is saved comes back equal", func(t *testing.T) { roundTrip(t, open) })
	t.Run("what is not there is NotFound, and changes from New", func(t *testing.T) { absent(t, open) })
	t.Run("a failed change saves nothing", func(t *testing.T) { rollback(t, open) })
	t.Run("a change that records nothing saves nothing", func(t *testing.T) { unchanged(t, open) })
	t.Run("parallel changes are serial, each with its event", func(t *testing.T) { serial(t, open) })
	t.Run("one of many decides", func(t *testing.T) { oneDecides(t, open) })
	t.Run("lists: by status, newest first, without the unsubmitted", func(t *testing.T) { lists(t, open) })
	t.Run("pages joined are the whole set while licences are added", func(t *testing.T) { pages(t, open) })
	t.Run("a cursor that no page gave is Invalid", func(t *testing.T) { badCursors(t, open) })
	t.Run("an answer is kept under its key for a day", func(t *testing.T) { answers(t, open) })
	t.Run("an answer is replaced once", func(t *testing.T) { replaced(t, open) })
	t.Run("one key, many requests: one photo", func(t *testing.T) { keyRace(t, open) })
	t.Run("a number is verified for one account", func(t *testing.T) { oneHolder(t, open) })
	t.Run("of many with one number one is verified", func(t *testing.T) { holderRace(t, open) })
	t.Run("what waits to be read is given out once, and again later", func(t *testing.T) { unread(t, open) })
	t.Run("nobody gets what another claimed", func(t *testing.T) { claimRace(t, open) })
	t.Run("what an erased account asked for is forgotten", func(t *testing.T) { forgotten(t, open) })
	t.Run("the caller's later changes stay the caller's", func(t *testing.T) { copies(t, open) })
}

func update(t *testing.T, s Store, account string, change func(*profile.Licence) error) profile.Licence {
	t.Helper()
	l, err := s.Update(t.Context(), account, change)
	if err != nil {
		t.Fatal(err)
	}
	return l
}

func submit(t *testing.T, s Store, account string, at time.Time) profile.Licence {
	t.Helper()
	own := form
	own.Number += account
	return update(t, s, account, func(l *profile.Licence) error { l.Submit(own, at); return nil })
}

// picture gives an account's licence a photo.
func picture(t *testing.T, s Store, account, blobID string) profile.Licence {
	t.Helper()
	update(t, s, account, func(l *profile.Licence) error {
		l.RequestPhoto(profile.Answer{Upload: photo.Upload{BlobID: blobID}}, now)
		return nil
	})
	return update(t, s, account, func(l *profile.Licence) error { l.PhotoArrived(blobID, now); return nil })
}

func find(t *testing.T, s Store, account string) profile.Licence {
	t.Helper()
	l, err := s.Licence(t.Context(), account)
	if err != nil {
		t.Fatal(err)
	}
	return l
}

func equal(t *testing.T, got, want profile.Licence) {
	t.Helper()
	if fmt.Sprintf("%+v", got) != fmt.Sprintf("%+v", want) {
		t.Errorf("got  %+v\nwant %+v", got, want)
	}
}

// gapless says that the account's events are 1, 2, … n.
func gapless(t *testing.T, s Store, account string, n int64) {
	t.Helper()
	history, err := s.History(t.Context(), account)
	if err != nil {
		t.Fatal(err)
	}
	if int64(len(history)) != n {
		t.Fatalf("%d events, want %d", len(history), n)
	}
	for i, e := range history {
		if e.Version != int64(i)+1 || e.Subject != account {
			t.Errorf("event %d is %s@%d", i, e.Subject, e.Version)
		}
	}
}

func roundTrip(t *testing.T, open Open) {
	s, again := open(t)
	submit(t, s, "1", now)
	picture(t, s, "1", "b")
	update(t, s, "1", func(l *profile.Licence) error { l.TakeReading(reading("b"), policy, false, now); return nil })
	update(t, s, "1", func(l *profile.Licence) error {
		l.RequestPhoto(profile.Answer{Upload: photo.Upload{BlobID: "c"}}, now)
		return nil
	})
	want := update(t, s, "1", func(l *profile.Licence) error { return l.Reject("9", "blurred", now.Add(time.Minute)) })
	if want.Version != 6 || want.Status != profile.Rejected || want.Photo != (photo.Slot{Current: "b", Next: "c"}) ||
		want.Number != form.Number+"1" || want.Revision != 2 || want.Reading != reading("b") {
		t.Fatalf("saved %+v", want)
	}
	if _, recorded := want.Recorded(); recorded {
		t.Error("a saved licence still has a change to save")
	}
	equal(t, find(t, again(), "1"), want)
	gapless(t, s, "1", 6)
	want = update(t, s, "1", func(l *profile.Licence) error { l.Erase(now); return nil })
	if want != (profile.Licence{Account: "1", Status: profile.Unsubmitted, ErasedAt: now, Version: 7}) {
		t.Errorf("erased: %+v", want)
	}
	equal(t, find(t, again(), "1"), want)
}

func absent(t *testing.T, open Open) {
	s, _ := open(t)
	if _, err := s.Licence(t.Context(), "1"); errs.KindOf(err) != errs.NotFound {
		t.Errorf("got %v", err)
	}
	if _, err := s.Answer(t.Context(), key("1", "k", "h"), now); errs.KindOf(err) != errs.NotFound {
		t.Errorf("got %v", err)
	}
	update(t, s, "1", func(l *profile.Licence) error {
		equal(t, *l, profile.New("1"))
		return nil
	})
}

func rollback(t *testing.T, open Open) {
	s, _ := open(t)
	want := submit(t, s, "1", now)
	refused := errors.New("refused")
	for _, account := range []string{"1", "2"} {
		_, err := s.Update(t.Context(), account, func(l *profile.Licence) error {
			l.RequestPhoto(profile.Answer{Key: key(account, "k", "h")}, now)
			return refused
		})
		if !errors.Is(err, refused) {
			t.Errorf("got %v", err)
		}
		if _, err := s.Answer(t.Context(), key(account, "k", "h"), now); errs.KindOf(err) != errs.NotFound {
			t.Errorf("the key stayed: %v", err)
		}
	}
	equal(t, find(t, s, "1"), want)
	if _, err := s.Licence(t.Context(), "2"); errs.KindOf(err) != errs.NotFound {
		t.Errorf("got %v", err)
	}
	gapless(t, s, "1", 1)
	gapless(t, s, "2", 0)
}

func unchanged(t *testing.T, open Open) {
	s, _ := open(t)
	want := submit(t, s, "1", now)
	equal(t, submit(t, s, "1", now.Add(time.Hour)), want)
	equal(t, find(t, s, "1"), want)
	update(t, s, "2", func(*profile.Licence) error { return nil })
	if _, err := s.Licence(t.Context(), "2"); errs.KindOf(err) != errs.NotFound {
		t.Errorf("got %v", err)
	}
	gapless(t, s, "1", 1)
}

const racers = 32

// race runs f in many goroutines, on both handles, and returns what each got.
func race(t *testing.T, open Open, f func(s Store, i int) error) (Store, []error) {
	t.Helper()
	s, again := open(t)
	handles := []Store{s, again()}
	got := make([]error, racers)
	begin := make(chan struct{})
	var wg sync.WaitGroup
	for i := range racers {
		wg.Go(func() {
			<-begin
			got[i] = f(handles[i%2], i)
		})
	}
	close(begin)
	wg.Wait()
	return s, got
}

func serial(t *testing.T, open Open) {
	s, got := race(t, open, func(s Store, i int) error {
		_, err := s.Update(t.Context(), "1", func(l *profile.Licence) error {
			next := form
			next.Number = "number " + strconv.Itoa(i)
			l.Submit(next, now)
			return nil
		})
		return err
	})
	if err := errors.Join(got...); err != nil {
		t.Fatal(err)
	}
	if l := find(t, s, "1"); l.Version != racers {
		t.Errorf("version %d, want %d", l.Version, racers)
	}
	gapless(t, s, "1", racers)
}

func oneDecides(t *testing.T, open Open) {
	s, got := race(t, func(t *testing.T) (Store, func() Store) {
		s, again := open(t)
		submit(t, s, "1", now)
		return s, again
	}, func(s Store, i int) error {
		_, err := s.Update(t.Context(), "1", func(l *profile.Licence) error {
			if i%2 == 0 {
				return l.Approve("9", profile.Evidence{}, policy, now)
			}
			return l.Reject("8", "no", now)
		})
		return err
	})
	l := find(t, s, "1")
	for i, err := range got {
		agrees := (i%2 == 0) == (l.Status == profile.Verified)
		if agrees != (err == nil) || !agrees && !errors.Is(err, profile.ErrNotPending) {
			t.Errorf("%d of a licence that is %s: got %v", i, l.Status, err)
		}
	}
	gapless(t, s, "1", 2)
}

func lists(t *testing.T, open Open) {
	s, _ := open(t)
	for i, account := range []string{"30", "10", "20"} {
		submit(t, s, account, now.Add(time.Duration(i)*time.Second))
	}
	submit(t, s, "40", now) // at the same moment as 30
	update(t, s, "20", func(l *profile.Licence) error { return l.Approve("9", profile.Evidence{}, policy, now) })
	update(t, s, "50", func(l *profile.Licence) error { l.RequestPhoto(profile.Answer{}, now); return nil })
	for status, want := range map[profile.Status][]string{
		"": {"20", "10", "40", "30"}, profile.Pending: {"10", "40", "30"}, profile.Verified: {"20"}, profile.Rejected: nil,
	} {
		page, err := s.Licences(t.Context(), profile.Filter{Status: status, Limit: 10})
		if err != nil {
			t.Fatal(err)
		}
		if got := accounts(page); !slices.Equal(got, want) || page.Next != "" {
			t.Errorf("%q: got %v and next %q, want %v", status, got, page.Next, want)
		}
	}
}

func accounts(p profile.Page) (list []string) {
	for _, l := range p.Licences {
		list = append(list, l.Account)
	}
	return list
}

func pages(t *testing.T, open Open) {
	s, _ := open(t)
	var want []string
	for i := range 23 {
		account := strconv.Itoa(100 + i)
		submit(t, s, account, now.Add(time.Duration(i/3)*time.Second))
		want = append(want, account)
	}
	slices.Reverse(want)
	for _, status := range []profile.Status{"", profile.Pending} {
		var got []string
		f := profile.Filter{Status: status, Limit: 5}
		for round := 0; round == 0 || f.Cursor != ""; round++ {
			page, err := s.Licences(t.Context(), f)
			if err != nil {
				t.Fatal(err)
			}
			got, f.Cursor = append(got, accounts(page)...), page.Next
			submit(t, s, fmt.Sprintf("9%d%d", round, len(status)), now.Add(time.Hour))
		}
		got = slices.DeleteFunc(got, func(account string) bool { return account[0] == '9' })
		if !slices.Equal(got, want) {
			t.Errorf("%q: got %v, want %v", status, got, want)
		}
	}
}

func badCursors(t *testing.T, open Open) {
	s, _ := open(t)
	for _, cursor := range []string{"!", "-", "1", "1-", "-1", "1-x", "1-1-1", "zzzzzzzzzzzzzzzzzzzzz-1", "1-'; --"} {
		if _, err := s.Licences(t.Context(), profile.Filter{Limit: 1, Cursor: cursor}); errs.KindOf(err) != errs.Invalid {
			t.Errorf("%q: got %v", cursor, err)
		}
	}
}
