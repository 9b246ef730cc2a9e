package profile_test

import (
	"context"
	"errors"
	"slices"
	"testing"
	"time"

	"freecar/internal/errs"
	"freecar/internal/idem"
	"freecar/internal/photo"
	"freecar/profile"
)

var errAway = errs.E(errs.Unavailable, "unavailable", "away")

// shelf keeps photos of which each is there, not there, or cannot be asked for.
type shelf struct {
	profile.Photos
	links    map[string]error // why a photo cannot be shown; nil for one that can
	deleted  []string
	creating func() // happens while room is made
}

func (s *shelf) Create(context.Context, string, string, int64) (photo.Upload, error) {
	if happens := s.creating; happens != nil {
		s.creating = nil
		happens()
		return photo.Upload{BlobID: "second"}, nil
	}
	return photo.Upload{BlobID: "first"}, nil
}

func (s *shelf) Link(_ context.Context, blobID string) (photo.Link, error) {
	err, there := s.links[blobID]
	if !there {
		err = errs.Missing("blob")
	}
	return photo.Link{URL: blobID}, err
}

func (s *shelf) Delete(_ context.Context, blobID string) error {
	s.deleted = append(s.deleted, blobID)
	return nil
}

// down is a repository that cannot be read.
type down struct{ profile.Repository }

func (down) Licence(context.Context, string) (profile.Licence, error) {
	return profile.Licence{}, errAway
}

// office is the service over a real store and a shelf, where photos are required.
func office(t *testing.T) (*profile.Registry, *desk, *shelf) {
	t.Helper()
	d, s := newDesk(t, policy), &shelf{links: map[string]error{}}
	strict := profile.Policy{AdultAge: 18, PhotoRequired: true}
	return profile.NewRegistry(profile.Config{Licences: d.store, Photos: s, Clock: d.clock, Policy: strict}), d, s
}

func TestDeciding(t *testing.T) {
	t.Run("nobody decides on their own licence", func(t *testing.T) {
		r, d, s := office(t)
		d.waiting(t, "1")
		s.links["photo-1"] = nil
		own := profile.Decision{Account: "1", By: "1"}
		if _, err := r.Approve(t.Context(), own); !errors.Is(err, profile.ErrOwnLicence) {
			t.Errorf("approve: %v", err)
		}
		if _, err := r.Reject(t.Context(), own); !errors.Is(err, profile.ErrOwnLicence) {
			t.Errorf("reject: %v", err)
		}
	})
	t.Run("a photo that cannot be asked for now is not a missing one", func(t *testing.T) {
		r, d, s := office(t)
		d.waiting(t, "1")
		by := profile.Decision{Account: "1", By: "9"}
		if _, err := r.Approve(t.Context(), by); !errors.Is(err, profile.ErrPhotoMissing) {
			t.Errorf("a photo that is gone: %v", err)
		}
		s.links["photo-1"] = errAway
		if _, err := r.Approve(t.Context(), by); !errors.Is(err, errAway) {
			t.Errorf("a store that is away: %v", err)
		}
		s.links["photo-1"] = nil
		if v, err := r.Approve(t.Context(), by); err != nil || v.Status != profile.Verified {
			t.Errorf("got %+v, %v", v, err)
		}
	})
	t.Run("who decides is not told that a number is nobody's when nobody could be asked", func(t *testing.T) {
		_, d, _ := office(t)
		d.waiting(t, "1")
		r := profile.NewRegistry(profile.Config{Licences: holders{d.store}, Photos: album{}, Clock: d.clock, Policy: policy})
		if i, err := r.Inspect(t.Context(), "1"); !errors.Is(err, errAway) {
			t.Errorf("got %+v, %v", i, err)
		}
	})
}

// holders cannot say whose a number is.
type holders struct{ profile.Repository }

func (holders) Holder(context.Context, string) (string, error) { return "", errAway }

