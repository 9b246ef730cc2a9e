package adaptertest

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"freecar/internal/auth"
	"freecar/internal/errs"
	"freecar/internal/events"
	"freecar/internal/ids"
	"freecar/user"
)

// Accounts holds the keeper of accounts to its contract.
func Accounts(t *testing.T, open Open) {
	t.Run("what is saved comes back equal, under each of its names", func(t *testing.T) { accountRoundTrip(t, open) })
	t.Run("what is not there is NotFound, and a cursor of ours is needed", func(t *testing.T) { accountMissing(t, open) })
	t.Run("an address and a number belong to one account", func(t *testing.T) { accountDuplicate(t, open) })
	t.Run("of many with one address, one is saved", func(t *testing.T) { accountRace(t, open) })
	t.Run("accounts without an address or a number do not collide", func(t *testing.T) { accountNoNames(t, open) })
	t.Run("there is one first admin, however many ask at once", func(t *testing.T) { firstAdmin(t, open) })
	t.Run("a change is saved with its event, or not at all", func(t *testing.T) { accountUpdate(t, open) })
	t.Run("however many admins leave at once, one stays", func(t *testing.T) { lastAdmin(t, open) })
	t.Run("an erased account leaves a tombstone and balanced books", func(t *testing.T) { accountErase(t, open) })
	t.Run("an account that is needed is not erased", func(t *testing.T) { accountEraseRefused(t, open) })
	t.Run("a trip and an erasure at once: one of them", func(t *testing.T) { accountEraseRace(t, open) })
	t.Run("filters choose", func(t *testing.T) { accountFilters(t, open) })
	t.Run("pages joined are the whole set while accounts are added", func(t *testing.T) { accountPages(t, open) })
}

func person(email, phone string) user.Person {
	return user.Person{Email: user.Email(email), Phone: user.Phone(phone), Name: "Ada Lovelace"}
}

func newAccount(p user.Person, roles auth.Roles, at time.Time) (user.Account, user.Change, user.Session) {
	a, c := user.NewAccount(ids.NewAccount(), p, roles, "$hash$", at)
	s, _ := user.StartSession(newID(), user.AccountSubject, a.ID, at)
	return a, c, s
}

func openAccount(t *testing.T, s Store, p user.Person, at time.Time) user.Account {
	t.Helper()
	a, c, session := newAccount(p, auth.Rider, at)
	ok(t, s.Accounts.Open(t.Context(), a, c, session))
	return a
}

func accountRoundTrip(t *testing.T, open Open) {
	s, again := open(t)
	p := person("ada@example.org", "+4930123456")
	p.WeChat = "o-1"
	want, c, session := newAccount(p, auth.Rider|auth.Finance, start)
	ok(t, s.Accounts.Open(t.Context(), want, c, session))
	s = again()
	for _, got := range []user.Account{
		must[user.Account](t)(s.Accounts.Account(t.Context(), want.ID)),
		must[user.Account](t)(s.Accounts.ByEmail(t.Context(), want.Email)),
		must[user.Account](t)(s.Accounts.ByPhone(t.Context(), want.Phone)),
		must[user.Account](t)(s.Accounts.ByWeChat(t.Context(), want.WeChat)),
	} {
		if got != want {
			t.Errorf("got  %+v\nwant %+v", got, want)
		}
	}
	kept := use(t, s, session.Current, func(*user.Session) error { return nil })
	if kept != session {
		t.Errorf("got  %+v\nwant %+v", kept, session)
	}
	expectEvents(t, s, want.ID, user.AccountRegistered)
	for _, e := range must[[]events.Event](t)(s.History(t.Context(), want.ID)) {
		for _, private := range []string{"ada", "Lovelace", "4930123456", "hash", "o-1"} {
			if strings.Contains(string(e.Data), private) {
				t.Errorf("the event says %q: %s", private, e.Data)
			}
		}
	}
}

func accountMissing(t *testing.T, open Open) {
	s, _ := open(t)
	_, byID := s.Accounts.Account(t.Context(), ids.NewAccount())
	_, byEmail := s.Accounts.ByEmail(t.Context(), "nobody@example.org")
	_, byPhone := s.Accounts.ByPhone(t.Context(), "+4930000000")
	_, byWeChat := s.Accounts.ByWeChat(t.Context(), "o-9")
	for _, err := range []error{byID, byEmail, byPhone, byWeChat} {
		expectKind(t, err, errs.NotFound)
	}
	for _, cursor := range []string{"!", "-", "1-", "1-x", "x", newID()} {
		_, err := s.Accounts.Accounts(t.Context(), user.AccountFilter{Paging: user.Paging{Limit: 1, Cursor: cursor}})
		expectKind(t, err, errs.Invalid)
	}
}

