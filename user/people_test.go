package user_test

import (
	"context"
	"errors"
	"slices"
	"strings"
	"testing"
	"time"

	"freecar/internal/auth"
	"freecar/internal/clock"
	"freecar/internal/errs"
	"freecar/internal/ids"
	"freecar/user"
	"freecar/user/internal/adapter/sqlite"
)

// plain is Passwords without the work; it remembers which hashes it was asked about.
type plain struct {
	hashed  int
	checked []string
	then    func() // what happens after the next check
}

// after has something happen right after the next check of a password.
func (p *plain) after(t *testing.T, f func()) {
	p.then = f
	t.Cleanup(func() {
		if p.then != nil {
			t.Error("no password was checked")
		}
	})
}

func (p *plain) Hash(_ context.Context, password string) (string, error) {
	p.hashed++
	return "hash of " + password, nil
}

func (p *plain) Verify(_ context.Context, password, hash string) (bool, error) {
	p.checked = append(p.checked, hash)
	if then := p.then; then != nil {
		p.then = nil
		then()
	}
	return hash == "hash of "+password, nil
}

// readable writes tokens that a test can read.
type readable struct{}

func (readable) Issue(p auth.Principal) (string, time.Duration, error) {
	return p.Subject + " " + p.Session + " " + p.Roles.String(), time.Minute, nil
}

type office struct {
	user.People
	passwords *plain
	clock     *clock.Manual
	store     *sqlite.Store
}

// newOffice opens an empty People; drawn are the account ids that come first.
func newOffice(t *testing.T, drawn ...string) office {
	t.Helper()
	return newOfficeWith(t, func(*user.PeopleConfig) {}, drawn...)
}

// newOfficeWith opens one with another configuration.
func newOfficeWith(t *testing.T, change func(*user.PeopleConfig), drawn ...string) office {
	t.Helper()
	o := office{passwords: &plain{}, clock: clock.NewManual(noon), store: openStore(t)}
	c := user.PeopleConfig{
		Accounts:  sqlite.Accounts{Store: o.store},
		Sessions:  sqlite.Sessions{Store: o.store},
		Devices:   sqlite.Devices{Store: o.store},
		Revoked:   sqlite.Revocations{Store: o.store},
		Factors:   sqlite.SecondFactors{Store: o.store},
		Guesses:   sqlite.Guesses{Store: o.store},
		Codes:     clockwork{},
		Passwords: o.passwords,
		Tokens:    readable{},
		Clock:     o.clock,
		IDs:       ids.Random{},
		AccountIDs: func() string {
			if len(drawn) == 0 {
				return ids.NewAccount()
			}
			id := drawn[0]
			drawn = drawn[1:]
			return id
		},
	}
	change(&c)
	o.People = user.NewPeople(c)
	return o
}

func ada() user.SignUp {
	return user.SignUp{Email: "Ada@Example.org", Phone: "+4930123456", Password: "correct horse", Name: "Ada"}
}

func (o office) signUp(t *testing.T, c user.SignUp) user.Grant {
	t.Helper()
	grant, err := o.SignUp(t.Context(), c)
	if err != nil {
		t.Fatal(err)
	}
	return grant
}

func expectError(t *testing.T, got, want error) {
	t.Helper()
	if !errors.Is(got, want) {
		t.Errorf("got %v, want %v", got, want)
	}
}

func TestSignUp(t *testing.T) {
	t.Run("a new rider is signed in", func(t *testing.T) {
		o := newOffice(t)
		grant := o.signUp(t, ada())
		a := grant.Account
		if a.Email != "ada@example.org" || a.Roles != auth.Rider || a.Status != user.Active || a.CreatedAt != noon || !ids.ValidAccount(a.ID) {
			t.Errorf("got %+v", a)
		}
		if !strings.HasPrefix(grant.AccessToken, a.ID+" ") || !strings.HasSuffix(grant.AccessToken, " rider") || grant.ExpiresIn != time.Minute {
			t.Errorf("got %+v", grant)
		}
		if kept, err := o.Account(t.Context(), a.ID); err != nil || kept != a {
			t.Errorf("got %+v, %v", kept, err)
		}
		if _, err := o.Refresh(t.Context(), grant.RefreshToken); err != nil {
			t.Error(err)
		}
	})
	t.Run("a name in use is refused, however it is written", func(t *testing.T) {
		o := newOffice(t)
		o.signUp(t, ada())
		for _, c := range []user.SignUp{
			{Email: "ADA@EXAMPLE.ORG", Password: "12345678", Name: "Eve"},
			{Phone: "+4930123456", Password: "12345678", Name: "Eve"},
		} {
			_, err := o.SignUp(t.Context(), c)
			expectError(t, err, user.ErrAccountExists)
		}
	})
	t.Run("every bad field is named, and no password is hashed", func(t *testing.T) {
		o := newOffice(t)
		_, err := o.SignUp(t.Context(), user.SignUp{Email: "x", Password: "short", Name: "\n"})
		if got, want := bad(err), []string{"email invalid", "name required", "password too_short"}; !slices.Equal(got, want) || o.passwords.hashed != 0 {
			t.Errorf("got %q, want %q; %d hashed", got, want, o.passwords.hashed)
		}
	})
	t.Run("an id that is taken is drawn again", func(t *testing.T) {
		o := newOffice(t, "7", "7", "7", "8")
		first := o.signUp(t, ada())
		second := o.signUp(t, user.SignUp{Email: "eve@example.org", Password: "12345678", Name: "Eve"})
		if first.Account.ID != "7" || second.Account.ID != "8" || o.passwords.hashed != 2 {
			t.Errorf("got %s and %s after %d hashes", first.Account.ID, second.Account.ID, o.passwords.hashed)
		}
	})
}

