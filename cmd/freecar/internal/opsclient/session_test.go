package opsclient_test

import (
	"context"
	"errors"
	"net/http"
	"os"
	"path/filepath"
	"sync"
	"testing"
	"time"

	"freecar/cmd/freecar/internal/opsclient"
	"freecar/internal/errs"
	"freecar/internal/kitx"
)

func call(ctx context.Context, c *opsclient.Client) error {
	_, err := read.Call(ctx, c, kitx.None{})
	return err
}

func TestSession(t *testing.T) {
	t.Run("none is there before the sign-in, nor once it is forgotten", func(t *testing.T) {
		b := newBench(t)
		if err := call(t.Context(), b.Client); !errors.Is(err, opsclient.ErrSignedOut) {
			t.Errorf("before: %v", err)
		}
		b.signIn(t)
		if err := call(t.Context(), b.Client); err != nil {
			t.Errorf("signed in: %v", err)
		}
		if err := b.Forget(t.Context()); err != nil {
			t.Fatal(err)
		}
		if err := call(t.Context(), b.Client); !errors.Is(err, opsclient.ErrSignedOut) {
			t.Errorf("after: %v", err)
		}
		if err := b.Forget(t.Context()); err != nil {
			t.Errorf("forgetting twice: %v", err)
		}
	})
	t.Run("an access token is renewed before it expires, and not earlier", func(t *testing.T) {
		b := newBench(t)
		b.signIn(t)
		b.clock.Advance(14 * time.Minute)
		if err := call(t.Context(), b.Client); err != nil || b.gateway.refreshes != 0 {
			t.Errorf("fresh: %d refreshes, %v", b.gateway.refreshes, err)
		}
		b.clock.Advance(50 * time.Second)
		if err := call(t.Context(), b.Client); err != nil || b.gateway.refreshes != 1 {
			t.Errorf("about to expire: %d refreshes, %v", b.gateway.refreshes, err)
		}
	})
	t.Run("new tokens are saved before they are used", func(t *testing.T) {
		b := newBench(t)
		b.signIn(t)
		b.clock.Advance(time.Hour)
		b.gateway.arrived = func(r *http.Request) {
			kept, err := b.store.Load()
			if token := r.Header.Get("Authorization"); token != "" && (err != nil || token != "Bearer "+kept.AccessToken) {
				t.Errorf("sent %s while %s was kept, %v", token, kept.AccessToken, err)
			}
		}
		if err := call(t.Context(), b.Client); err != nil {
			t.Error(err)
		}
	})
	t.Run("a token that the gateway does not take any more is renewed once", func(t *testing.T) {
		b := newBench(t)
		b.signIn(t)
		b.gateway.mu.Lock()
		kept, _ := b.store.Load()
		b.gateway.mu.Unlock()
		kept.AccessToken = "revoked"
		if err := b.store.Save(kept); err != nil {
			t.Fatal(err)
		}
		if err := call(t.Context(), b.Client); err != nil || b.gateway.refreshes != 1 {
			t.Errorf("%d refreshes, %v", b.gateway.refreshes, err)
		}
		b.gateway.answer = func(int, *http.Request) (*http.Response, error) {
			return problem(http.StatusUnauthorized, "unauthenticated"), nil
		}
		if err := call(t.Context(), b.Client); errs.KindOf(err) != errs.Unauthenticated || b.gateway.refreshes != 2 {
			t.Errorf("refused whatever the token: %d refreshes, %v", b.gateway.refreshes, err)
		}
		for _, code := range []string{"bad_credentials", "bad_totp", "totp_required"} {
			sent := len(b.gateway.seen)
			b.gateway.answer = func(int, *http.Request) (*http.Response, error) { return problem(http.StatusUnauthorized, code), nil }
			if err := call(t.Context(), b.Client); errs.CodeOf(err) != code || b.gateway.refreshes != 2 || len(b.gateway.seen) != sent+1 {
				t.Errorf("%s: sent %d times, %d refreshes, %v", code, len(b.gateway.seen)-sent, b.gateway.refreshes, err)
			}
		}
	})
	t.Run("who leaves during the renewal stays signed in", func(t *testing.T) {
		b := newBench(t)
		b.signIn(t)
		b.clock.Advance(time.Hour)
		ctx, leave := context.WithCancel(t.Context())
		b.gateway.arrived = func(*http.Request) { leave() }
		_ = call(ctx, b.Client)
		b.gateway.arrived = nil
		if err := call(t.Context(), b.Client); err != nil || b.gateway.refreshes != 1 {
			t.Errorf("%d refreshes, %v", b.gateway.refreshes, err)
		}
	})
	t.Run("a session that is over is forgotten", func(t *testing.T) {
		b := newBench(t)
		b.signIn(t)
		b.gateway.ended = true
		if err := call(t.Context(), b.Client); !errors.Is(err, opsclient.ErrEnded) {
			t.Errorf("got %v", err)
		}
		if err := call(t.Context(), b.Client); !errors.Is(err, opsclient.ErrSignedOut) {
			t.Errorf("afterwards: %v", err)
		}
	})
	t.Run("a gateway that is away ends no session", func(t *testing.T) {
		b := newBench(t)
		b.signIn(t)
		b.clock.Advance(time.Hour)
		b.Client = opsclient.New(opsclient.Config{URL: mustParse(t, at), Sessions: b.store, Clock: b.clock, Transport: down{}})
		if err := call(t.Context(), b.Client); errs.KindOf(err) != errs.Unavailable {
			t.Errorf("got %v", err)
		}
		if _, err := b.store.Load(); err != nil {
			t.Errorf("the session is gone: %v", err)
		}
	})
}

