package adaptertest

import (
	"context"
	"errors"
	"testing"

	"freecar/internal/errs"
	"freecar/user"
)

// Mini is WeChat's side of it, which a test scripts.
type Mini struct {
	// Code gives a code of a user, which works once.
	Code func(id user.OpenID) string
	// Busy has WeChat ask for patience with everybody, Away be in trouble.
	Busy, Away func(bool)
}

// WeChat holds an adapter to the port.
func WeChat(t *testing.T, open func(t *testing.T) (user.WeChat, Mini)) {
	refused := func(t *testing.T, w user.WeChat, code string, want error) {
		t.Helper()
		if id, err := w.Identify(t.Context(), code); !errors.Is(err, want) || id != "" {
			t.Errorf("got %q, %v, want %v", id, err, want)
		}
	}
	t.Run("a code says whose it is, once", func(t *testing.T) {
		w, mini := open(t)
		for _, id := range []user.OpenID{"o-1", "o-2", "o-1"} {
			code := mini.Code(id)
			if got, err := w.Identify(t.Context(), code); err != nil || got != id {
				t.Errorf("got %q, %v", got, err)
			}
			refused(t, w, code, user.ErrBadWeChatCode)
		}
	})
	t.Run("a code that nobody gave is refused", func(t *testing.T) {
		w, _ := open(t)
		refused(t, w, "x", user.ErrBadWeChatCode)
	})
	t.Run("who comes too often has to wait, and is told how long", func(t *testing.T) {
		w, mini := open(t)
		mini.Busy(true)
		_, err := w.Identify(t.Context(), mini.Code("o-1"))
		if e, ok := errors.AsType[*errs.Error](err); !ok || !errors.Is(e, user.ErrWeChatBusy) || e.RetryAfter <= 0 {
			t.Errorf("got %v", err)
		}
		mini.Busy(false)
		if _, err := w.Identify(t.Context(), mini.Code("o-1")); err != nil {
			t.Error(err)
		}
	})
	t.Run("an outage is one", func(t *testing.T) {
		w, mini := open(t)
		mini.Away(true)
		if _, err := w.Identify(t.Context(), mini.Code("o-1")); !errs.IsFault(err) {
			t.Errorf("got %v", err)
		}
	})
	t.Run("who leaves gets nothing", func(t *testing.T) {
		w, mini := open(t)
		ctx, leave := context.WithCancel(t.Context())
		leave()
		if id, err := w.Identify(ctx, mini.Code("o-1")); err == nil || id != "" {
			t.Errorf("got %q, %v", id, err)
		}
	})
}
