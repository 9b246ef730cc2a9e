package profile_test

import (
	"context"
	"path/filepath"
	"sync"
	"testing"
	"time"

	"freecar/internal/clock"
	"freecar/internal/errs"
	"freecar/internal/photo"
	"freecar/profile"
	"freecar/profile/internal/adapter/sqlite"
	"freecar/profile/internal/endpoint"
)

// desk is the service over a real store, with a reader that does what the test says.
type desk struct {
	*profile.Registry
	clock *clock.Manual
	store *sqlite.Licences

	mu    sync.Mutex
	reads int
	read  func() (profile.Text, error)
}

// album has the bytes of every photo.
type album struct{ profile.Photos }

func (album) Bytes(context.Context, string) (profile.Picture, error) {
	return profile.Picture{ContentType: "image/png", Bytes: []byte("x")}, nil
}

func (d *desk) Name() string { return "reader" }

func (d *desk) Read(context.Context, profile.Picture) (profile.Text, error) {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.reads++
	return d.read()
}

func newDesk(t *testing.T, p profile.Policy) *desk {
	t.Helper()
	store, err := sqlite.NewLicences(t.Context(), filepath.Join(t.TempDir(), "profile.db"), endpoint.Event)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = store.Close() })
	d := &desk{clock: clock.NewManual(now), store: store}
	d.read = func() (profile.Text, error) {
		s := read(t, same)
		return profile.Text{Country: s.Country, Number: s.Number, FullName: s.FullName, BirthDate: s.BirthDate, ExpiresOn: s.ExpiresOn}, nil
	}
	d.Registry = d.instance(p)
	return d
}

// instance is one more replica over the same store.
func (d *desk) instance(p profile.Policy) *profile.Registry {
	return profile.NewRegistry(profile.Config{Licences: d.store, Photos: album{}, Reader: d, Clock: d.clock, Policy: p})
}

// waiting sends an account's licence and its photo.
func (d *desk) waiting(t *testing.T, account string) {
	t.Helper()
	if _, err := d.Submit(t.Context(), account, form); err != nil {
		t.Fatal(err)
	}
	if _, err := d.store.Update(t.Context(), account, func(l *profile.Licence) error {
		l.RequestPhoto(profile.Answer{Upload: photo.Upload{BlobID: "photo-" + account}}, now)
		return nil
	}); err != nil {
		t.Fatal(err)
	}
	if err := d.PhotoStored(t.Context(), account, "photo-"+account); err != nil {
		t.Fatal(err)
	}
}

// work has the reader read, and says how the account's licence then is.
func (d *desk) work(t *testing.T, account string) profile.Licence {
	t.Helper()
	if err := d.ReadPhotos(t.Context()); err != nil {
		t.Fatal(err)
	}
	l, err := d.store.Licence(t.Context(), account)
	if err != nil {
		t.Fatal(err)
	}
	return l
}

