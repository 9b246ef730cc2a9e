package blob_test

import (
	"bytes"
	"context"
	"errors"
	"io"
	"strings"
	"testing"
	"time"

	"freecar/blob"
	"freecar/blob/internal/adaptertest"
	"freecar/internal/errs"
	"freecar/internal/ids"
)

func TestUploadToWhatIsOver(t *testing.T) {
	t.Run("there already: nothing of it is read, however long it says it is", func(t *testing.T) {
		w := open(t)
		room := create(t, w)
		upload(t, w, room)
		again := blob.Incoming{Grant: granted(t, blob.Put, room.Upload.URL), Length: 101, Body: strings.NewReader("")}
		if err := w.door.Receive(t.Context(), again); !errors.Is(err, blob.ErrUploaded) {
			t.Errorf("got %v", err)
		}
	})
	t.Run("deleted: no bytes are kept of it", func(t *testing.T) {
		w := open(t)
		room := create(t, w)
		if err := w.Delete(t.Context(), room.ID, blob.Viewer{All: true}); err != nil {
			t.Fatal(err)
		}
		expectMissing(t, send(t, w, room, bytes.NewReader(adaptertest.PNG(50))))
		expectBytes(t, w, room.ID, false)
	})
}

func TestExpire(t *testing.T) {
	at := time.Date(2030, 5, 1, 12, 0, 0, 0, time.UTC)
	for _, tc := range []struct {
		name string
		o    blob.Object
		now  time.Time
		done bool
	}{
		{"pending and due", blob.Object{State: blob.Pending, NextAt: at}, at, true},
		{"too early", blob.Object{State: blob.Pending, NextAt: at}, at.Add(-time.Millisecond), false},
		{"uploaded", blob.Object{State: blob.Stored}, at, false},
		{"deleted", blob.Object{State: blob.Deleted, NextAt: at}, at, false},
	} {
		o := tc.o
		err := o.Expire(tc.now)
		if _, changed := o.Recorded(); (err == nil) != tc.done || changed != tc.done || !tc.done && (o != tc.o || errs.KindOf(err) == errs.NotFound) {
			t.Errorf("%s: got %v, %+v", tc.name, err, o)
		}
	}
}

func TestOwned(t *testing.T) {
	w := open(t)
	page := func(after string, limit, views int, more bool) string {
		t.Helper()
		got, next, err := w.Owned(t.Context(), "1", after, limit)
		if err != nil || len(got) != views || (next != "") != more {
			t.Errorf("after %q: got %d objects, next %q, %v", after, len(got), next, err)
		}
		return next
	}
	page("", 2, 0, false)
	for range 3 {
		upload(t, w, create(t, w))
	}
	page(page("", 2, 2, true), 2, 1, false)
}

// TestHalfUploaded: bytes that come just after a look for them are not shown before they were
// looked at.
func TestHalfUploaded(t *testing.T) {
	w := open(t)
	room := create(t, w)
	late := blob.NewVault(blob.Config{Objects: w.rows, Store: arriving{w.store}, Clock: w.clock, IDs: ids.Random{}})
	if got, err := late.Content(t.Context(), room.ID, blob.Viewer{All: true}); errs.KindOf(err) != errs.NotFound {
		t.Errorf("got %+v, %v", got, err)
	}
}

// arriving is a store in which bytes are found only after the look for them.
type arriving struct{ blob.Store }

func (arriving) Stat(context.Context, string) (blob.Content, error) {
	return blob.Content{}, errs.Missing("bytes")
}

func (arriving) Open(context.Context, string) (io.ReadCloser, error) {
	return io.NopCloser(strings.NewReader("unseen")), nil
}

// TestConfirmedOnce: the bytes of an object that is stored are not looked at again.
func TestConfirmedOnce(t *testing.T) {
	w := open(t)
	room := create(t, w)
	upload(t, w, room)
	w.store.stat = &blob.Content{ContentType: "text/html", Size: 1 << 30}
	if view, err := w.Link(t.Context(), room.ID, blob.Viewer{All: true}); err != nil || view.State != blob.Stored {
		t.Errorf("got %+v, %v", view, err)
	}
	away := blob.NewVault(blob.Config{Objects: w.rows, Store: gone{w.store}, Links: links{}, Clock: w.clock, IDs: ids.Random{}})
	if view, err := away.Link(t.Context(), room.ID, blob.Viewer{All: true}); err != nil || view.State != blob.Stored {
		t.Errorf("while the store is away: got %+v, %v", view, err)
	}
}

// gone is a store that cannot be asked, and links make addresses without it.
type (
	gone  struct{ blob.Store }
	links struct{ blob.Links }
)

func (gone) Stat(context.Context, string) (blob.Content, error) { return blob.Content{}, errAway }

func (links) Download(blob.Object, time.Time) (blob.Link, error) { return blob.Link{URL: "x"}, nil }

var errAway = errs.E(errs.Unavailable, "unavailable", "away")

// TestEraseAgain: an erasure that could not delete an object has not erased its owner.
func TestEraseAgain(t *testing.T) {
	w := open(t)
	room := create(t, w)
	broken := blob.NewVault(blob.Config{Objects: unchanging{w.rows}, Store: w.store, Clock: w.clock, IDs: ids.Random{}})
	if err := broken.EraseOwner(t.Context(), "1"); !errors.Is(err, errAway) {
		t.Errorf("got %v", err)
	}
	if err := w.EraseOwner(t.Context(), "1"); err != nil {
		t.Fatal(err)
	}
	expectState(t, w, room.ID, blob.Deleted)
}

// unchanging are rows that cannot be changed.
type unchanging struct{ blob.Repository }

func (unchanging) Update(context.Context, string, func(*blob.Object) error) (blob.Object, error) {
	return blob.Object{}, errAway
}

// TestStoppingWhileSweeping: a process that is told to stop takes no further batch.
func TestStoppingWhileSweeping(t *testing.T) {
	w := open(t)
	stopping, stop := context.WithCancel(t.Context())
	rows := &endless{Repository: w.rows, stop: stop}
	v := blob.NewVault(blob.Config{Objects: rows, Store: w.store, Clock: w.clock, IDs: ids.Random{},
		Log: func(context.Context, string, string, error) {}})
	if err := v.Sweep(stopping); err != nil || rows.asked != 1 {
		t.Errorf("asked for %d batches, %v", rows.asked, err)
	}
}

// endless gives full batches, a few, and is told to stop after the first.
type endless struct {
	blob.Repository
	asked int
	stop  func()
}

func (e *endless) Due(context.Context, time.Time, string, int) ([]blob.Object, error) {
	if e.asked++; e.asked > 3 {
		return nil, nil
	}
	e.stop()
	return make([]blob.Object, 100), nil
}
