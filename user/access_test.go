package user_test

import (
	"errors"
	"slices"
	"strings"
	"testing"
	"time"

	"freecar/internal/auth"
	"freecar/internal/money"
	"freecar/user"
	"freecar/user/internal/adapter/sqlite"
)

func TestGovern(t *testing.T) {
	const self = "1"
	as := func(roles auth.Roles) auth.Principal { return auth.Principal{Subject: self, Roles: roles} }
	account := func(id string, roles auth.Roles, status user.Status) user.Account {
		a, _ := user.NewAccount(id, user.Person{Email: "ada@example.org", Name: "Ada"}, roles, "h", noon)
		if a.Status = status; status == user.Blocked {
			a.BlockedFor = "before"
		}
		return a
	}
	block := user.Governing{Status: user.Blocked, Reason: "fraud"}
	for name, tc := range map[string]struct {
		by      auth.Roles
		account user.Account
		change  user.Governing
		err     error
		access  user.AccessChange
	}{
		"support blocks a rider":         {auth.Support, account("2", auth.Rider, user.Active), block, nil, user.AccessChange{Revokes: true, EndsSessions: true}},
		"support lets a rider in again":  {auth.Support, account("2", auth.Rider, user.Blocked), user.Governing{Status: user.Active}, nil, user.AccessChange{Revokes: true}},
		"support does not block staff":   {auth.Support, account("2", auth.Fleet, user.Active), block, auth.ErrDenied, user.AccessChange{}},
		"support changes no roles":       {auth.Support, account("2", auth.Rider, user.Active), user.Governing{Roles: auth.Support}, auth.ErrDenied, user.AccessChange{}},
		"not even its own":               {auth.Support, account(self, auth.Support, user.Active), user.Governing{Roles: auth.Admin}, auth.ErrDenied, user.AccessChange{}},
		"an admin blocks staff":          {auth.Admin, account("2", auth.Fleet, user.Active), block, nil, user.AccessChange{Revokes: true, EndsSessions: true}},
		"an admin blocks an admin":       {auth.Admin, account("2", auth.Admin, user.Active), block, nil, user.AccessChange{Revokes: true, EndsSessions: true, NeedsAdmin: true}},
		"nobody blocks themselves":       {auth.Admin, account(self, auth.Admin, user.Active), block, user.ErrOwnAccount, user.AccessChange{}},
		"an admin makes staff":           {auth.Admin, account("2", auth.Rider, user.Active), user.Governing{Roles: auth.Rider | auth.Fleet}, nil, user.AccessChange{Revokes: true}},
		"an admin leaves":                {auth.Admin, account(self, auth.Admin, user.Active), user.Governing{Roles: auth.Rider}, nil, user.AccessChange{Revokes: true, NeedsAdmin: true}},
		"a blocked admin does not count": {auth.Admin, account("2", auth.Admin, user.Blocked), user.Governing{Roles: auth.Rider}, nil, user.AccessChange{Revokes: true, EndsSessions: true}},
		"both at once":                   {auth.Admin, account("2", auth.Admin, user.Active), user.Governing{Status: user.Blocked, Roles: auth.Rider, Reason: "left"}, nil, user.AccessChange{Revokes: true, EndsSessions: true, NeedsAdmin: true}},
	} {
		t.Run(name, func(t *testing.T) {
			before, a := tc.account, tc.account
			c, err := a.Govern(as(tc.by), tc.change, noon)
			if !errors.Is(err, tc.err) || c.Access != tc.access {
				t.Errorf("got %+v, %v", c, err)
			}
			switch {
			case tc.err != nil && (a != before || !c.IsZero()):
				t.Errorf("a refusal changed %+v to %+v", before, a)
			case tc.err == nil && (a.Version != before.Version+1 || c.Event != user.AccessChanged || c.At != noon):
				t.Errorf("got %+v for %+v", c, a)
			}
		})
	}
	t.Run("blocking needs a reason, which goes with the block", func(t *testing.T) {
		a := account("2", auth.Rider, user.Active)
		_, err := a.Govern(as(auth.Admin), user.Governing{Status: user.Blocked}, noon)
		if got := bad(err); !slices.Equal(got, []string{"reason required"}) {
			t.Errorf("got %v", err)
		}
		for _, tc := range []struct {
			change user.Governing
			want   string
		}{{block, "fraud"}, {user.Governing{Reason: "another"}, "another"}, {user.Governing{Status: user.Active, Reason: "sorry"}, ""}} {
			if _, err := a.Govern(as(auth.Admin), tc.change, noon); err != nil || a.BlockedFor != tc.want {
				t.Errorf("%+v: got %q, %v", tc.change, a.BlockedFor, err)
			}
		}
	})
	t.Run("what is so already changes nothing", func(t *testing.T) {
		for _, g := range []user.Governing{{}, {Status: user.Active}, {Roles: auth.Rider}, {Reason: "no block, no reason"}} {
			a := account("2", auth.Rider, user.Active)
			if c, err := a.Govern(as(auth.Admin), g, noon); err != nil || !c.IsZero() || a.Version != 1 {
				t.Errorf("%+v: got %+v, %v", g, c, err)
			}
		}
	})
}

