package trip_test

import (
	"context"
	"errors"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"freecar/internal/errs"
	"freecar/internal/idem"
	"freecar/internal/ids"
	"freecar/internal/photo"
	"freecar/trip"
	"freecar/trip/internal/adapter/sqlite"
	"freecar/trip/internal/endpoint"
)

// album makes room for photos in memory.
type album struct {
	mu   sync.Mutex
	made int
	away bool
	came map[string]bool // whose bytes have come; nil for all
	life time.Time       // when what is made expires
}

func (a *album) Create(_ context.Context, owner, contentType string, size int64) (photo.Upload, error) {
	a.mu.Lock()
	defer a.mu.Unlock()
	switch {
	case a.away:
		return photo.Upload{}, errs.E(errs.Unavailable, "unavailable", "away")
	case contentType != "image/png":
		return photo.Upload{}, errs.Invalidf("content_type", "invalid", "no")
	}
	a.made++
	id := strconv.Itoa(a.made)
	return photo.Upload{BlobID: id, Method: "PUT", URL: "http://x/" + owner + "/" + id, Headers: map[string]string{"Content-Type": contentType}, ExpiresAt: a.life}, nil
}

func (a *album) Link(_ context.Context, id string) (photo.Link, error) {
	a.mu.Lock()
	defer a.mu.Unlock()
	if a.came != nil && !a.came[id] {
		return photo.Link{}, errs.Missing("photo")
	}
	return photo.Link{URL: "http://x/" + id}, nil
}

func newDesk(r *rig) (*trip.Desk, *album) {
	pictures := &album{}
	return trip.NewDesk(trip.DeskConfig{Issues: sqlite.NewIssues(r.store, endpoint.IssueEvent), Trips: r.store,
		Pictures: pictures, Clock: r.clock, IDs: ids.Random{}}), pictures
}

func scratch(tripID string) trip.ReportIssue {
	return trip.ReportIssue{Account: "1", TripID: tripID, Kind: trip.Damage, Text: "A scratch.\nLeft door.",
		Photos: []trip.NewPhoto{{ContentType: "image/png", Size: 10}, {ContentType: "image/png", Size: 20}}}
}

