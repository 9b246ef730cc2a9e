package blob_test

import (
	"bytes"
	"context"
	"errors"
	"io"
	"net/url"
	"path"
	"path/filepath"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"freecar/blob"
	"freecar/blob/internal/adapter/dir"
	"freecar/blob/internal/adapter/sqlite"
	"freecar/blob/internal/adaptertest"
	"freecar/blob/internal/endpoint"
	"freecar/internal/clock"
	"freecar/internal/errs"
	"freecar/internal/ids"
)

// faulty is a store that a test can break.
type faulty struct {
	blob.Store
	mu     sync.Mutex
	delete error
	stat   *blob.Content
}

func (f *faulty) Delete(ctx context.Context, id string) error {
	f.mu.Lock()
	defer f.mu.Unlock()
	if f.delete != nil {
		return f.delete
	}
	return f.Store.Delete(ctx, id)
}

func (f *faulty) Stat(ctx context.Context, id string) (blob.Content, error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	if f.stat != nil {
		return *f.stat, nil
	}
	return f.Store.Stat(ctx, id)
}

// world is a vault with its parts in reach.
type world struct {
	*blob.Vault
	door  blob.Door
	rows  *sqlite.Objects
	store *faulty
	clock *clock.Manual
}

func open(t *testing.T) *world {
	t.Helper()
	folder := t.TempDir()
	w := &world{clock: clock.NewManual(time.Date(2030, 5, 1, 12, 0, 0, 0, time.UTC))}
	files, err := dir.Open(filepath.Join(folder, "objects"), w.clock)
	if err != nil {
		t.Fatal(err)
	}
	if w.rows, err = sqlite.NewObjects(t.Context(), filepath.Join(folder, "blob.db"), endpoint.Event); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := errors.Join(w.rows.Close(), files.Close()); err != nil {
			t.Error(err)
		}
	})
	signer, err := blob.NewSigner([]byte(strings.Repeat("k", 32)), "https://example.org/base/")
	if err != nil {
		t.Fatal(err)
	}
	w.store = &faulty{Store: files}
	w.Vault = blob.NewVault(blob.Config{Objects: w.rows, Store: w.store, Links: signer, Clock: w.clock, IDs: ids.Random{},
		Log: func(context.Context, string, string, error) {}})
	w.door = blob.NewDoor(w.Vault, signer)
	return w
}

func create(t *testing.T, w *world) blob.Room {
	t.Helper()
	room, err := w.Create(t.Context(), blob.Draft{Owner: "1", Purpose: blob.Avatar, ContentType: "image/png", Size: 100})
	if err != nil {
		t.Fatal(err)
	}
	return room
}

// granted is what a link says.
func granted(t *testing.T, act blob.Act, link string) blob.Grant {
	t.Helper()
	u, err := url.Parse(link)
	if err != nil {
		t.Fatal(err)
	}
	expires, err := strconv.ParseInt(u.Query().Get("expires"), 10, 64)
	if err != nil {
		t.Fatal(err)
	}
	return blob.Grant{Act: act, ID: path.Base(u.Path), Expires: expires, Signature: u.Query().Get("signature")}
}

func send(t *testing.T, w *world, r blob.Room, body io.Reader) error {
	t.Helper()
	return w.door.Receive(t.Context(), blob.Incoming{Grant: granted(t, blob.Put, r.URL), Length: -1, Body: body})
}

func upload(t *testing.T, w *world, r blob.Room) {
	t.Helper()
	if err := send(t, w, r, bytes.NewReader(adaptertest.PNG(100))); err != nil {
		t.Fatal(err)
	}
}

func sweep(t *testing.T, w *world) {
	t.Helper()
	if err := w.Sweep(t.Context()); err != nil {
		t.Fatal(err)
	}
}

