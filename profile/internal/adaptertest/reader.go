package adaptertest

import (
	"context"
	"errors"
	"testing"

	"freecar/internal/errs"
	"freecar/profile"
)

// ReaderUnderTest is a reader, and what its contract does to it.
type ReaderUnderTest struct {
	profile.Reader
	// Shows makes every photo show this text.
	Shows func(profile.Text)
	// ShowsNothing makes every photo one of something else.
	ShowsNothing func()
	// Cut makes the reader unreachable.
	Cut func()
}

// Reader holds a reader of licences to its contract.
func Reader(t *testing.T, open func(t *testing.T) ReaderUnderTest) {
	photo := profile.Picture{ContentType: "image/jpeg", Bytes: []byte("\xff\xd8\xff a photo")}
	t.Run("it has a name", func(t *testing.T) {
		if name := open(t).Name(); name == "" {
			t.Error("it has none")
		}
	})
	t.Run("what is on the photo is read, and what is not is left out", func(t *testing.T) {
		for _, want := range []profile.Text{
			{Number: form.Number, FullName: form.FullName, BirthDate: form.BirthDate, ExpiresOn: form.ExpiresOn},
			{Number: form.Number, BirthDate: form.BirthDate},
			{FullName: "王小明"},
		} {
			r := open(t)
			r.Shows(want)
			got, err := r.Read(t.Context(), photo)
			if want.Country = got.Country; err != nil || got != want || len(got.Country) != 2 {
				t.Errorf("got %+v, %v, want %+v", got, err, want)
			}
		}
	})
	t.Run("a photo of something else is unreadable", func(t *testing.T) {
		r := open(t)
		r.ShowsNothing()
		if _, err := r.Read(t.Context(), photo); !errors.Is(err, profile.ErrUnreadable) {
			t.Errorf("got %v", err)
		}
	})
	t.Run("so is what it takes no pictures of", func(t *testing.T) {
		r := open(t)
		r.Shows(profile.Text{Number: form.Number})
		if _, err := r.Read(t.Context(), profile.Picture{ContentType: "image/webp", Bytes: []byte("RIFF")}); !errors.Is(err, profile.ErrUnreadable) {
			t.Errorf("got %v", err)
		}
	})
	t.Run("out of reach is Unavailable", func(t *testing.T) {
		r := open(t)
		r.Cut()
		if _, err := r.Read(t.Context(), photo); errs.KindOf(err) != errs.Unavailable {
			t.Errorf("got %v", err)
		}
	})
	t.Run("a caller that left is told so", func(t *testing.T) {
		r := open(t)
		ctx, cancel := context.WithCancel(t.Context())
		cancel()
		if _, err := r.Read(ctx, photo); !errors.Is(err, context.Canceled) {
			t.Errorf("got %v", err)
		}
	})
}
