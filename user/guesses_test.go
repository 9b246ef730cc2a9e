package user_test

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"freecar/internal/auth"
	"freecar/internal/errs"
	"freecar/user"
)

func TestGuesses(t *testing.T) {
	guess := func(o office, email, password, from string) error {
		_, err := o.SignIn(t.Context(), user.SignIn{Email: email, Password: password, Client: from})
		return err
	}
	const email, right, wrong = "ada@example.org", "correct horse", "wrong horse"
	spend := func(t *testing.T, o office, email, from string) {
		t.Helper()
		for range 10 {
			expectError(t, guess(o, email, wrong, from), user.ErrBadCredentials)
		}
	}
	t.Run("ten for a name from a network, then not even the right one, for a while", func(t *testing.T) {
		o := newOffice(t)
		o.signUp(t, ada())
		spend(t, o, email, "a")
		o.clock.Advance(time.Minute)
		o.passwords.checked = nil
		for _, name := range []string{email, "ADA@example.ORG"} {
			err := guess(o, name, right, "a")
			if no, _ := errors.AsType[*errs.Error](err); !errors.Is(err, user.ErrTooManyGuesses) || no.RetryAfter != 14*time.Minute {
				t.Errorf("got %v", err)
			}
		}
		if len(o.passwords.checked) != 0 {
			t.Errorf("%d were checked all the same", len(o.passwords.checked))
		}
		o.clock.Advance(14 * time.Minute)
		expectError(t, guess(o, email, right, "a"), nil)
	})
	t.Run("nobody keeps anybody out: from elsewhere the owner comes in, and others do from there", func(t *testing.T) {
		o := newOffice(t)
		o.signUp(t, ada())
		o.signUp(t, user.SignUp{Email: "bob@example.org", Password: right, Name: "Bob"})
		spend(t, o, email, "a")
		expectError(t, guess(o, email, right, "b"), nil)
		expectError(t, guess(o, "bob@example.org", right, "a"), nil)
		expectError(t, guess(o, email, right, "a"), user.ErrTooManyGuesses)
	})
	t.Run("a name that nobody has is no other", func(t *testing.T) {
		o := newOffice(t)
		spend(t, o, "nobody@example.org", "a")
		expectError(t, guess(o, "nobody@example.org", wrong, "a"), user.ErrTooManyGuesses)
	})
	t.Run("the right one begins anew", func(t *testing.T) {
		o := newOffice(t)
		o.signUp(t, ada())
		for range 3 {
			for range 9 {
				expectError(t, guess(o, email, wrong, "a"), user.ErrBadCredentials)
			}
			expectError(t, guess(o, email, right, "a"), nil)
		}
	})
	t.Run("many at once get no more", func(t *testing.T) {
		var o office
		inside := newGate()
		o = newOfficeWith(t, func(c *user.PeopleConfig) { c.Passwords = inside })
		var all sync.WaitGroup
		var refused atomic.Int64
		for i := range 40 {
			all.Go(func() {
				err := guess(o, email, fmt.Sprint("guess ", i), "a")
				if errors.Is(err, user.ErrTooManyGuesses) {
					if refused.Add(1) == 30 {
						inside.open()
					}
				} else {
					expectError(t, err, user.ErrBadCredentials)
				}
			})
		}
		all.Wait()
		if n := inside.checked.Load(); n != 10 || refused.Load() != 30 {
			t.Errorf("%d were checked, %d refused", n, refused.Load())
		}
	})
	t.Run("who has signed in has, though the count cannot be cleared", func(t *testing.T) {
		var logged []error
		down := errs.E(errs.Unavailable, "unavailable", "")
		o := newOfficeWith(t, func(c *user.PeopleConfig) {
			c.Guesses = &forgetless{c.Guesses, down}
			c.Log = func(_ context.Context, _ string, err error) { logged = append(logged, err) }
		})
		o.signUp(t, ada())
		expectError(t, guess(o, email, wrong, "a"), user.ErrBadCredentials)
		grant, err := o.SignIn(t.Context(), user.SignIn{Email: email, Password: right, Client: "a"})
		if err != nil || grant.AccessToken == "" || grant.RefreshToken == "" {
			t.Errorf("got %+v, %v", grant, err)
		}
		if len(logged) != 1 || !errors.Is(logged[0], down) {
			t.Errorf("logged %v", logged)
		}
	})
	t.Run("a panic is no right one", func(t *testing.T) {
		check := &panicky{}
		o := newOfficeWith(t, func(c *user.PeopleConfig) { c.Passwords = check })
		o.signUp(t, ada())
		for range 9 {
			expectError(t, guess(o, email, wrong, "a"), user.ErrBadCredentials)
		}
		check.panics = true
		func() {
			defer func() {
				if recover() == nil {
					t.Error("it did not panic")
				}
			}()
			_ = guess(o, email, right, "a")
		}()
		check.panics = false
		expectError(t, guess(o, email, wrong, "a"), user.ErrBadCredentials) // and none is under way
		expectError(t, guess(o, email, wrong, "a"), user.ErrTooManyGuesses)
	})
	t.Run("from inside nothing is counted", func(t *testing.T) {
		o := newOffice(t)
		spend(t, o, email, "")
		expectError(t, guess(o, email, wrong, ""), user.ErrBadCredentials)
	})
}