func TestReport(t *testing.T) {
	report := func(t *testing.T, d *trip.Desk, r trip.ReportIssue) trip.Reported {
		t.Helper()
		got, err := d.Report(t.Context(), r)
		if err != nil {
			t.Fatal(err)
		}
		return got
	}
	refused := func(t *testing.T, d *trip.Desk, r trip.ReportIssue, want error) {
		t.Helper()
		if _, err := d.Report(t.Context(), r); !errors.Is(err, want) {
			t.Errorf("got %v, want %v", err, want)
		}
	}
	none := func(t *testing.T, d *trip.Desk) {
		t.Helper()
		if page, err := d.Issues(t.Context(), trip.IssueFilter{Limit: 10}); err != nil || len(page.Issues) != 0 {
			t.Errorf("saved %+v, %v", page, err)
		}
	}
	t.Run("of one's own trip, with room for each photo", func(t *testing.T) {
		r := newRig(t)
		d, _ := newDesk(r)
		of := r.start(t)
		got := report(t, d, scratch(of.ID))
		if got.Issue.TripID != of.ID || got.Issue.CarID != of.Car.ID || got.Issue.State != trip.IssueOpen || got.Issue.CreatedAt != r.clock.Now() ||
			len(got.Uploads) != 2 || !got.Issue.HasPhoto(got.Uploads[1].BlobID) || got.Uploads[0].URL != "http://x/1/1" {
			t.Errorf("got %+v", got)
		}
		if again := report(t, d, scratch(of.ID)); again.Issue.ID == got.Issue.ID {
			t.Error("two reports are one")
		}
	})
	t.Run("nobody else's, and nothing that never was a trip", func(t *testing.T) {
		r := newRig(t)
		d, pictures := newDesk(r)
		of := scratch(r.start(t).ID)
		of.Account = "2"
		refused(t, d, of, trip.ErrNoTrip)
		of.TripID = ids.Random{}.New()
		refused(t, d, of, trip.ErrNoTrip)
		reserved, err := newReservation(t)
		if err != nil {
			t.Fatal(err)
		}
		other, _ := newDesk(reserved.rig)
		refused(t, other, scratch(reserved.id), trip.ErrNoTrip)
		none(t, d)
		if pictures.made != 0 {
			t.Errorf("made room for %d photos", pictures.made)
		}
	})
	t.Run("up to a week after the end", func(t *testing.T) {
		r := newRig(t)
		d, _ := newDesk(r)
		of := r.start(t)
		r.world.acknowledge(trip.CommandFailed) // its car does not unlock
		r.recover(t)
		if ended := r.trip(t, of.ID); ended.State != trip.Cancelled {
			t.Fatalf("it is %s", ended.State)
		}
		ended := r.trip(t, of.ID).EndedAt
		r.clock.Advance(ended.Add(7 * 24 * time.Hour).Sub(r.clock.Now()))
		report(t, d, scratch(of.ID))
		r.clock.Advance(time.Second)
		refused(t, d, scratch(of.ID), trip.ErrTripTooOld)
	})
	t.Run("what cannot be read is refused", func(t *testing.T) {
		r := newRig(t)
		d, _ := newDesk(r)
		of := scratch(r.start(t).ID)
		for _, text := range []string{"", " \n", "a\x00b"} {
			of.Text = text
			if _, err := d.Report(t.Context(), of); errs.KindOf(err) != errs.Invalid || !strings.Contains(err.Error(), "[text") {
				t.Errorf("%q: got %v", text, err)
			}
		}
		none(t, d)
	})
	t.Run("a photo that may not be is named, and nothing is saved", func(t *testing.T) {
		r := newRig(t)
		d, pictures := newDesk(r)
		of := scratch(r.start(t).ID)
		of.Photos[1].ContentType = "text/html"
		if _, err := d.Report(t.Context(), of); errs.KindOf(err) != errs.Invalid || !strings.Contains(err.Error(), "[photos[1].content_type") {
			t.Errorf("got %v", err)
		}
		pictures.away = true
		if _, err := d.Report(t.Context(), of); errs.KindOf(err) != errs.Unavailable {
			t.Errorf("got %v", err)
		}
		none(t, d)
	})
	t.Run("one key, one issue, also for many at once", func(t *testing.T) {
		r := newRig(t)
		d, _ := newDesk(r)
		of := scratch(r.start(t).ID)
		of.Key = idem.Key{Principal: "1", Operation: "trip.ReportIssue", Value: "k", BodyHash: "h"}
		got := make([]trip.Reported, 16)
		var wg sync.WaitGroup
		for i := range got {
			wg.Go(func() { got[i] = report(t, d, of) })
		}
		wg.Wait()
		first := 0
		for _, g := range got {
			if !g.Replayed {
				first++
			}
			if g.Issue.ID != got[0].Issue.ID || len(g.Uploads) != 2 || g.Uploads[0].URL != got[0].Uploads[0].URL || g.Uploads[0].Headers["Content-Type"] != "image/png" {
				t.Errorf("got %+v", g)
			}
		}
		if first != 1 {
			t.Errorf("%d issues", first)
		}
		of.Key.BodyHash = "other"
		if _, err := d.Report(t.Context(), of); errs.KindOf(err) != errs.KeyReused {
			t.Errorf("got %v", err)
		}
		r.clock.Advance(idem.Keep + time.Second)
		if again := report(t, d, of); again.Replayed || again.Issue.ID == got[0].Issue.ID {
			t.Errorf("a day later: %+v", again)
		}
	})
	t.Run("a repetition gives new room for a photo whose time is over, and for no other", func(t *testing.T) {
		r := newRig(t)
		d, pictures := newDesk(r)
		of := scratch(r.start(t).ID)
		of.Key = idem.Key{Principal: "1", Operation: "trip.ReportIssue", Value: "k", BodyHash: "h"}
		pictures.came, pictures.life = map[string]bool{}, r.clock.Now().Add(time.Minute)
		first := report(t, d, of)
		if early := report(t, d, of); !early.Replayed || early.Uploads[1].BlobID != "2" || pictures.made != 2 {
			t.Errorf("in time: %+v", early)
		}
		pictures.came["1"] = true
		r.clock.Advance(time.Minute)
		pictures.life = r.clock.Now().Add(time.Minute)
		got := make([]trip.Reported, 8)
		var wg sync.WaitGroup
		for i := range got {
			wg.Go(func() { got[i] = report(t, d, of) })
		}
		wg.Wait()
		kept := report(t, d, of)
		for _, g := range append(got, kept) {
			if !g.Replayed || g.Issue.ID != first.Issue.ID || g.Uploads[0].BlobID != "1" || g.Uploads[1].BlobID == "2" ||
				g.Uploads[1].BlobID != kept.Uploads[1].BlobID || !g.Uploads[1].ExpiresAt.Equal(pictures.life) ||
				!g.Issue.HasPhoto("1") || !g.Issue.HasPhoto(g.Uploads[1].BlobID) || g.Issue.HasPhoto("2") {
				t.Errorf("got %+v", g)
			}
		}
		if kept.Issue.Version != 2 {
			t.Errorf("it changed %d times", kept.Issue.Version-1)
		}
	})
	t.Run("closing twice is once, erasing leaves no word", func(t *testing.T) {
		r := newRig(t)
		d, _ := newDesk(r)
		of := scratch(r.start(t).ID)
		of.Key = idem.Key{Principal: "1", Operation: "trip.ReportIssue", Value: "k", BodyHash: "h"}
		id := report(t, d, of).Issue.ID
		first, err := d.CloseIssue(t.Context(), id, "9", "Ada called: polished")
		if err != nil || first.State != trip.IssueClosed || first.ClosedBy != "9" || first.ClosedAt != r.clock.Now() {
			t.Fatalf("got %+v, %v", first, err)
		}
		r.clock.Advance(time.Hour)
		if again, err := d.CloseIssue(t.Context(), id, "8", "other"); err != nil || again.ClosedBy != "9" || again.Note != first.Note || again.Version != 2 {
			t.Errorf("got %+v, %v", again, err)
		}
		if _, err := d.IssuePhoto(t.Context(), id, "1"); err != nil {
			t.Error(err)
		}
		if _, err := d.IssuePhoto(t.Context(), id, "77"); errs.KindOf(err) != errs.NotFound {
			t.Errorf("another's photo: %v", err)
		}
		for range 2 {
			if err := d.EraseIssues(t.Context(), "1"); err != nil {
				t.Fatal(err)
			}
		}
		i, err := d.Issue(t.Context(), id)
		if err != nil || i.Text != "" || i.Note != "" || len(i.PhotoIDs) != 0 || i.Version != 3 || i.CarID == "" {
			t.Errorf("got %+v, %v", i, err)
		}
		if history, err := r.store.Outbox().History(t.Context(), id); err != nil || len(history) != 3 {
			t.Errorf("%d events, %v", len(history), err)
		} else {
			for _, e := range history {
				if strings.Contains(string(e.Data), "scratch") || strings.Contains(string(e.Data), "Ada") {
					t.Errorf("%s tells %s", e.Type, e.Data)
				}
			}
		}
		refused(t, d, of, trip.ErrErased) // the answer under the key is forgotten, and no new one comes
		if _, err := d.CloseIssue(t.Context(), ids.Random{}.New(), "9", ""); !errors.Is(err, trip.ErrNoIssue) {
			t.Errorf("got %v", err)
		}
	})
}

