package adaptertest

import (
	"testing"

	"freecar/internal/errs"
	"freecar/internal/photo"
	"freecar/profile"
)

// PhotoStore is a store of photos under test.
type PhotoStore struct {
	profile.Photos
	// Upload does what the rider's client does with an upload.
	Upload func(t *testing.T, u photo.Upload)
	// Cut makes the store unreachable.
	Cut func()
}

// Photos holds a store of photos to its contract.
func Photos(t *testing.T, open func(t *testing.T) PhotoStore) {
	create := func(t *testing.T, s PhotoStore) photo.Upload {
		t.Helper()
		u, err := s.Create(t.Context(), "1", "image/png", 50)
		if err != nil {
			t.Fatal(err)
		}
		return u
	}
	notThere := func(t *testing.T, s PhotoStore, blobID string) {
		t.Helper()
		if link, err := s.Link(t.Context(), blobID); errs.KindOf(err) != errs.NotFound {
			t.Errorf("got %+v, %v", link, err)
		}
		if picture, err := s.Bytes(t.Context(), blobID); errs.KindOf(err) != errs.NotFound {
			t.Errorf("got %+v, %v", picture, err)
		}
	}
	t.Run("a new photo says how it is sent, and is not there before", func(t *testing.T) {
		s := open(t)
		u := create(t, s)
		if u.BlobID == "" || u.Method != "PUT" || u.URL == "" || u.Headers["Content-Type"] != "image/png" || u.ExpiresAt.IsZero() {
			t.Errorf("got %+v", u)
		}
		notThere(t, s, u.BlobID)
	})
	t.Run("an uploaded photo can be seen until it is deleted", func(t *testing.T) {
		s := open(t)
		u := create(t, s)
		s.Upload(t, u)
		if link, err := s.Link(t.Context(), u.BlobID); err != nil || link.URL == "" || link.URL == u.URL || link.ExpiresAt.IsZero() {
			t.Errorf("got %+v, %v", link, err)
		}
		if got, err := s.Bytes(t.Context(), u.BlobID); err != nil || got.ContentType != "image/png" || len(got.Bytes) == 0 {
			t.Errorf("got %+v, %v", got, err)
		}
		for range 2 {
			if err := s.Delete(t.Context(), u.BlobID); err != nil {
				t.Fatal(err)
			}
		}
		notThere(t, s, u.BlobID)
	})
	t.Run("two photos are two", func(t *testing.T) {
		s := open(t)
		a, b := create(t, s), create(t, s)
		s.Upload(t, a)
		if a.BlobID == b.BlobID {
			t.Error("one id for both")
		}
		notThere(t, s, b.BlobID)
	})
	t.Run("what no photo may be is Invalid, with the field", func(t *testing.T) {
		_, err := open(t).Create(t.Context(), "1", "text/html", 50)
		if errs.KindOf(err) != errs.Invalid || !named(err, "content_type") {
			t.Errorf("got %v", err)
		}
	})
	t.Run("out of reach is Unavailable", func(t *testing.T) {
		s := open(t)
		u := create(t, s)
		s.Cut()
		_, createErr := s.Create(t.Context(), "1", "image/png", 50)
		_, linkErr := s.Link(t.Context(), u.BlobID)
		_, bytesErr := s.Bytes(t.Context(), u.BlobID)
		for _, err := range []error{createErr, linkErr, bytesErr, s.Delete(t.Context(), u.BlobID)} {
			if errs.KindOf(err) != errs.Unavailable {
				t.Errorf("got %v", err)
			}
		}
	})
}
