package user_test

import (
	"context"
	"errors"
	"slices"
	"strconv"
	"sync"
	"testing"
	"time"

	"freecar/internal/clock"
	"freecar/internal/errs"
	"freecar/internal/photo"
	"freecar/user"
	"freecar/user/internal/adapter/sqlite"
	"freecar/user/internal/endpoint"
)

// album keeps pictures in memory; what is uploaded the test says.
type album struct {
	mu   sync.Mutex
	last int
	has  map[string]bool // whether its bytes are there
	away bool
}

var errAway = errs.E(errs.Unavailable, "unavailable", "away")

func (a *album) Create(_ context.Context, _, contentType string, _ int64) (photo.Upload, error) {
	a.mu.Lock()
	defer a.mu.Unlock()
	switch {
	case a.away:
		return photo.Upload{}, errAway
	case contentType != "image/png":
		return photo.Upload{}, errs.Invalidf("content_type", "invalid", "no")
	}
	a.last++
	id := strconv.Itoa(a.last)
	a.has[id] = false
	return photo.Upload{BlobID: id, Method: "PUT", URL: "http://x/" + id}, nil
}

func (a *album) Link(_ context.Context, id string) (photo.Link, error) {
	a.mu.Lock()
	defer a.mu.Unlock()
	switch {
	case a.away:
		return photo.Link{}, errAway
	case !a.has[id]:
		return photo.Link{}, errs.Missing("photo")
	}
	return photo.Link{URL: id}, nil
}

func (a *album) Delete(_ context.Context, id string) error {
	a.mu.Lock()
	defer a.mu.Unlock()
	if a.away {
		return errAway
	}
	delete(a.has, id)
	return nil
}

func (a *album) uploaded(id string) {
	a.mu.Lock()
	defer a.mu.Unlock()
	a.has[id] = true
}