// expectState says how the row stands; an empty state is no row.
func expectState(t *testing.T, w *world, id string, want blob.State) {
	t.Helper()
	o, err := w.rows.Object(t.Context(), id)
	if want == "" {
		expectMissing(t, err)
		return
	}
	if err != nil || o.State != want {
		t.Errorf("got %s, %v, want %s", o.State, err, want)
	}
}

func expectMissing(t *testing.T, err error) {
	t.Helper()
	if errs.KindOf(err) != errs.NotFound {
		t.Errorf("got %v, want NotFound", err)
	}
}

// expectBytes says whether the store has bytes.
func expectBytes(t *testing.T, w *world, id string, want bool) {
	t.Helper()
	if _, err := w.store.Store.Stat(t.Context(), id); (err == nil) != want {
		t.Errorf("bytes: %v, want %v", err, want)
	}
}

const untilSettled = blob.UploadLife + time.Minute

var owner = blob.Viewer{Account: "1"}

func TestCreate(t *testing.T) {
	t.Run("what breaks a purpose's rules is named", func(t *testing.T) {
		w := open(t)
		for _, c := range []struct {
			field string
			draft blob.Draft
		}{
			{"purpose", blob.Draft{Owner: "1", Purpose: "malware", ContentType: "image/png", Size: 1}},
			{"content_type", blob.Draft{Owner: "1", Purpose: blob.Avatar, ContentType: "image/svg+xml", Size: 1}},
			{"size", blob.Draft{Owner: "1", Purpose: blob.Avatar, ContentType: "image/png", Size: 0}},
			{"size", blob.Draft{Owner: "1", Purpose: blob.Avatar, ContentType: "image/png", Size: 5<<20 + 1}},
			{"size", blob.Draft{Owner: "1", Purpose: blob.LicencePhoto, ContentType: "image/png", Size: 10<<20 + 1}},
		} {
			_, err := w.Create(t.Context(), c.draft)
			e, ok := errors.AsType[*errs.Error](err)
			if !ok || e.Kind != errs.Invalid || len(e.Fields) != 1 || e.Fields[0].Field != c.field {
				t.Errorf("%+v: got %v", c.draft, err)
			}
		}
	})
}

func TestLink(t *testing.T) {
	t.Run("an upload is confirmed at once", func(t *testing.T) {
		w := open(t)
		r := create(t, w)
		upload(t, w, r)
		expectState(t, w, r.ID, blob.Stored)
	})
	t.Run("the first look confirms what came past the door, or before a crash", func(t *testing.T) {
		w := open(t)
		r := create(t, w)
		if v, err := w.Link(t.Context(), r.ID, owner); err != nil || v.State != blob.Pending {
			t.Fatalf("got %+v, %v", v, err)
		}
		if _, err := w.store.Put(t.Context(), r.ID, r.Limits(), bytes.NewReader(adaptertest.PNG(100))); err != nil {
			t.Fatal(err)
		}
		expectState(t, w, r.ID, blob.Pending)
		v, err := w.Link(t.Context(), r.ID, owner)
		if err != nil || v.State != blob.Stored || v.Size != 100 || v.ExpiresAt != w.clock.Now().Add(blob.LinkLife) {
			t.Errorf("got %+v, %v", v, err)
		}
		if !strings.HasPrefix(v.URL, "https://example.org/base/objects/"+r.ID+"?") {
			t.Errorf("got %s", v.URL)
		}
		expectState(t, w, r.ID, blob.Stored)
	})
	t.Run("a stranger sees nothing and deletes nothing", func(t *testing.T) {
		w := open(t)
		r := create(t, w)
		upload(t, w, r)
		_, err := w.Link(t.Context(), r.ID, blob.Viewer{Account: "2"})
		expectMissing(t, err)
		expectMissing(t, w.Delete(t.Context(), r.ID, blob.Viewer{Account: "2"}))
		if _, err := w.Link(t.Context(), r.ID, blob.Viewer{Account: "2", All: true}); err != nil {
			t.Error(err)
		}
	})
	t.Run("bytes that are not what was asked for end the object", func(t *testing.T) {
		for _, found := range []blob.Content{{ContentType: "text/html", Size: 10}, {ContentType: "image/png", Size: 101}} {
			w := open(t)
			r := create(t, w)
			w.store.stat = &found
			_, err := w.Link(t.Context(), r.ID, owner)
			expectMissing(t, err)
			expectState(t, w, r.ID, blob.Deleted)
		}
	})
}