// forgetless cannot forget wrong passwords.
type forgetless struct {
	user.Guesses
	err error
}

func (f *forgetless) Clear(context.Context, user.SecretHash) error { return f.err }

// panicky checks passwords, as long as it does not panic.
type panicky struct {
	plain
	panics bool
}

func (p *panicky) Verify(ctx context.Context, password, hash string) (bool, error) {
	if p.panics {
		panic("a bug")
	}
	return p.plain.Verify(ctx, password, hash)
}

// gate checks passwords, all wrong, and is not done before it is opened.
type gate struct {
	plain
	checked atomic.Int64
	opened  chan struct{}
	open    func()
}

func newGate() *gate {
	opened := make(chan struct{})
	return &gate{opened: opened, open: sync.OnceFunc(func() { close(opened) })}
}

func (g *gate) Verify(ctx context.Context, _, _ string) (bool, error) {
	g.checked.Add(1)
	select {
	case <-g.opened:
		return false, nil
	case <-ctx.Done():
		return false, ctx.Err()
	}
}

// TestSameWork: whoever does not come in cannot tell by the time it takes whether there is
// such an account and what kind it is: each refusal does the work of one check, which
// argon2id does for an empty hash, too.
func TestSameWork(t *testing.T) {
	wechat := newMini()
	o := newOfficeWith(t, func(c *user.PeopleConfig) { c.WeChat = wechat })
	known := o.signUp(t, ada()).Account
	blocked := o.signUp(t, user.SignUp{Email: "bob@example.org", Password: "correct horse", Name: "Bob"}).Account
	if _, err := o.Govern(t.Context(), auth.Principal{Subject: "1", Roles: auth.Admin}, blocked.ID, user.Governing{Status: user.Blocked, Reason: "x"}); err != nil {
		t.Fatal(err)
	}
	chatty, err := o.SignInWeChat(t.Context(), wechat.code("o-1"), "")
	if err != nil {
		t.Fatal(err)
	}
	address := "chat@example.org" // an address, and no password
	if _, err := o.ChangeMe(t.Context(), user.ChangeMe{AccountID: chatty.Account.ID, Email: &address}); err != nil {
		t.Fatal(err)
	}
	for name, c := range map[string]user.SignIn{
		"known":              {Email: string(known.Email)},
		"known by number":    {Phone: string(known.Phone)},
		"unknown":            {Email: "nobody@example.org"},
		"unknown number":     {Phone: "+4930999999"},
		"no address at all":  {Email: "nonsense"},
		"no number at all":   {Phone: "nonsense"},
		"without a password": {Email: address},
		"blocked":            {Email: "bob@example.org"},
	} {
		o.passwords.checked = nil
		c.Password = "wrong horse"
		_, err := o.SignIn(t.Context(), c)
		expectError(t, err, user.ErrBadCredentials)
		if len(o.passwords.checked) != 1 || o.passwords.hashed != 2 {
			t.Errorf("%s: %d checks", name, len(o.passwords.checked))
		}
	}
	// A sign-up is hashed before anybody looks whether the name is taken.
	for i, email := range []string{"ada@example.org", "new@example.org"} {
		before := o.passwords.hashed
		_, err := o.SignUp(t.Context(), user.SignUp{Email: email, Password: "correct horse", Name: "Ada"})
		if (err != nil) != (i == 0) || o.passwords.hashed != before+1 {
			t.Errorf("%s: %v, hashed %d times", email, err, o.passwords.hashed-before)
		}
	}
}