func accountDuplicate(t *testing.T, open Open) {
	s, _ := open(t)
	known := person("ada@example.org", "+4930123456")
	known.WeChat = "o-1"
	first := openAccount(t, s, known, start)
	for _, p := range []user.Person{{WeChat: "o-1"}, person("ada@example.org", ""), person("", "+4930123456"), person("eve@example.org", "+4930123456")} {
		a, c, session := newAccount(p, auth.Rider, start)
		expect(t, s.Accounts.Open(t.Context(), a, c, session), user.ErrAccountExists)
		_, _, err := s.Sessions.Use(t.Context(), session.Current, func(*user.Session) error { return nil })
		expectKind(t, err, errs.NotFound)
		expectEvents(t, s, a.ID)
	}
	_, c, session := newAccount(person("", ""), auth.Rider, start)
	taken, _ := user.NewAccount(first.ID, person("eve@example.org", ""), auth.Rider, "h", start)
	expect(t, s.Accounts.Open(t.Context(), taken, c, session), user.ErrIDTaken)
	_, err := s.Accounts.ByEmail(t.Context(), "eve@example.org")
	expectKind(t, err, errs.NotFound)
}

func accountRace(t *testing.T, open Open) {
	s, again := open(t)
	stores := []Store{s, again()}
	if won := race(t, user.ErrAccountExists, func(i int) error {
		a, c, session := newAccount(person("ada@example.org", fmt.Sprintf("+4930%06d", i)), auth.Rider, start)
		return stores[i%2].Accounts.Open(t.Context(), a, c, session)
	}); won != 1 {
		t.Errorf("%d accounts have one address", won)
	}
}

func accountNoNames(t *testing.T, open Open) {
	s, _ := open(t)
	for i := range 3 {
		openAccount(t, s, person(fmt.Sprintf("%d@example.org", i), ""), start)
		openAccount(t, s, person("", fmt.Sprintf("+493000000%d", i)), start)
	}
	if all := must[user.Page[user.Account]](t)(s.Accounts.Accounts(t.Context(), user.AccountFilter{Paging: user.Paging{Limit: 10}})); len(all.Items) != 6 || all.Next != "" {
		t.Errorf("got %d accounts and next %q", len(all.Items), all.Next)
	}
}

func firstAdmin(t *testing.T, open Open) {
	s, again := open(t)
	openAccount(t, s, person("ada@example.org", ""), start)
	if must[bool](t)(s.Accounts.HasAdmin(t.Context())) {
		t.Error("a rider is an admin")
	}
	a, c, _ := newAccount(person("ada@example.org", ""), auth.Admin, start)
	if opened, err := s.Accounts.OpenFirstAdmin(t.Context(), a, c); opened || err == nil {
		t.Errorf("got %t, %v for an address in use", opened, err)
	}
	stores := []Store{s, again()}
	if won := race(t, errNotOpened, func(i int) error {
		a, c, _ := newAccount(person(fmt.Sprintf("%d@example.org", i), ""), auth.Admin|auth.Support, start)
		opened, err := stores[i%2].Accounts.OpenFirstAdmin(t.Context(), a, c)
		if err == nil && !opened {
			return errNotOpened
		}
		return err
	}); won != 1 || !must[bool](t)(s.Accounts.HasAdmin(t.Context())) {
		t.Errorf("%d first admins", won)
	}
}

var errNotOpened = errs.E(errs.Conflict, "not_opened", "")

func accountPages(t *testing.T, open Open) {
	s, _ := open(t)
	n := 0
	add := func(at time.Time) string {
		n++
		return openAccount(t, s, person(fmt.Sprintf("%d@example.org", n), ""), at).ID
	}
	var want []string
	for i := range 10 { // two at a time, so that the order needs more than the time
		want = append(want, add(start.Add(time.Duration(i/2)*time.Second)))
	}
	got := walk(t, func(p user.Paging) (user.Page[user.Account], error) {
		return s.Accounts.Accounts(t.Context(), user.AccountFilter{Paging: p})
	},
		func() { add(start.Add(time.Hour)) })
	if !slices.IsSortedFunc(got, func(a, b user.Account) int { return b.CreatedAt.Compare(a.CreatedAt) }) {
		t.Error("not the newest first")
	}
	var ids []string
	for _, a := range got {
		ids = append(ids, a.ID)
	}
	slices.Sort(ids)
	slices.Sort(want)
	if !slices.Equal(ids, want) {
		t.Errorf("got  %v\nwant %v", ids, want)
	}
}