// TestEraseIssues is what comes after a person's erasure: it was on its way, or its
// sign-in was still good.
func TestEraseIssues(t *testing.T) {
	r := newRig(t)
	d, _ := newDesk(r)
	of := scratch(r.start(t).ID)
	before, err := d.Report(t.Context(), of)
	if err != nil {
		t.Fatal(err)
	}
	for range 2 {
		if err := d.EraseIssues(t.Context(), "1"); err != nil {
			t.Fatal(err)
		}
	}
	if _, err := d.Report(t.Context(), of); !errors.Is(err, trip.ErrErased) {
		t.Errorf("reported: %v", err)
	}
	closed, err := d.CloseIssue(t.Context(), before.Issue.ID, "9", "Ada called: polished")
	if err != nil || closed.State != trip.IssueClosed || closed.Note != "" {
		t.Errorf("got %+v, %v", closed, err)
	}
	page, err := d.Issues(t.Context(), trip.IssueFilter{Limit: 10})
	if err != nil || len(page.Issues) != 1 || page.Issues[0].Text != "" || page.Issues[0].Note != "" {
		t.Errorf("left: %+v, %v", page, err)
	}
}

// reservation is a rig with a reservation that is no trip.
type reservation struct {
	rig *rig
	id  string
}

func newReservation(t *testing.T) (reservation, error) {
	r := newRig(t)
	made, err := r.Reserve(t.Context(), trip.ReserveCar{Account: "1", CarID: "c"})
	return reservation{rig: r, id: made.Reservation.ID}, err
}