func TestGrants(t *testing.T) {
	w := open(t)
	r := create(t, w)
	upload(t, w, r)
	v, err := w.Link(t.Context(), r.ID, owner)
	if err != nil {
		t.Fatal(err)
	}
	good := granted(t, blob.Get, v.Link.URL)
	read := func(g blob.Grant) error {
		b, err := w.door.Open(t.Context(), g)
		if err == nil {
			err = b.Close()
		}
		return err
	}
	t.Run("a link shows its object", func(t *testing.T) {
		if err := read(good); err != nil {
			t.Error(err)
		}
	})
	t.Run("whatever is changed about it, it is none of ours", func(t *testing.T) {
		for name, change := range map[string]func(*blob.Grant){
			"act":              func(g *blob.Grant) { g.Act = blob.Put },
			"another object":   func(g *blob.Grant) { g.ID = create(t, w).ID },
			"no object":        func(g *blob.Grant) { g.ID = ids.Random{}.New() },
			"a path":           func(g *blob.Grant) { g.ID = "../blob.db" },
			"expiry":           func(g *blob.Grant) { g.Expires++ },
			"no signature":     func(g *blob.Grant) { g.Signature = "" },
			"cut signature":    func(g *blob.Grant) { g.Signature = g.Signature[:42] },
			"no base64":        func(g *blob.Grant) { g.Signature = "!" + g.Signature[1:] },
			"a link to upload": func(g *blob.Grant) { *g = granted(t, blob.Get, r.Upload.URL) },
		} {
			g := good
			change(&g)
			if err := read(g); !errors.Is(err, blob.ErrBadSignature) {
				t.Errorf("%s: got %v", name, err)
			}
		}
		if err := w.door.Receive(t.Context(), blob.Incoming{Grant: granted(t, blob.Put, v.Link.URL)}); !errors.Is(err, blob.ErrBadSignature) {
			t.Errorf("an upload to a link to read: got %v", err)
		}
	})
	t.Run("it ends when it says", func(t *testing.T) {
		w.clock.Advance(blob.LinkLife - time.Millisecond)
		if err := read(good); err != nil {
			t.Error(err)
		}
		w.clock.Advance(time.Millisecond)
		if err := read(good); !errors.Is(err, blob.ErrLinkExpired) {
			t.Errorf("got %v", err)
		}
	})
	t.Run("keys and addresses that cannot work are refused at the start", func(t *testing.T) {
		if _, err := blob.NewSigner([]byte("short"), "https://example.org"); err == nil {
			t.Error("a short key was taken")
		}
		for _, public := range []string{"", "example.org", "/objects", "ftp://example.org", "https://"} {
			if _, err := blob.NewSigner(make([]byte, 32), public); err == nil {
				t.Errorf("%q was taken", public)
			}
		}
	})
}

// onRead does something before each read.
type onRead struct {
	io.Reader
	do func()
}

func (r onRead) Read(b []byte) (int, error) {
	r.do()
	return r.Reader.Read(b)
}