// TestRenewalRace is many invocations at once with one stale token: a second refresh with
// the same token would end the session.
func TestRenewalRace(t *testing.T) {
	b := newBench(t)
	b.signIn(t)
	b.clock.Advance(time.Hour)
	var all sync.WaitGroup
	for range 24 {
		c := b.another(t) // a process of its own has nothing in common but the file
		all.Go(func() {
			if err := call(t.Context(), c); err != nil {
				t.Error(err)
			}
		})
	}
	all.Wait()
	if b.gateway.refreshes != 1 || b.gateway.ended {
		t.Errorf("%d refreshes, session ended: %t", b.gateway.refreshes, b.gateway.ended)
	}
}

func TestLock(t *testing.T) {
	store := opsclient.NewStore(t.TempDir(), at)
	unlock, err := store.Lock(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := store.Lock(ctx); !errors.Is(err, context.Canceled) {
		t.Errorf("a caller that leaves: %v", err)
	}
	unlock()
	if unlock, err = store.Lock(t.Context()); err != nil {
		t.Fatalf("unlocked: %v", err)
	}
	unlock()
}

func TestStore(t *testing.T) {
	folder := filepath.Join(t.TempDir(), "freecar")
	here, there := opsclient.NewStore(folder, "http://one.test"), opsclient.NewStore(folder, "http://one.test/freecar")
	if err := here.Save(opsclient.Session{URL: "http://one.test", AccessToken: "a"}); err != nil {
		t.Fatal(err)
	}
	t.Run("each gateway has its own", func(t *testing.T) {
		if _, err := there.Load(); !errors.Is(err, opsclient.ErrSignedOut) {
			t.Errorf("got %v", err)
		}
	})
	t.Run("its owner alone may read it", func(t *testing.T) {
		files, err := os.ReadDir(folder)
		if err != nil || len(files) != 1 {
			t.Fatalf("%v, %v", files, err)
		}
		for path, want := range map[string]os.FileMode{folder: 0o700, filepath.Join(folder, files[0].Name()): 0o600} {
			info, err := os.Stat(path)
			if err != nil || info.Mode().Perm() != want {
				t.Errorf("%s: %v, %v, want %v", path, info.Mode().Perm(), err, want)
			}
		}
	})
	t.Run("a damaged file asks for a new sign-in", func(t *testing.T) {
		files, _ := os.ReadDir(folder)
		if err := os.WriteFile(filepath.Join(folder, files[0].Name()), []byte("{"), 0o600); err != nil {
			t.Fatal(err)
		}
		if _, err := here.Load(); err == nil || errors.Is(err, opsclient.ErrSignedOut) {
			t.Errorf("got %v", err)
		}
	})
}
