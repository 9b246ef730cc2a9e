package user_test

import (
	"context"
	"slices"
	"testing"

	"freecar/internal/auth"
	"freecar/internal/errs"
	"freecar/internal/money"
	"freecar/user"
)

func text(s string) *string { return &s }

func TestChangeMe(t *testing.T) {
	o := newOffice(t)
	me := o.signUp(t, ada()).Account
	o.signUp(t, user.SignUp{Email: "eve@example.org", Password: "12345678", Name: "Eve"})
	for name, tc := range map[string]struct {
		user.ChangeMe
		want []string // of bad fields
		err  error
	}{
		"all that is wrong":        {user.ChangeMe{Name: text(" "), Email: text("x"), Phone: text("y")}, []string{"name required", "email invalid", "phone invalid"}, nil},
		"no password":              {user.ChangeMe{Email: text("ada@example.com")}, []string{"password required"}, nil},
		"a wrong password":         {user.ChangeMe{Phone: text("+4930999999"), Password: "wrong horse"}, nil, user.ErrBadCredentials},
		"the address of another":   {user.ChangeMe{Email: text("EVE@example.org"), Password: "correct horse"}, nil, user.ErrAccountExists},
		"nothing to be reached by": {user.ChangeMe{Email: text(""), Phone: text(""), Password: "correct horse"}, []string{"email required"}, nil},
	} {
		tc.AccountID = me.ID
		_, err := o.ChangeMe(t.Context(), tc.ChangeMe)
		if tc.err != nil {
			expectError(t, err, tc.err)
		} else if got := bad(err); !slices.Equal(got, tc.want) {
			t.Errorf("%s: got %v, want %q", name, err, tc.want)
		}
	}
	if got, err := o.Account(t.Context(), me.ID); err != nil || got != me {
		t.Errorf("a refusal changed it: %+v, %v", got, err)
	}
	t.Run("a name needs no password, and what is so already changes nothing", func(t *testing.T) {
		for range 2 {
			got, err := o.ChangeMe(t.Context(), user.ChangeMe{AccountID: me.ID, Name: text(" Ada L. "), Email: text("ADA@example.org")})
			if err != nil || got.Name != "Ada L." || got.Email != me.Email || got.Version != 2 {
				t.Errorf("got %+v, %v", got, err)
			}
		}
	})
	t.Run("one signs in by the new address", func(t *testing.T) {
		got, err := o.ChangeMe(t.Context(), user.ChangeMe{AccountID: me.ID, Email: text("Ada@Example.com"), Phone: text(""), Password: "correct horse"})
		if err != nil || got.Email != "ada@example.com" || got.Phone != "" || got.Version != 3 || len(o.revoked(t)) != 0 {
			t.Fatalf("got %+v, %v", got, err)
		}
		_, err = o.SignIn(t.Context(), user.SignIn{Email: "ada@example.org", Password: "correct horse"})
		expectError(t, err, user.ErrBadCredentials)
		if _, err := o.SignIn(t.Context(), user.SignIn{Email: "ada@example.com", Password: "correct horse"}); err != nil {
			t.Error(err)
		}
	})
}

// accounts is the port under a name that its own method Accounts does not hide.
type accounts = user.Accounts

// late is Accounts before whose next change something happens.
type late struct {
	accounts
	first func()
}

func (l *late) Update(ctx context.Context, id string, change func(*user.Account) (user.Change, error)) (user.Account, error) {
	if first := l.first; first != nil {
		l.first = nil
		first()
	}
	return l.accounts.Update(ctx, id, change)
}

// TestChangeBack has the owner take another address while somebody without the password
// asks for the one that the account has.
func TestChangeBack(t *testing.T) {
	store := &late{}
	o := newOfficeWith(t, func(c *user.PeopleConfig) {
		store.accounts = c.Accounts
		c.Accounts = store
	})
	me := o.signUp(t, ada()).Account
	store.first = func() {
		if _, err := o.ChangeMe(t.Context(), user.ChangeMe{AccountID: me.ID, Email: text("safe@example.org"), Password: "correct horse"}); err != nil {
			t.Error(err)
		}
	}
	_, err := o.ChangeMe(t.Context(), user.ChangeMe{AccountID: me.ID, Name: text("Eve"), Email: text("ada@example.org")})
	expectError(t, err, user.ErrBadCredentials)
	if got, err := o.Account(t.Context(), me.ID); err != nil || got.Email != "safe@example.org" || got.Name != "Ada" {
		t.Errorf("got %+v, %v", got, err)
	}
}

func TestErase(t *testing.T) {
	o := newOffice(t)
	grant := o.signUp(t, ada())
	for range 2 {
		if err := o.EraseMe(t.Context(), grant.Account.ID); err != nil {
			t.Fatal(err)
		}
	}
	_, err := o.SignIn(t.Context(), user.SignIn{Email: "ada@example.org", Password: "correct horse"})
	expectError(t, err, user.ErrBadCredentials)
	_, err = o.Refresh(t.Context(), grant.RefreshToken)
	expectError(t, err, user.ErrBadRefreshToken)
	_, err = o.Mine(t.Context(), grant.Account.ID)
	expectError(t, err, auth.ErrUnauthenticated)
	_, err = o.Govern(t.Context(), auth.Principal{Subject: "1", Roles: auth.Admin}, grant.Account.ID, user.Governing{Status: user.Active})
	expectError(t, err, user.ErrAccountErased)
	_, err = o.ChangeMe(t.Context(), user.ChangeMe{AccountID: grant.Account.ID, Name: text("Ada")})
	expectError(t, err, auth.ErrUnauthenticated)
	expectError(t, o.ChangePassword(t.Context(), user.ChangePassword{AccountID: grant.Account.ID, NewPassword: "better horse"}), auth.ErrUnauthenticated)
	if a, err := o.Account(t.Context(), grant.Account.ID); err != nil || a.Status != user.Erased || a.PasswordHash != "" || a.Name != "" || a.Roles != 0 {
		t.Errorf("got %+v, %v", a, err)
	}
	if errs.KindOf(o.EraseMe(t.Context(), "1")) != errs.NotFound {
		t.Error("nobody was erased")
	}
	o.signUp(t, ada())
}

func TestAccountErase(t *testing.T) {
	newID := func() string { return "entry" }
	for name, tc := range map[string]struct {
		estate  user.Estate
		want    error
		entries int
	}{
		"nothing":                 {user.Estate{}, nil, 0},
		"money":                   {user.Estate{Wallet: user.Wallet{Available: money.Of(5)}}, nil, 1},
		"a hold":                  {user.Estate{Holds: true}, user.ErrRentalLive, 0},
		"money that is set aside": {user.Estate{Wallet: user.Wallet{Available: money.Of(-5), Held: money.Of(5)}}, user.ErrRentalLive, 0},
		"a debt":                  {user.Estate{Wallet: user.Wallet{Available: money.Of(-1)}}, user.ErrInDebt, 0},
		"money on its way":        {user.Estate{Pending: true}, user.ErrTopUpPending, 0},
	} {
		a, _ := user.NewAccount("1", user.Person{Email: "ada@example.org", Name: "Ada"}, auth.Rider, "h", noon)
		c, err := a.Erase(newID, tc.estate, noon)
		expectError(t, err, tc.want)
		if len(c.Entries) != tc.entries || (a.Status == user.Erased) != (tc.want == nil) {
			t.Errorf("%s: got %+v, %+v", name, a, c)
		}
	}
}