func TestUpload(t *testing.T) {
	t.Run("one that outlasts its link leaves nothing", func(t *testing.T) {
		w := open(t)
		r := create(t, w)
		slow := onRead{bytes.NewReader(adaptertest.PNG(100)), func() { w.clock.Advance(blob.UploadLife / 2) }}
		if err := send(t, w, r, slow); !errors.Is(err, blob.ErrLinkExpired) {
			t.Errorf("got %v", err)
		}
		expectBytes(t, w, r.ID, false)
	})
	t.Run("one whose sender left leaves nothing, and can come again", func(t *testing.T) {
		w := open(t)
		r := create(t, w)
		ctx, leave := context.WithCancel(t.Context())
		body := onRead{bytes.NewReader(adaptertest.PNG(100)), leave}
		err := w.door.Receive(ctx, blob.Incoming{Grant: granted(t, blob.Put, r.Upload.URL), Length: -1, Body: body})
		if err == nil {
			t.Error("it was taken")
		}
		expectBytes(t, w, r.ID, false)
		upload(t, w, r)
	})
	t.Run("what is shorter than it says is truncated, what says it is too long is not read", func(t *testing.T) {
		w := open(t)
		r := create(t, w)
		receive := func(length int64, body io.Reader) error {
			return w.door.Receive(t.Context(), blob.Incoming{Grant: granted(t, blob.Put, r.Upload.URL), Length: length, Body: body})
		}
		if err := receive(99, bytes.NewReader(adaptertest.PNG(98))); !errors.Is(err, blob.ErrTruncated) {
			t.Errorf("got %v", err)
		}
		if err := receive(101, onRead{strings.NewReader(""), func() { t.Error("it was read") }}); !errors.Is(err, blob.ErrTooLarge) {
			t.Errorf("got %v", err)
		}
		expectBytes(t, w, r.ID, false)
		if err := receive(98, bytes.NewReader(adaptertest.PNG(98))); err != nil {
			t.Error(err)
		}
	})
	t.Run("a second one is a conflict, confirmed or not", func(t *testing.T) {
		w := open(t)
		r := create(t, w)
		upload(t, w, r)
		for range 2 {
			if err := send(t, w, r, bytes.NewReader(adaptertest.PNG(50))); !errors.Is(err, blob.ErrUploaded) {
				t.Errorf("got %v", err)
			}
			if v, err := w.Link(t.Context(), r.ID, owner); err != nil || v.Size != 100 {
				t.Errorf("got %+v, %v", v, err)
			}
		}
	})
}

func TestContent(t *testing.T) {
	w := open(t)
	r := create(t, w)
	_, err := w.Content(t.Context(), r.ID, owner)
	expectMissing(t, err)
	upload(t, w, r)
	_, err = w.Content(t.Context(), r.ID, blob.Viewer{Account: "2"})
	expectMissing(t, err)
	got, err := w.Content(t.Context(), r.ID, owner)
	if err != nil {
		t.Fatal(err)
	}
	defer got.Close()
	content, err := io.ReadAll(got)
	if err != nil || !bytes.Equal(content, adaptertest.PNG(100)) || got.ContentType != "image/png" {
		t.Errorf("got %d bytes of %s, %v", len(content), got.ContentType, err)
	}
}

func TestErase(t *testing.T) {
	w := open(t)
	var mine []blob.Room
	for i := range 103 { // more than a page
		mine = append(mine, create(t, w))
		if i%50 == 0 {
			upload(t, w, mine[i])
		}
	}
	other, err := w.Create(t.Context(), blob.Draft{Owner: "2", Purpose: blob.Avatar, ContentType: "image/png", Size: 100})
	if err != nil {
		t.Fatal(err)
	}
	upload(t, w, other)
	for range 2 {
		if err := w.EraseOwner(t.Context(), "1"); err != nil {
			t.Fatal(err)
		}
	}
	for _, r := range mine {
		expectState(t, w, r.ID, blob.Deleted)
		expectBytes(t, w, r.ID, false)
	}
	expectState(t, w, other.ID, blob.Stored)
	if _, err := w.Create(t.Context(), blob.Draft{Owner: "1", Purpose: blob.Avatar, ContentType: "image/png", Size: 100}); !errors.Is(err, blob.ErrErased) {
		t.Errorf("asked for before, come after: %v", err)
	}
}