// revoked is the list of what is revoked.
func (o office) revoked(t *testing.T) []user.Revocation {
	t.Helper()
	page, err := o.Revocations(t.Context(), 0, 100)
	if err != nil {
		t.Fatal(err)
	}
	return page.Items
}

func (o office) signIn(t *testing.T) user.Grant {
	t.Helper()
	grant, err := o.SignIn(t.Context(), user.SignIn{Email: "ada@example.org", Password: "correct horse"})
	if err != nil {
		t.Fatal(err)
	}
	return grant
}

// session is that of a token that readable wrote.
func session(g user.Grant) string { return strings.Split(g.AccessToken, " ")[1] }

func TestSignOut(t *testing.T) {
	o := newOffice(t)
	out, stays := o.signUp(t, ada()), o.signIn(t)
	for range 2 {
		if err := o.SignOut(t.Context(), session(out)); err != nil {
			t.Fatal(err)
		}
	}
	_, err := o.Refresh(t.Context(), out.RefreshToken)
	expectError(t, err, user.ErrBadRefreshToken)
	if _, err := o.Refresh(t.Context(), stays.RefreshToken); err != nil {
		t.Error(err)
	}
	if got := o.revoked(t); len(got) != 1 || got[0].Session != session(out) || got[0].Until != noon.Add(user.RevokedFor) {
		t.Errorf("got %+v", got)
	}
	o.clock.Advance(user.RevokedFor)
	if err := o.Tidy(t.Context()); err != nil || len(o.revoked(t)) != 0 {
		t.Errorf("got %v, %v", o.revoked(t), err)
	}
}

func TestSpentTokenRevokes(t *testing.T) {
	o := newOffice(t)
	first := o.signUp(t, ada())
	if _, err := o.Refresh(t.Context(), first.RefreshToken); err != nil || len(o.revoked(t)) != 0 {
		t.Fatalf("got %v, %v", o.revoked(t), err)
	}
	o.clock.Advance(time.Minute)
	for range 2 {
		_, err := o.Refresh(t.Context(), first.RefreshToken)
		expectError(t, err, user.ErrBadRefreshToken)
	}
	if got := o.revoked(t); len(got) != 1 || got[0].Session != session(first) {
		t.Errorf("got %+v", got)
	}
}

func TestBlock(t *testing.T) {
	o := newOffice(t)
	grant := o.signUp(t, ada())
	staff := auth.Principal{Subject: "1", Roles: auth.Support}
	if _, err := o.Govern(t.Context(), staff, grant.Account.ID, user.Governing{Status: user.Blocked, Reason: "fraud"}); err != nil {
		t.Fatal(err)
	}
	if got := o.revoked(t); len(got) != 1 || got[0].Subject != grant.Account.ID || got[0].Before != 2 || got[0].Session+got[0].Spared != "" {
		t.Errorf("got %+v", got)
	}
	t.Run("the owner is told why, a stranger nothing", func(t *testing.T) {
		_, err := o.SignIn(t.Context(), user.SignIn{Email: "ada@example.org", Password: "correct horse"})
		expectError(t, err, user.ErrAccountBlocked)
		_, err = o.Refresh(t.Context(), grant.RefreshToken)
		expectError(t, err, user.ErrAccountBlocked)
		_, err = o.Refresh(t.Context(), "x")
		expectError(t, err, user.ErrBadRefreshToken)
		o.passwords.checked = nil
		_, err = o.SignIn(t.Context(), user.SignIn{Email: "ada@example.org", Password: "wrong horse"})
		expectError(t, err, user.ErrBadCredentials)
		if len(o.passwords.checked) != 1 {
			t.Errorf("checked %q", o.passwords.checked)
		}
	})
	t.Run("as long as a trip is not over, the owner may end it, and nothing else", func(t *testing.T) {
		holds := sqlite.Holds{Store: o.store}
		at := o.clock.Now()
		_, err := holds.Place(t.Context(), "trip", grant.Account.ID, func(w user.Wallet) (user.Hold, user.Change, error) {
			return user.NewHold(counter(), "trip", w, money.Of(0), at)
		})
		expectError(t, err, nil)
		in := o.signIn(t)
		if !strings.HasSuffix(in.AccessToken, " blocked") || in.Account.Status != user.Blocked {
			t.Errorf("got %+v", in)
		}
		again, err := o.Refresh(t.Context(), in.RefreshToken)
		if err != nil || !strings.HasSuffix(again.AccessToken, " blocked") {
			t.Errorf("got %+v, %v", again, err)
		}
		_, err = holds.Update(t.Context(), "trip", func(h *user.Hold) (user.Change, error) { return h.Release(counter(), at) })
		expectError(t, err, nil)
		_, err = o.Refresh(t.Context(), again.RefreshToken)
		expectError(t, err, user.ErrAccountBlocked)
		_, err = o.SignIn(t.Context(), user.SignIn{Email: "ada@example.org", Password: "correct horse"})
		expectError(t, err, user.ErrAccountBlocked)
	})
	t.Run("unblocked, one signs in anew", func(t *testing.T) {
		if _, err := o.Govern(t.Context(), staff, grant.Account.ID, user.Governing{Status: user.Active}); err != nil {
			t.Fatal(err)
		}
		_, err := o.Refresh(t.Context(), grant.RefreshToken)
		expectError(t, err, user.ErrBadRefreshToken)
		o.signIn(t)
		account, err := o.Account(t.Context(), grant.Account.ID)
		if got := o.revoked(t); err != nil || len(got) != 2 || got[1].Subject != account.ID || got[1].Before != account.Version {
			t.Errorf("a token from the block counts on: %+v, %v", got, err)
		}
	})
}