func TestSignIn(t *testing.T) {
	o := newOffice(t)
	a := o.signUp(t, ada()).Account
	t.Run("by address or number, in any writing", func(t *testing.T) {
		for _, c := range []user.SignIn{
			{Email: "ada@example.org", Password: "correct horse"},
			{Email: "ADA@example.ORG", Password: "correct horse"},
			{Phone: "+4930123456", Password: "correct horse"},
		} {
			if grant, err := o.SignIn(t.Context(), c); err != nil || grant.Account != a {
				t.Errorf("%+v: got %+v, %v", c, grant, err)
			}
		}
	})
	t.Run("a wrong password and an unknown name look the same and cost the same", func(t *testing.T) {
		for _, tc := range []struct {
			user.SignIn
			hash string
		}{
			{user.SignIn{Email: "ada@example.org", Password: "wrong horse"}, "hash of correct horse"},
			{user.SignIn{Email: "eve@example.org", Password: "wrong horse"}, ""},
			{user.SignIn{Email: "no address", Password: "wrong horse"}, ""},
			{user.SignIn{Phone: "+4999999999", Password: "wrong horse"}, ""},
			{user.SignIn{Phone: "no number", Password: "wrong horse"}, ""},
		} {
			o.passwords.checked = nil
			_, err := o.SignIn(t.Context(), tc.SignIn)
			expectError(t, err, user.ErrBadCredentials)
			if !slices.Equal(o.passwords.checked, []string{tc.hash}) {
				t.Errorf("%+v: checked %q", tc.SignIn, o.passwords.checked)
			}
		}
	})
	t.Run("each sign-in is a session of its own", func(t *testing.T) {
		c := user.SignIn{Email: "ada@example.org", Password: "correct horse"}
		one, err1 := o.SignIn(t.Context(), c)
		two, err2 := o.SignIn(t.Context(), c)
		if err1 != nil || err2 != nil || one.RefreshToken == two.RefreshToken || one.AccessToken == two.AccessToken {
			t.Errorf("got %+v and %+v, %v, %v", one, two, err1, err2)
		}
	})
}

func TestDevices(t *testing.T) {
	o := newOffice(t)
	d, secret, err := o.RegisterDevice(t.Context(), " Box 7 ", []string{"b", "a", "b"})
	if err != nil || d.Name != "Box 7" || !slices.Equal(d.CarIDs, []string{"a", "b"}) {
		t.Fatalf("got %+v, %v", d, err)
	}
	t.Run("a device signs in with its secret, as a device", func(t *testing.T) {
		grant, err := o.SignInDevice(t.Context(), d.ID, secret)
		if err != nil || !strings.HasPrefix(grant.AccessToken, d.ID+" ") || !strings.HasSuffix(grant.AccessToken, " device") || grant.Account.ID != "" {
			t.Errorf("got %+v, %v", grant, err)
		}
		again, err := o.Refresh(t.Context(), grant.RefreshToken)
		if err != nil || !strings.HasSuffix(again.AccessToken, " device") {
			t.Errorf("got %+v, %v", again, err)
		}
	})
	t.Run("and with nothing else", func(t *testing.T) {
		for _, c := range [][2]string{{d.ID, ""}, {d.ID, secret + "x"}, {ids.Random{}.New(), secret}, {"", ""}} {
			_, err := o.SignInDevice(t.Context(), c[0], c[1])
			expectError(t, err, user.ErrBadCredentials)
		}
	})
	t.Run("its secret is nowhere in the store's events", func(t *testing.T) {
		history, err := o.store.Outbox().History(t.Context(), d.ID)
		if err != nil || len(history) != 1 || strings.Contains(string(history[0].Data), secret) {
			t.Errorf("got %v, %v", history, err)
		}
	})
	t.Run("it needs a name", func(t *testing.T) {
		_, _, err := o.RegisterDevice(t.Context(), " ", nil)
		if got := bad(err); !slices.Equal(got, []string{"name required"}) {
			t.Errorf("got %v", err)
		}
	})
}