// TestEraseBehindAnUpload erases the owner between the bytes and their confirmation.
func TestEraseBehindAnUpload(t *testing.T) {
	w := open(t)
	r := create(t, w)
	if _, err := w.store.Put(t.Context(), r.ID, r.Limits(), bytes.NewReader(adaptertest.PNG(100))); err != nil {
		t.Fatal(err)
	}
	if err := w.rows.Refuse(t.Context(), "1"); err != nil { // and there the erasure crashes
		t.Fatal(err)
	}
	_, err := w.Link(t.Context(), r.ID, owner)
	expectMissing(t, err)
	expectState(t, w, r.ID, blob.Pending)
	if err := w.EraseOwner(t.Context(), "1"); err != nil {
		t.Fatal(err)
	}
	expectState(t, w, r.ID, blob.Deleted)
	expectBytes(t, w, r.ID, false)
}

func TestSweep(t *testing.T) {
	t.Run("an upload that never came is forgotten, not a moment early", func(t *testing.T) {
		w := open(t)
		r := create(t, w)
		w.clock.Advance(untilSettled - time.Millisecond)
		sweep(t, w)
		expectState(t, w, r.ID, blob.Pending)
		w.clock.Advance(time.Millisecond)
		sweep(t, w)
		expectState(t, w, r.ID, blob.Deleted)
		sweep(t, w)
		expectState(t, w, r.ID, "")
	})
	t.Run("a crash between bytes and row loses nothing", func(t *testing.T) {
		w := open(t)
		r := create(t, w)
		upload(t, w, r)
		w.clock.Advance(untilSettled)
		for range 2 {
			sweep(t, w)
			expectState(t, w, r.ID, blob.Stored)
			expectBytes(t, w, r.ID, true)
		}
	})
	t.Run("a crash between row and bytes deletes all the same", func(t *testing.T) {
		w := open(t)
		r := create(t, w)
		upload(t, w, r)
		w.store.delete = errors.New("the disk is away")
		if err := w.Delete(t.Context(), r.ID, owner); err != nil {
			t.Fatal(err)
		}
		_, err := w.Link(t.Context(), r.ID, owner)
		expectMissing(t, err)
		w.clock.Advance(untilSettled)
		sweep(t, w)
		expectState(t, w, r.ID, blob.Deleted)
		expectBytes(t, w, r.ID, true)
		w.store.delete = nil
		sweep(t, w)
		expectState(t, w, r.ID, "")
		expectBytes(t, w, r.ID, false)
	})
	t.Run("bytes that arrive after the delete go, too", func(t *testing.T) {
		w := open(t)
		r := create(t, w)
		deleteOnce := sync.OnceFunc(func() {
			if err := w.Delete(t.Context(), r.ID, owner); err != nil {
				t.Error(err)
			}
		})
		if err := send(t, w, r, onRead{bytes.NewReader(adaptertest.PNG(100)), deleteOnce}); err != nil {
			t.Fatal(err)
		}
		expectBytes(t, w, r.ID, true)
		sweep(t, w)
		expectState(t, w, r.ID, blob.Deleted) // another upload may still run
		w.clock.Advance(untilSettled)
		sweep(t, w)
		expectState(t, w, r.ID, "")
		expectBytes(t, w, r.ID, false)
	})
	t.Run("two at once do no harm, and many are not too many", func(t *testing.T) {
		w := open(t)
		const n = 120
		rooms := make([]blob.Room, n)
		for i := range rooms {
			rooms[i] = create(t, w)
			if i%2 == 0 {
				upload(t, w, rooms[i])
			}
		}
		w.clock.Advance(untilSettled)
		for range 2 {
			var wg sync.WaitGroup
			for range 2 {
				wg.Go(func() {
					if err := w.Sweep(t.Context()); err != nil {
						t.Error(err)
					}
				})
			}
			wg.Wait()
		}
		for i, r := range rooms {
			expectState(t, w, r.ID, map[bool]blob.State{true: blob.Stored, false: ""}[i%2 == 0])
		}
	})
}