func TestChangePassword(t *testing.T) {
	o := newOffice(t)
	here, there := o.signUp(t, ada()), o.signIn(t)
	change := user.ChangePassword{AccountID: here.Account.ID, SessionID: session(here), Password: "correct horse", NewPassword: "better horse"}
	t.Run("refused", func(t *testing.T) {
		wrong, short, empty := change, change, change
		wrong.Password, short.NewPassword, empty.Password = "wrong horse", "short", ""
		expectError(t, o.ChangePassword(t.Context(), wrong), user.ErrBadCredentials)
		expectError(t, o.ChangePassword(t.Context(), empty), user.ErrBadCredentials)
		if got := bad(o.ChangePassword(t.Context(), short)); !slices.Equal(got, []string{"new_password too_short"}) {
			t.Errorf("got %v", got)
		}
		if o.signIn(t); len(o.revoked(t)) != 0 {
			t.Errorf("got %+v", o.revoked(t))
		}
	})
	if err := o.ChangePassword(t.Context(), change); err != nil {
		t.Fatal(err)
	}
	if got := o.revoked(t); len(got) != 1 || got[0].Before != 2 || got[0].Spared != session(here) {
		t.Errorf("got %+v", got)
	}
	if _, err := o.Refresh(t.Context(), here.RefreshToken); err != nil {
		t.Error(err)
	}
	_, err := o.Refresh(t.Context(), there.RefreshToken)
	expectError(t, err, user.ErrBadRefreshToken)
	_, err = o.SignIn(t.Context(), user.SignIn{Email: "ada@example.org", Password: "correct horse"})
	expectError(t, err, user.ErrBadCredentials)
	if _, err := o.SignIn(t.Context(), user.SignIn{Email: "ada@example.org", Password: "better horse"}); err != nil {
		t.Error(err)
	}
	expectError(t, o.ChangePassword(t.Context(), change), user.ErrBadCredentials)
}

// TestChangedMeanwhile has the account change while its password is being checked: what
// was right when it began is asked for again.
func TestChangedMeanwhile(t *testing.T) {
	t.Run("the password", func(t *testing.T) {
		o := newOffice(t)
		grant := o.signUp(t, ada())
		o.passwords.after(t, func() {
			if err := o.ChangePassword(t.Context(), user.ChangePassword{AccountID: grant.Account.ID, SessionID: session(grant),
				Password: "correct horse", NewPassword: "better horse"}); err != nil {
				t.Error(err)
			}
		})
		_, err := o.SignIn(t.Context(), user.SignIn{Email: "ada@example.org", Password: "correct horse"})
		expectError(t, err, user.ErrBadCredentials)
	})
	t.Run("a block", func(t *testing.T) {
		o := newOffice(t)
		grant := o.signUp(t, ada())
		o.passwords.after(t, func() {
			if _, err := o.Govern(t.Context(), auth.Principal{Subject: "1", Roles: auth.Admin}, grant.Account.ID,
				user.Governing{Status: user.Blocked, Reason: "fraud"}); err != nil {
				t.Error(err)
			}
		})
		_, err := o.SignIn(t.Context(), user.SignIn{Email: "ada@example.org", Password: "correct horse"})
		expectError(t, err, user.ErrAccountBlocked)
	})
}