func TestAvatars(t *testing.T) {
	open := func(t *testing.T) (user.Gallery, *album, func() []string) {
		store, pictures := openStore(t), &album{has: map[string]bool{}}
		g := user.NewGallery(sqlite.Avatars{Store: store, Encode: endpoint.Events{}.Avatar}, pictures,
			clock.NewManual(time.Date(2030, 5, 1, 12, 0, 0, 0, time.UTC)))
		return g, pictures, func() (types []string) {
			history, err := store.Outbox().History(t.Context(), endpoint.AvatarSubject("1"))
			if err != nil {
				t.Fatal(err)
			}
			for i, e := range history {
				types = append(types, e.Type)
				if e.Version != int64(i)+1 {
					t.Errorf("event %d has version %d", i, e.Version)
				}
			}
			return types
		}
	}
	request := func(t *testing.T, g user.Gallery) string {
		t.Helper()
		upload, err := g.RequestAvatar(t.Context(), "1", "image/png", 50)
		if err != nil || upload.URL == "" {
			t.Fatalf("got %+v, %v", upload, err)
		}
		return upload.BlobID
	}
	shows := func(t *testing.T, g user.Gallery, want string) {
		t.Helper()
		link, err := g.Avatar(t.Context(), "1")
		if want == "" && !errors.Is(err, user.ErrNoAvatar) || want != "" && (err != nil || link.URL != want) {
			t.Errorf("shows %+v, %v, want %q", link, err, want)
		}
	}
	t.Run("the old one is shown until the new one has come", func(t *testing.T) {
		g, pictures, history := open(t)
		shows(t, g, "")
		first := request(t, g)
		shows(t, g, "")
		pictures.uploaded(first)
		shows(t, g, first) // before the news of it
		second := request(t, g)
		shows(t, g, first)
		pictures.uploaded(second)
		for range 2 {
			if err := g.AvatarStored(t.Context(), "1", second); err != nil {
				t.Fatal(err)
			}
		}
		shows(t, g, second)
		want := []string{"requested", "changed", "requested", "changed"}
		for i := range want {
			want[i] = "freecar.user.avatar_" + want[i] + ".v1"
		}
		if got := history(); !slices.Equal(got, want) {
			t.Errorf("got %v, want %v", got, want)
		}
	})
	t.Run("what is late or a stranger's is not shown", func(t *testing.T) {
		g, pictures, _ := open(t)
		first := request(t, g)
		second := request(t, g)
		pictures.uploaded(first)
		for _, id := range []string{first, "x"} {
			if err := g.AvatarStored(t.Context(), "1", id); err != nil {
				t.Fatal(err)
			}
		}
		shows(t, g, "")
		pictures.uploaded(second)
		shows(t, g, second)
	})
	t.Run("only what is not shown any more is deleted", func(t *testing.T) {
		g, pictures, _ := open(t)
		first, second := request(t, g), request(t, g)
		pictures.uploaded(second)
		for range 2 {
			if err := g.DropAvatars(t.Context(), "1", []string{first, second}); err != nil {
				t.Fatal(err)
			}
		}
		if _, there := pictures.has[first]; there || !pictures.has[second] {
			t.Errorf("there are %v", pictures.has)
		}
		pictures.away = true
		if err := g.DropAvatars(t.Context(), "1", []string{first}); errs.KindOf(err) != errs.Unavailable {
			t.Errorf("got %v", err)
		}
	})
	t.Run("removing takes all away", func(t *testing.T) {
		g, pictures, history := open(t)
		if err := g.RemoveAvatar(t.Context(), "1"); !errors.Is(err, user.ErrNoAvatar) {
			t.Errorf("got %v", err)
		}
		pictures.uploaded(request(t, g))
		shows(t, g, "1")
		if err := g.RemoveAvatar(t.Context(), "1"); err != nil {
			t.Error(err)
		}
		shows(t, g, "")
		if got := history(); len(got) != 3 {
			t.Errorf("got %v", got)
		}
	})
	t.Run("a picture that comes after its account was erased is nobody's", func(t *testing.T) {
		o := newOffice(t, "1")
		pictures := &album{has: map[string]bool{}}
		g := user.NewGallery(sqlite.Avatars{Store: o.store, Encode: endpoint.Events{}.Avatar}, pictures, o.clock)
		o.signUp(t, ada())
		id := request(t, g)
		if err := o.EraseMe(t.Context(), "1"); err != nil {
			t.Fatal(err)
		}
		pictures.uploaded(id)
		if err := g.AvatarStored(t.Context(), "1", id); err != nil {
			t.Errorf("it would be told again and again: %v", err)
		}
		shows(t, g, "")
		if _, err := g.RequestAvatar(t.Context(), "1", "image/png", 50); !errors.Is(err, user.ErrAccountErased) {
			t.Errorf("another one: %v", err)
		}
	})
	t.Run("a refusal and an absence change nothing", func(t *testing.T) {
		g, pictures, history := open(t)
		if _, err := g.RequestAvatar(t.Context(), "1", "text/html", 50); errs.KindOf(err) != errs.Invalid {
			t.Errorf("got %v", err)
		}
		pictures.away = true
		if _, err := g.RequestAvatar(t.Context(), "1", "image/png", 50); errs.KindOf(err) != errs.Unavailable {
			t.Errorf("got %v", err)
		}
		if got := history(); len(got) != 0 {
			t.Errorf("got %v", got)
		}
	})
	t.Run("many requests at once leave one that is waited for", func(t *testing.T) {
		g, pictures, history := open(t)
		var wg sync.WaitGroup
		for range 16 {
			wg.Go(func() { request(t, g) })
		}
		wg.Wait()
		for i := range 16 {
			pictures.uploaded(strconv.Itoa(i + 1))
			if err := g.AvatarStored(t.Context(), "1", strconv.Itoa(i+1)); err != nil {
				t.Fatal(err)
			}
		}
		if got := history(); len(got) != 17 {
			t.Errorf("%d changes", len(got))
		}
	})
}
