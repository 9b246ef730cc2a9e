package user_test

import (
	"context"
	"fmt"
	"slices"
	"sync"
	"testing"
	"time"

	"freecar/internal/auth"
	"freecar/internal/errs"
	"freecar/user"
	"freecar/user/internal/adaptertest"
)

// mini is WeChat in memory.
type mini struct {
	mu         sync.Mutex
	given      int
	codes      map[string]user.OpenID
	busy, away bool
}

func newMini() *mini { return &mini{codes: map[string]user.OpenID{}} }

func (m *mini) Identify(ctx context.Context, code string) (user.OpenID, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	id, ok := m.codes[code]
	switch {
	case ctx.Err() != nil:
		return "", ctx.Err()
	case m.away:
		return "", errs.E(errs.Unavailable, "unavailable", "")
	case m.busy:
		return "", user.ErrWeChatBusy.After(time.Minute)
	case !ok:
		return "", user.ErrBadWeChatCode
	}
	delete(m.codes, code)
	return id, nil
}

func (m *mini) code(id user.OpenID) string {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.given++
	code := fmt.Sprint("code-", m.given)
	m.codes[code] = id
	return code
}

func (m *mini) set(f func()) {
	m.mu.Lock()
	defer m.mu.Unlock()
	f()
}

func TestMini(t *testing.T) {
	adaptertest.WeChat(t, func(*testing.T) (user.WeChat, adaptertest.Mini) {
		m := newMini()
		return m, adaptertest.Mini{Code: m.code,
			Busy: func(b bool) { m.set(func() { m.busy = b }) }, Away: func(b bool) { m.set(func() { m.away = b }) }}
	})
}

func TestSignInWeChat(t *testing.T) {
	m := newMini()
	o := newOffice(t)
	in := func(o office, id user.OpenID) (user.Grant, error) { return o.SignInWeChat(t.Context(), m.code(id), "") }
	t.Run("where it is not set up it is refused", func(t *testing.T) {
		if _, err := in(o, "o-1"); !slices.Equal(bad(err), []string{"wechat_code unsupported"}) {
			t.Errorf("got %v", err)
		}
	})
	o = newOfficeWith(t, func(c *user.PeopleConfig) { c.WeChat = m })
	first, err := in(o, "o-1")
	if err != nil {
		t.Fatal(err)
	}
	t.Run("the first time opens a rider's account without a name", func(t *testing.T) {
		if a := first.Account; a.WeChat != "o-1" || a.Email != "" || a.Phone != "" || a.Roles != auth.Rider || a.PasswordHash != "" {
			t.Errorf("got %+v", a)
		}
		if _, err := o.Refresh(t.Context(), first.RefreshToken); err != nil {
			t.Error(err)
		}
	})
	t.Run("the next time finds it, and another is another", func(t *testing.T) {
		again, err1 := in(o, "o-1")
		other, err2 := in(o, "o-2")
		if err1 != nil || err2 != nil || again.Account.ID != first.Account.ID || other.Account.ID == first.Account.ID {
			t.Errorf("got %+v and %+v, %v, %v", again.Account, other.Account, err1, err2)
		}
	})
	t.Run("many at once have one account", func(t *testing.T) {
		var wg sync.WaitGroup
		accounts := make([]string, 16)
		for i := range accounts {
			wg.Go(func() {
				grant, err := in(o, "o-3")
				if err != nil {
					t.Error(err)
				}
				accounts[i] = grant.Account.ID
			})
		}
		wg.Wait()
		slices.Sort(accounts)
		if got := slices.Compact(accounts); len(got) != 1 {
			t.Errorf("got %v", got)
		}
	})
	t.Run("nobody signs in to it by a password until it has one", func(t *testing.T) {
		_, err := o.SignIn(t.Context(), user.SignIn{Email: "", Password: ""})
		expectError(t, err, user.ErrBadCredentials)
		_, err = o.ChangeMe(t.Context(), user.ChangeMe{AccountID: first.Account.ID, Name: text("Li"), Email: text("li@example.org")})
		expectError(t, err, nil)
		_, err = o.SignIn(t.Context(), user.SignIn{Email: "li@example.org"})
		expectError(t, err, user.ErrBadCredentials)
		expectError(t, o.ChangePassword(t.Context(), user.ChangePassword{AccountID: first.Account.ID, Password: "guess guess", NewPassword: "better horse"}), user.ErrBadCredentials)
		expectError(t, o.ChangePassword(t.Context(), user.ChangePassword{AccountID: first.Account.ID, NewPassword: "better horse"}), nil)
		_, err = o.SignIn(t.Context(), user.SignIn{Email: "li@example.org", Password: "better horse"})
		expectError(t, err, nil)
	})
	t.Run("a second factor is asked for, and a block holds", func(t *testing.T) {
		if _, err := o.EnrolTOTP(t.Context(), first.Account.ID, "better horse"); err != nil {
			t.Fatal(err)
		}
		expectError(t, o.ConfirmTOTP(t.Context(), first.Account.ID, o.code(0)), nil)
		_, err := in(o, "o-1")
		expectError(t, err, user.ErrTOTPRequired)
		if _, err := o.Govern(t.Context(), auth.Principal{Subject: "1", Roles: auth.Admin}, first.Account.ID, user.Governing{Status: user.Blocked, Reason: "fraud"}); err != nil {
			t.Fatal(err)
		}
		_, err = in(o, "o-1")
		expectError(t, err, user.ErrAccountBlocked)
	})
	t.Run("erased, it is a new person", func(t *testing.T) {
		other, err := in(o, "o-2")
		if err != nil {
			t.Fatal(err)
		}
		if err := o.EraseMe(t.Context(), other.Account.ID); err != nil {
			t.Fatal(err)
		}
		if next, err := in(o, "o-2"); err != nil || next.Account.ID == other.Account.ID {
			t.Errorf("got %+v, %v", next.Account, err)
		}
	})
	t.Run("what WeChat refuses is refused", func(t *testing.T) {
		_, err := o.SignInWeChat(t.Context(), "x", "")
		expectError(t, err, user.ErrBadWeChatCode)
	})
}
