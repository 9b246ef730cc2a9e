package user_test

import (
	"context"
	"errors"
	"testing"

	"freecar/internal/auth"
	"freecar/internal/clock"
	"freecar/internal/ids"
	"freecar/internal/money"
	"freecar/internal/photo"
	"freecar/user"
	"freecar/user/internal/adapter/sqlite"
)

// TestOwnerWasFaster: what was proven of an account that has changed since changes nothing.
func TestOwnerWasFaster(t *testing.T) {
	open := func(t *testing.T) (office, *late, *mini) {
		t.Helper()
		store, m := &late{}, newMini()
		return newOfficeWith(t, func(c *user.PeopleConfig) {
			store.accounts, c.WeChat = c.Accounts, m
			c.Accounts = store
		}), store, m
	}
	erased := func(t *testing.T, o office, id string) func() {
		return func() {
			if err := o.EraseMe(t.Context(), id); err != nil {
				t.Error(err)
			}
		}
	}
	forgotten := func(t *testing.T, o office, id string) {
		t.Helper()
		if a, err := o.Account(t.Context(), id); err != nil || a.Status != user.Erased || a.Name != "" || a.PasswordHash != "" {
			t.Errorf("got %+v, %v", a, err)
		}
	}
	t.Run("an erased account takes no name", func(t *testing.T) {
		o, store, _ := open(t)
		me := o.signUp(t, ada()).Account
		store.first = erased(t, o, me.ID)
		_, err := o.ChangeMe(t.Context(), user.ChangeMe{AccountID: me.ID, Name: text("Eve")})
		expectError(t, err, user.ErrBadCredentials)
		forgotten(t, o, me.ID)
	})
	t.Run("nor a first password", func(t *testing.T) {
		o, store, m := open(t)
		in, err := o.SignInWeChat(t.Context(), m.code("o-1"), "")
		if err != nil {
			t.Fatal(err)
		}
		store.first = erased(t, o, in.Account.ID)
		expectError(t, o.ChangePassword(t.Context(), user.ChangePassword{AccountID: in.Account.ID, NewPassword: "battery staple"}), user.ErrBadCredentials)
		forgotten(t, o, in.Account.ID)
	})
	t.Run("a password that is not the last any more proves nothing", func(t *testing.T) {
		o, store, _ := open(t)
		me := o.signUp(t, ada()).Account
		change := func(next string) error {
			return o.ChangePassword(t.Context(), user.ChangePassword{AccountID: me.ID, Password: "correct horse", NewPassword: next})
		}
		store.first = func() { expectError(t, change("owner's choice"), nil) }
		expectError(t, change("thief's choice"), user.ErrBadCredentials)
		if a, err := o.Account(t.Context(), me.ID); err != nil || a.PasswordHash != "hash of owner's choice" {
			t.Errorf("got %+v, %v", a, err)
		}
	})
}

// factorsLate is SecondFactors before whose next change something happens.
type factorsLate struct {
	user.SecondFactors
	first func()
}

func (l *factorsLate) Update(ctx context.Context, id string, change func(*user.SecondFactor) error) (user.SecondFactor, error) {
	if first := l.first; first != nil {
		l.first = nil
		first()
	}
	return l.SecondFactors.Update(ctx, id, change)
}

func TestSecondFactorOf(t *testing.T) {
	t.Run("a sign-in from which it was taken meanwhile needs no code", func(t *testing.T) {
		factors := &factorsLate{}
		o := newOfficeWith(t, func(c *user.PeopleConfig) {
			factors.SecondFactors = c.Factors
			c.Factors = factors
		})
		me := o.signUp(t, ada()).Account
		confirm(t, o, me.ID)
		factors.first = func() { dropFactor(t, o, me.ID) }
		_, err := o.SignIn(t.Context(), user.SignIn{Email: "ada@example.org", Password: "correct horse", TOTP: "000000"})
		expectError(t, err, nil)
	})
	t.Run("who signs in by a number is shown by it", func(t *testing.T) {
		o := newOffice(t)
		me := o.signUp(t, user.SignUp{Phone: "+4930123456", Password: "correct horse", Name: "Ada"}).Account
		if secret, err := o.EnrolTOTP(t.Context(), me.ID, "correct horse"); err != nil || secret.URL != "otpauth://+4930123456" {
			t.Errorf("got %+v, %v", secret, err)
		}
	})
	t.Run("operators reset that of an admin alone, also of who has none", func(t *testing.T) {
		o := newOffice(t)
		o.signUp(t, ada())
		expectError(t, o.ResetAdminTOTP(t.Context(), "ada@example.org"), user.ErrNotAdmin)
		rider := user.Account{Roles: auth.Rider}
		if c, err := rider.Relent(noon); !errors.Is(err, user.ErrNotAdmin) || rider.Version != 0 || c.Access.DropsFactor {
			t.Errorf("got %+v, %v", c, err)
		}
	})
}

// holdsAway is Holds whose first change fails.
type holdsAway struct {
	user.Holds
	once error
}

func (h *holdsAway) Update(ctx context.Context, tripID string, change func(*user.Hold) (user.Change, error)) (user.Hold, error) {
	if err := h.once; err != nil {
		h.once = nil
		return user.Hold{}, err
	}
	return h.Holds.Update(ctx, tripID, change)
}

// TestReleaseInAnOutage: a hold that could not be looked for is not one that never was.
func TestReleaseInAnOutage(t *testing.T) {
	store := openStore(t)
	holds := &holdsAway{Holds: sqlite.Holds{Store: store}}
	b := user.NewBank(user.BankConfig{Wallets: sqlite.Wallets{Store: store}, Holds: holds, Clock: clock.NewManual(noon), IDs: ids.Random{}})
	placed := user.PlaceHold{TripID: "trip", AccountID: "1", Amount: money.Of(0)}
	if _, err := b.Hold(t.Context(), placed); err != nil {
		t.Fatal(err)
	}
	holds.once = errAway
	if h, err := b.Release(t.Context(), "trip"); !errors.Is(err, errAway) {
		t.Errorf("got %+v, %v", h, err)
	}
	for range 2 {
		if h, err := b.Release(t.Context(), "trip"); err != nil || h.State != user.Released || h.AccountID != "1" {
			t.Errorf("got %+v, %v", h, err)
		}
	}
}

// TestAvatarInAnOutage: a picture that cannot be asked for now is not one that has not come.
func TestAvatarInAnOutage(t *testing.T) {
	pictures := &album{has: map[string]bool{}}
	shown := user.Avatar{AccountID: "1", Photo: photo.Slot{Current: "1", Next: "2"}}
	g := user.NewGallery(avatarOf{shown}, half{pictures}, clock.NewManual(noon))
	if link, err := g.Avatar(t.Context(), "1"); !errors.Is(err, errAway) {
		t.Errorf("got %+v, %v", link, err)
	}
}

type (
	avatarOf struct{ is user.Avatar }
	half     struct{ user.Pictures }
)

func (a avatarOf) Avatar(context.Context, string) (user.Avatar, error) { return a.is, nil }

func (a avatarOf) Update(context.Context, string, func(*user.Avatar) (user.AvatarChange, error)) (user.Avatar, error) {
	return a.is, nil
}

// Link knows where the picture 1 is, and cannot ask for any other.
func (half) Link(_ context.Context, id string) (photo.Link, error) {
	if id != "1" {
		return photo.Link{}, errAway
	}
	return photo.Link{URL: id}, nil
}