func TestReadPhotos(t *testing.T) {
	trusting := profile.Policy{AdultAge: 18, ApproveMatching: true}
	away := func() (profile.Text, error) {
		return profile.Text{}, errs.E(errs.Unavailable, "unavailable", "away")
	}
	t.Run("what is read is kept once, and decides nothing by itself", func(t *testing.T) {
		d := newDesk(t, policy)
		d.waiting(t, "1")
		for range 2 {
			l := d.work(t, "1")
			if l.Status != profile.Pending || l.Reading.Outcome != profile.OutcomeRead || l.Reading.By != "reader" || !l.Reading.Matches(l.Submission) {
				t.Errorf("got %+v", l)
			}
		}
		if err := d.PhotoStored(t.Context(), "1", "photo-1"); err != nil { // the news again
			t.Fatal(err)
		}
		if d.work(t, "1"); d.reads != 1 {
			t.Errorf("read %d times", d.reads)
		}
	})
	t.Run("a reader that is away is asked again, later and later, and then a person", func(t *testing.T) {
		d := newDesk(t, trusting)
		d.waiting(t, "1")
		honest := d.read
		d.read = away
		total := time.Duration(0)
		for attempt := 1; d.reads < 8; {
			l := d.work(t, "1")
			if d.reads == attempt && attempt < 8 && l.Reading.PhotoID != "" {
				t.Fatalf("after %d: %+v", attempt, l.Reading)
			}
			if l := d.work(t, "1"); d.reads != attempt || l.Status != profile.Pending {
				t.Fatalf("asked %d times at once, it is %s", d.reads, l.Status)
			}
			for d.reads == attempt && attempt < 8 {
				d.clock.Advance(30 * time.Second)
				total += 30 * time.Second
				d.work(t, "1")
			}
			attempt++
		}
		if total < time.Hour || total > 6*time.Hour {
			t.Errorf("given up after %s", total)
		}
		d.read = honest
		d.clock.Advance(24 * time.Hour)
		if l := d.work(t, "1"); l.Reading.Outcome != profile.OutcomeGaveUp || l.Status != profile.Pending || d.reads != 8 {
			t.Errorf("asked %d times, got %+v", d.reads, l)
		}
		if v, err := d.Approve(t.Context(), profile.Decision{Account: "1", By: "9"}); err != nil || v.Status != profile.Verified {
			t.Errorf("the person: %+v, %v", v, err)
		}
	})
	t.Run("one that comes back reads", func(t *testing.T) {
		d := newDesk(t, trusting)
		d.waiting(t, "1")
		honest := d.read
		d.read = away
		d.work(t, "1")
		d.read = honest
		d.clock.Advance(time.Minute)
		if l := d.work(t, "1"); l.Status != profile.Verified || l.DecidedBy != "reader" {
			t.Errorf("got %+v", l)
		}
	})
	t.Run("a photo of something else is not read again", func(t *testing.T) {
		d := newDesk(t, trusting)
		d.waiting(t, "1")
		d.read = func() (profile.Text, error) { return profile.Text{}, profile.ErrUnreadable }
		d.work(t, "1")
		d.clock.Advance(24 * time.Hour)
		if l := d.work(t, "1"); l.Reading.Outcome != profile.OutcomeUnreadable || l.Status != profile.Pending || d.reads != 1 {
			t.Errorf("asked %d times, got %+v", d.reads, l)
		}
	})
	t.Run("it never verifies a number for two", func(t *testing.T) {
		d := newDesk(t, trusting)
		d.waiting(t, "1")
		d.work(t, "1")
		d.waiting(t, "2")
		if l := d.work(t, "2"); l.Status != profile.Pending || l.Reading.Outcome != profile.OutcomeRead {
			t.Errorf("got %+v", l)
		}
		if i, err := d.Inspect(t.Context(), "2"); err != nil || i.DuplicateOf != "1" || len(i.Fields) != 5 {
			t.Errorf("got %+v, %v", i, err)
		}
	})
	t.Run("a process that dies while it reads leaves the photo to another", func(t *testing.T) {
		d := newDesk(t, trusting)
		d.waiting(t, "1")
		ctx, die := context.WithCancel(t.Context())
		honest := d.read
		d.read = func() (profile.Text, error) { die(); return profile.Text{}, context.Canceled }
		if err := d.ReadPhotos(ctx); err != nil {
			t.Fatal(err)
		}
		d.read = honest
		d.clock.Advance(time.Minute)
		if err := d.instance(trusting).ReadPhotos(t.Context()); err != nil {
			t.Fatal(err)
		}
		if l := d.work(t, "1"); l.Status != profile.Verified || d.reads != 2 {
			t.Errorf("asked %d times, got %+v", d.reads, l)
		}
	})
	t.Run("many at once read each photo once", func(t *testing.T) {
		d := newDesk(t, policy)
		for _, account := range []string{"1", "2", "3", "4", "5", "6", "7", "8", "9", "10", "11", "12"} {
			d.waiting(t, account)
		}
		var wg sync.WaitGroup
		for range 4 {
			instance := d.instance(policy)
			wg.Go(func() {
				if err := instance.ReadPhotos(t.Context()); err != nil {
					t.Error(err)
				}
			})
		}
		wg.Wait()
		if d.reads != 12 {
			t.Errorf("read %d times", d.reads)
		}
	})
	t.Run("without a reader nothing is asked, and nothing lost", func(t *testing.T) {
		d := newDesk(t, policy)
		d.waiting(t, "1")
		person := profile.NewRegistry(profile.Config{Licences: d.store, Photos: album{}, Clock: d.clock, Policy: policy})
		if err := person.ReadPhotos(t.Context()); err != nil || d.reads != 0 {
			t.Errorf("asked %d times, %v", d.reads, err)
		}
		if l := d.work(t, "1"); l.Reading.PhotoID == "" {
			t.Error("a reader that comes later does not find it")
		}
	})
}
