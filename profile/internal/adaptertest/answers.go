package adaptertest

import (
	"errors"
	"fmt"
	"reflect"
	"testing"
	"time"

	"freecar/internal/errs"
	"freecar/internal/idem"
	"freecar/internal/photo"
	"freecar/profile"
)

func key(principal, value, hash string) idem.Key {
	return idem.Key{Principal: principal, Operation: "profile.AddPhoto", Value: value, BodyHash: hash}
}

func attach(t *testing.T, s Store, k idem.Key, blobID string, at time.Time) (profile.Answer, error) {
	return replace(t, s, k, "", blobID, at)
}

func replace(t *testing.T, s Store, k idem.Key, lost, blobID string, at time.Time) (profile.Answer, error) {
	a := profile.Answer{Key: k, Upload: photo.Upload{BlobID: blobID, Method: "PUT", URL: "http://x/" + blobID,
		Headers: map[string]string{"Content-Type": "image/png"}, ExpiresAt: at.Add(time.Minute)}}
	_, err := s.Update(t.Context(), k.Principal, func(l *profile.Licence) error {
		asked := a
		asked.Replaces = lost
		return l.RequestPhoto(asked, at)
	})
	return a, err
}

func replaced(t *testing.T, open Open) {
	s, again := open(t)
	if _, err := attach(t, s, key("1", "k", "h"), "a", now); err != nil {
		t.Fatal(err)
	}
	later := now.Add(time.Hour)
	second, err := replace(t, s, key("1", "k", "h"), "a", "b", later)
	if err != nil {
		t.Fatal(err)
	}
	if got, err := again().Answer(t.Context(), key("1", "k", "h"), later); err != nil || !reflect.DeepEqual(got, second) {
		t.Errorf("got %+v, %v, want %+v", got, err, second)
	}
	if _, err := replace(t, s, key("1", "k", "h"), "a", "c", later); !errors.Is(err, profile.ErrDuplicateKey) {
		t.Errorf("replaced by another before: %v", err)
	}
	if l := find(t, s, "1"); l.Photo.Next != "b" {
		t.Errorf("got %+v", l)
	}
}

func answers(t *testing.T, open Open) {
	s, again := open(t)
	first, err := attach(t, s, key("1", "k", "h"), "a", now)
	if err != nil {
		t.Fatal(err)
	}
	if got, err := again().Answer(t.Context(), key("1", "k", "other"), now.Add(idem.Keep)); err != nil || !reflect.DeepEqual(got, first) {
		t.Errorf("got %+v, %v, want %+v", got, err, first)
	}
	if _, err := s.Answer(t.Context(), key("1", "k", "h"), now.Add(idem.Keep+time.Millisecond)); errs.KindOf(err) != errs.NotFound {
		t.Errorf("too old: got %v", err)
	}
	if _, err := attach(t, s, key("1", "k", "h"), "b", now.Add(idem.Keep)); !errors.Is(err, profile.ErrDuplicateKey) {
		t.Errorf("the same key: got %v", err)
	}
	if l := find(t, s, "1"); l.Photo.Next != "a" {
		t.Errorf("a refused change was saved: %+v", l)
	}
	if _, err := attach(t, s, key("2", "k", "h"), "c", now); err != nil {
		t.Errorf("another account's key: %v", err)
	}
	later := now.Add(idem.Keep + time.Millisecond)
	second, err := attach(t, s, key("1", "k", "h2"), "d", later)
	if err != nil {
		t.Fatal(err)
	}
	if got, err := s.Answer(t.Context(), key("1", "k", "h2"), later); err != nil || !reflect.DeepEqual(got, second) {
		t.Errorf("got %+v, %v, want %+v", got, err, second)
	}
}

func keyRace(t *testing.T, open Open) {
	s, got := race(t, open, func(s Store, i int) error {
		_, err := attach(t, s, key("1", "k", "h"), fmt.Sprint(i), now)
		return err
	})
	won := 0
	for _, err := range got {
		switch {
		case err == nil:
			won++
		case !errors.Is(err, profile.ErrDuplicateKey):
			t.Errorf("got %v", err)
		}
	}
	answer, err := s.Answer(t.Context(), key("1", "k", "h"), now)
	if won != 1 || err != nil || find(t, s, "1").Photo.Next != answer.Upload.BlobID {
		t.Errorf("%d won, answer %+v, %v", won, answer, err)
	}
	gapless(t, s, "1", 1)
}

func copies(t *testing.T, open Open) {
	s, _ := open(t)
	given, err := attach(t, s, key("1", "k", "h"), "a", now)
	if err != nil {
		t.Fatal(err)
	}
	var kept *profile.Licence
	saved := update(t, s, "1", func(l *profile.Licence) error { kept = l; l.Submit(form, now); return nil })
	kept.Status, kept.Photo.Next = profile.Verified, "stolen"
	given.Upload.Headers["Content-Type"] = "text/html"
	equal(t, find(t, s, "1"), saved)
	answer, err := s.Answer(t.Context(), given.Key, now)
	if err != nil || answer.Upload.Headers["Content-Type"] != "image/png" {
		t.Errorf("got %+v, %v", answer, err)
	}
	answer.Upload.Headers["Content-Type"] = "text/html"
	if answer, err = s.Answer(t.Context(), given.Key, now); err != nil || answer.Upload.Headers["Content-Type"] != "image/png" {
		t.Errorf("got %+v, %v", answer, err)
	}
}