func TestPhotos(t *testing.T) {
	t.Run("the same request at the same time is one photo", func(t *testing.T) {
		r, _, s := office(t)
		c := profile.AttachPhoto{Account: "1", Key: idem.Key{Principal: "1", Operation: "o", Value: "k", BodyHash: "h"}}
		s.creating = func() {
			if first, err := r.AttachPhoto(t.Context(), c); err != nil || first.Replayed || first.BlobID != "first" {
				t.Errorf("the first got %+v, %v", first, err)
			}
		}
		if again, err := r.AttachPhoto(t.Context(), c); err != nil || !again.Replayed || again.BlobID != "first" {
			t.Errorf("the second got %+v, %v", again, err)
		}
	})
	t.Run("who has none, or none that is there, is told so", func(t *testing.T) {
		r, d, _ := office(t)
		d.waiting(t, "2")
		for _, account := range []string{"1", "2"} {
			_, err := r.Photo(t.Context(), account)
			if e, ok := errors.AsType[*errs.Error](err); !ok || e.Kind != errs.NotFound || e.Detail != profile.ErrNoPhoto.Detail {
				t.Errorf("%s: got %+v", account, err)
			}
		}
	})
	t.Run("one that has arrived and waits is not asked for again", func(t *testing.T) {
		r, d, s := office(t)
		d.waiting(t, "1")
		s.links["photo-1"] = nil
		if _, err := r.Approve(t.Context(), profile.Decision{Account: "1", By: "9"}); err != nil {
			t.Fatal(err)
		}
		if _, err := r.AttachPhoto(t.Context(), profile.AttachPhoto{Account: "1"}); err != nil {
			t.Fatal(err)
		}
		if err := r.PhotoStored(t.Context(), "1", "first"); err != nil {
			t.Fatal(err)
		}
		s.links["first"] = errAway
		if link, err := r.Photo(t.Context(), "1"); err != nil || link.URL != "photo-1" {
			t.Errorf("got %+v, %v", link, err)
		}
	})
	t.Run("nothing is deleted while nobody knows what the licence has", func(t *testing.T) {
		r, d, s := office(t)
		d.waiting(t, "1")
		away := profile.NewRegistry(profile.Config{Licences: down{d.store}, Photos: s, Clock: d.clock, Policy: policy})
		if err := away.DropPhotos(t.Context(), "1", []string{"photo-1"}); !errors.Is(err, errAway) || len(s.deleted) != 0 {
			t.Errorf("deleted %v, %v", s.deleted, err)
		}
		if err := r.DropPhotos(t.Context(), "1", []string{"photo-1", "old"}); err != nil || !slices.Equal(s.deleted, []string{"old"}) {
			t.Errorf("deleted %v, %v", s.deleted, err)
		}
		if err := r.DropPhotos(t.Context(), "2", []string{"photo-2"}); err != nil || !slices.Equal(s.deleted, []string{"old", "photo-2"}) {
			t.Errorf("of an account without a licence: deleted %v, %v", s.deleted, err)
		}
	})
}

func TestReadingThatFailed(t *testing.T) {
	s := read(t, same)
	text := profile.Text{Country: s.Country, Number: s.Number, FullName: s.FullName, BirthDate: s.BirthDate, ExpiresOn: s.ExpiresOn}
	for _, outcome := range []profile.Outcome{"", profile.OutcomeUnreadable, profile.OutcomeGaveUp} {
		r := profile.Reading{PhotoID: "a", Outcome: outcome, Read: text}
		if fields := r.Compare(s); fields != nil || r.Matches(s) {
			t.Errorf("%q: compared %+v", outcome, fields)
		}
	}
}

// TestStoppingWhileReading: a process that is told to stop takes no further batch.
func TestStoppingWhileReading(t *testing.T) {
	d := newDesk(t, policy)
	d.read = func() (profile.Text, error) { return profile.Text{}, errAway }
	stopping, stop := context.WithCancel(t.Context())
	c := &claims{Repository: d.store, stop: stop}
	r := profile.NewRegistry(profile.Config{Licences: c, Photos: album{}, Reader: d, Clock: d.clock, Policy: policy})
	if err := r.ReadPhotos(stopping); err != nil || c.asked != 1 {
		t.Errorf("asked for %d batches, %v", c.asked, err)
	}
}

// claims gives full batches of what is away, a few, and is told to stop after the first.
type claims struct {
	profile.Repository
	asked int
	stop  func()
}

func (c *claims) ClaimUnread(context.Context, time.Time, func(int) time.Duration, int) ([]profile.Waiting, error) {
	if c.asked++; c.asked > 3 {
		return nil, nil
	}
	c.stop()
	return make([]profile.Waiting, 10), nil
}