func TestRefresh(t *testing.T) {
	t.Run("each token works once, and a spent one ends its session alone", func(t *testing.T) {
		o := newOffice(t)
		first := o.signUp(t, ada())
		other, err := o.SignIn(t.Context(), user.SignIn{Email: "ada@example.org", Password: "correct horse"})
		if err != nil {
			t.Fatal(err)
		}
		second, err := o.Refresh(t.Context(), first.RefreshToken)
		if err != nil || second.AccessToken != first.AccessToken || second.Account != first.Account {
			t.Fatalf("got %+v, %v", second, err)
		}
		o.clock.Advance(time.Minute)
		for _, token := range []string{first.RefreshToken, second.RefreshToken} {
			_, err = o.Refresh(t.Context(), token)
			expectError(t, err, user.ErrBadRefreshToken)
		}
		if _, err := o.Refresh(t.Context(), other.RefreshToken); err != nil {
			t.Error(err)
		}
	})
	t.Run("unused for a month it is over, and forgotten", func(t *testing.T) {
		o := newOffice(t)
		grant := o.signUp(t, ada())
		o.clock.Advance(31 * 24 * time.Hour)
		_, err := o.Refresh(t.Context(), grant.RefreshToken)
		expectError(t, err, user.ErrBadRefreshToken)
		if err := o.Tidy(t.Context()); err != nil {
			t.Error(err)
		}
		_, err = o.Refresh(t.Context(), grant.RefreshToken)
		expectError(t, err, user.ErrBadRefreshToken)
	})
	t.Run("an unknown token is refused", func(t *testing.T) {
		_, err := newOffice(t).Refresh(t.Context(), "x")
		expectError(t, err, user.ErrBadRefreshToken)
	})
}

func TestEnsureAdmin(t *testing.T) {
	o := newOffice(t)
	o.signUp(t, ada())
	for _, want := range []bool{true, false} {
		hashed := o.passwords.hashed
		created, err := o.EnsureAdmin(t.Context(), "admin@freecar.local", "correct horse")
		if err != nil || created != want || (o.passwords.hashed > hashed) != want {
			t.Errorf("got %t, %v; %d hashed", created, err, o.passwords.hashed-hashed)
		}
	}
	if created, err := o.EnsureAdmin(t.Context(), "x", ""); created || err != nil {
		t.Errorf("with an admin there the settings count for nothing: got %t, %v", created, err)
	}
	if _, err := newOffice(t).EnsureAdmin(t.Context(), "x", "short"); !slices.Equal(bad(err), []string{"email invalid", "password too_short"}) {
		t.Errorf("got %v", err)
	}
	page, err := o.Accounts(t.Context(), user.AccountFilter{Email: "Admin@FreeCar.local", Paging: user.Paging{Limit: 5}})
	if err != nil || len(page.Items) != 1 || page.Items[0].Roles != auth.Admin {
		t.Errorf("got %+v, %v", page, err)
	}
}

func TestAccounts(t *testing.T) {
	o := newOffice(t)
	a := o.signUp(t, ada()).Account
	t.Run("by address", func(t *testing.T) {
		page, err := o.Accounts(t.Context(), user.AccountFilter{Email: "ADA@example.org", Paging: user.Paging{Limit: 5}})
		if err != nil || len(page.Items) != 1 || page.Items[0] != a {
			t.Errorf("got %+v, %v", page, err)
		}
		if page, err := o.Accounts(t.Context(), user.AccountFilter{Email: "eve@example.org", Paging: user.Paging{Limit: 5}}); err != nil || len(page.Items) != 0 {
			t.Errorf("got %+v, %v", page, err)
		}
		if _, err := o.Accounts(t.Context(), user.AccountFilter{Email: "x", Phone: "y"}); !slices.Equal(bad(err), []string{"email invalid", "phone invalid"}) {
			t.Errorf("got %v", err)
		}
	})
	t.Run("all", func(t *testing.T) {
		page, err := o.Accounts(t.Context(), user.AccountFilter{Paging: user.Paging{Limit: 5}})
		if err != nil || len(page.Items) != 1 {
			t.Errorf("got %+v, %v", page, err)
		}
	})
	t.Run("one that is not there", func(t *testing.T) {
		if _, err := o.Account(t.Context(), "1"); errs.KindOf(err) != errs.NotFound {
			t.Errorf("got %v", err)
		}
	})
}
