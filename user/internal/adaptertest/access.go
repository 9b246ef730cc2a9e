package adaptertest

import (
	"fmt"
	"slices"
	"testing"
	"time"

	"freecar/internal/auth"
	"freecar/user"
)

// govern is a change by an admin who is nobody of the store.
func govern(s Store, t *testing.T, id string, g user.Governing) (user.Account, error) {
	by := auth.Principal{Subject: "1", Roles: auth.Admin}
	return s.Accounts.Update(t.Context(), id, func(a *user.Account) (user.Change, error) { return a.Govern(by, g, start) })
}

func openAs(t *testing.T, s Store, email string, roles auth.Roles, at time.Time) user.Account {
	t.Helper()
	a, c, session := newAccount(person(email, ""), roles, at)
	ok(t, s.Accounts.Open(t.Context(), a, c, session))
	return a
}

func accountUpdate(t *testing.T, open Open) {
	s, again := open(t)
	a, other := openAs(t, s, "ada@example.org", auth.Rider, start), openAs(t, s, "eve@example.org", auth.Rider, start)
	saved := must[user.Account](t)(govern(s, t, a.ID, user.Governing{Status: user.Blocked, Reason: "stolen card"}))
	if got := must[user.Account](t)(again().Accounts.Account(t.Context(), a.ID)); got != saved || got.Status != user.Blocked || got.BlockedFor != "stolen card" || got.Version != 2 {
		t.Errorf("got  %+v\nwant %+v", got, saved)
	}
	_, err := s.Accounts.Update(t.Context(), a.ID, func(a *user.Account) (user.Change, error) {
		a.Email = other.Email
		a.Version++
		return user.Change{Event: user.AccessChanged, At: start}, nil
	})
	expect(t, err, user.ErrAccountExists)
	if got := must[user.Account](t)(s.Accounts.Account(t.Context(), a.ID)); got != saved {
		t.Errorf("got %+v", got)
	}
	expectEvents(t, s, a.ID, user.AccountRegistered, user.AccessChanged)
	expectEvents(t, s, other.ID, user.AccountRegistered)
}

// lastAdmin has all admins make riders of one another at once: one stays.
func lastAdmin(t *testing.T, open Open) {
	s, again := open(t)
	stores, admins := []Store{s, again()}, make([]user.Account, racers)
	for i := range admins {
		admins[i] = openAs(t, s, fmt.Sprintf("%d@example.org", i), auth.Admin, start)
	}
	must[user.Account](t)(govern(s, t, openAs(t, s, "blocked@example.org", auth.Admin, start).ID, user.Governing{Status: user.Blocked, Reason: "left"}))
	if won := race(t, user.ErrLastAdmin, func(i int) error {
		_, err := govern(stores[i%2], t, admins[i].ID, user.Governing{Roles: auth.Rider})
		return err
	}); won != racers-1 {
		t.Errorf("%d of %d left", won, racers)
	}
}

func accountFilters(t *testing.T, open Open) {
	s, _ := open(t)
	ada := openAccount(t, s, user.Person{Email: "ada@example.org", Phone: "+4930111111", Name: "Ada Lovelace"}, start)
	eve := openAccount(t, s, user.Person{Email: "eve@example.org", Name: "Eve"}, start.Add(time.Second))
	bob := openAs(t, s, "bob@example.org", auth.Support|auth.Rider, start.Add(2*time.Second))
	must[user.Account](t)(govern(s, t, eve.ID, user.Governing{Status: user.Blocked, Reason: "fraud"}))
	for name, tc := range map[string]struct {
		filter user.AccountFilter
		want   []string
	}{
		"nothing":              {user.AccountFilter{}, []string{bob.ID, eve.ID, ada.ID}},
		"an address":           {user.AccountFilter{Email: "ada@example.org"}, []string{ada.ID}},
		"a number":             {user.AccountFilter{Phone: "+4930111111"}, []string{ada.ID}},
		"one that nobody has":  {user.AccountFilter{Email: "x@example.org"}, nil},
		"a status":             {user.AccountFilter{Status: user.Blocked}, []string{eve.ID}},
		"a role":               {user.AccountFilter{Roles: auth.Support}, []string{bob.ID}},
		"part of a name":       {user.AccountFilter{Text: "LOVE"}, []string{bob.ID, ada.ID}},
		"part of an address":   {user.AccountFilter{Text: "Eve@"}, []string{eve.ID}},
		"part of a number":     {user.AccountFilter{Text: "30111"}, []string{ada.ID}},
		"a sign that SQL uses": {user.AccountFilter{Text: "%"}, nil},
		"two things":           {user.AccountFilter{Status: user.Active, Roles: auth.Rider}, []string{bob.ID, ada.ID}},
	} {
		tc.filter.Limit = 10
		var got []string
		for _, a := range must[user.Page[user.Account]](t)(s.Accounts.Accounts(t.Context(), tc.filter)).Items {
			got = append(got, a.ID)
		}
		if !slices.Equal(got, tc.want) {
			t.Errorf("%s: got %v, want %v", name, got, tc.want)
		}
	}
}
