package adaptertest

import (
	"testing"
	"time"

	"freecar/internal/auth"
	"freecar/internal/errs"
	"freecar/user"
)

// Revocations holds the list of what was revoked to its contract, with all that writes it.
func Revocations(t *testing.T, open Open) {
	t.Run("a session that ends is revoked, once", func(t *testing.T) { revokedSession(t, open) })
	t.Run("a change says what becomes of sessions and tokens", func(t *testing.T) { revokedSubject(t, open) })
	t.Run("what is refused revokes nothing", func(t *testing.T) { revokedNot(t, open) })
	t.Run("pages joined are the whole list while it grows", func(t *testing.T) { revokedPages(t, open) })
	t.Run("what is over counts no longer, and no place comes twice", func(t *testing.T) { revokedForget(t, open) })
	t.Run("many at once lose nothing", func(t *testing.T) { revokedRace(t, open) })
}

// revoked is the whole list after a place.
func revoked(t *testing.T, s Store, after int64, now time.Time) user.RevocationPage {
	t.Helper()
	page := must[user.RevocationPage](t)(s.Revoked.After(t.Context(), after, now, 1000))
	if page.More {
		t.Error("there is more than a thousand")
	}
	return page
}

func revokedSession(t *testing.T, open Open) {
	s, again := open(t)
	if page := revoked(t, s, 0, start); len(page.Items) != 0 || page.Next != 0 {
		t.Errorf("at first: %+v", page)
	}
	out, copied, alive := startSession(t, s, start), startSession(t, s, start), startSession(t, s, start)
	for range 2 {
		ok(t, s.Sessions.End(t.Context(), out.ID, start.Add(time.Second)))
	}
	ok(t, s.Sessions.End(t.Context(), newID(), start))
	for range 2 {
		use(t, s, copied.Current, func(x *user.Session) error {
			x.Rotate(user.HashSecret("another"), user.HashSecret("next"), start.Add(time.Second))
			return nil
		})
	}
	use(t, s, alive.Current, func(x *user.Session) error {
		x.Rotate(alive.Current, user.HashSecret("next"), start)
		return nil
	})
	page := revoked(t, again(), 0, start)
	if len(page.Items) != 2 || page.Next != page.Items[1].Seq || page.Items[0].Seq >= page.Items[1].Seq {
		t.Fatalf("got %+v", page)
	}
	for i, session := range []user.Session{out, copied} {
		want := user.Revocation{Seq: page.Items[i].Seq, Subject: session.SubjectID, Session: session.ID, Until: start.Add(time.Second + user.RevokedFor)}
		if page.Items[i] != want {
			t.Errorf("got  %+v\nwant %+v", page.Items[i], want)
		}
	}
	if got := use(t, s, out.Current, look); got.EndedAt != start.Add(time.Second) {
		t.Errorf("ended at %v", got.EndedAt)
	}
}

func revokedSubject(t *testing.T, open Open) {
	s, _ := open(t)
	a, c, first := newAccount(person("ada@example.org", ""), auth.Rider, start)
	ok(t, s.Accounts.Open(t.Context(), a, c, first))
	second, _ := user.StartSession(newID(), user.AccountSubject, a.ID, start)
	ok(t, s.Sessions.Start(t.Context(), second, a.Version))
	bystander := startSession(t, s, start)
	changed := must[user.Account](t)(s.Accounts.Update(t.Context(), a.ID, func(a *user.Account) (user.Change, error) {
		return a.SetPassword("$new$", first.ID, start.Add(time.Minute)), nil
	}))
	if changed.PasswordHash != "$new$" || changed.Version != 2 {
		t.Errorf("got %+v", changed)
	}
	page := revoked(t, s, 0, start)
	want := user.Revocation{Subject: a.ID, Before: 2, Spared: first.ID, Until: start.Add(time.Minute + user.RevokedFor)}
	if len(page.Items) == 1 {
		want.Seq = page.Items[0].Seq
	}
	if len(page.Items) != 1 || page.Items[0] != want {
		t.Errorf("got %+v, want %+v", page, want)
	}
	for session, alive := range map[user.Session]bool{first: true, second: false, bystander: true} {
		if got := use(t, s, session.Current, look); got.Alive(start) != alive {
			t.Errorf("%+v: want alive %t", got, alive)
		}
	}
	late, _ := user.StartSession(newID(), user.AccountSubject, a.ID, start)
	expect(t, s.Sessions.Start(t.Context(), late, a.Version), user.ErrMovedOn)
	ok(t, s.Sessions.Start(t.Context(), late, changed.Version))
	nobody, _ := user.StartSession(newID(), user.AccountSubject, "1", start)
	expect(t, s.Sessions.Start(t.Context(), nobody, 1), user.ErrMovedOn)
	expectEvents(t, s, a.ID, user.AccountRegistered, user.PasswordChanged)
}

func revokedNot(t *testing.T, open Open) {
	s, _ := open(t)
	a, c, session := newAccount(person("ada@example.org", ""), auth.Admin, start)
	ok(t, s.Accounts.Open(t.Context(), a, c, session))
	_, err := s.Accounts.Update(t.Context(), a.ID, func(a *user.Account) (user.Change, error) {
		a.Status = user.Blocked
		return user.Change{Event: user.AccessChanged, At: start, Access: user.AccessChange{Revokes: true, EndsSessions: true, NeedsAdmin: true}}, nil
	})
	expect(t, err, user.ErrLastAdmin)
	_, err = s.Accounts.Update(t.Context(), a.ID, func(a *user.Account) (user.Change, error) {
		a.Status = user.Blocked
		return user.Change{}, nil
	})
	ok(t, err)
	_, err = s.Accounts.Update(t.Context(), "1", func(*user.Account) (user.Change, error) { t.Error("changed nobody"); return user.Change{}, nil })
	expectKind(t, err, errs.NotFound)
	if got := must[user.Account](t)(s.Accounts.Account(t.Context(), a.ID)); got != a {
		t.Errorf("got %+v", got)
	}
	if got := use(t, s, session.Current, look); got != session {
		t.Errorf("got %+v", got)
	}
	if page := revoked(t, s, 0, start); len(page.Items) != 0 {
		t.Errorf("got %+v", page)
	}
	expectEvents(t, s, a.ID, user.AccountRegistered)
}

func revokedPages(t *testing.T, open Open) {
	s, _ := open(t)
	end := func() { ok(t, s.Sessions.End(t.Context(), startSession(t, s, start).ID, start)) }
	for range 7 {
		end()
	}
	var all []user.Revocation
	for after, added := int64(0), false; ; {
		page := must[user.RevocationPage](t)(s.Revoked.After(t.Context(), after, start, 3))
		all, after = append(all, page.Items...), page.Next
		if len(page.Items) > 3 || page.More != (len(page.Items) == 3) {
			t.Errorf("got %+v", page)
		}
		if !page.More && added {
			break
		}
		if !added {
			end()
			added = true
		}
	}
	if len(all) != 8 {
		t.Errorf("got %d", len(all))
	}
	for i := 1; i < len(all); i++ {
		if all[i].Seq <= all[i-1].Seq {
			t.Errorf("out of order: %+v", all)
		}
	}
}

func revokedForget(t *testing.T, open Open) {
	s, again := open(t)
	ok(t, s.Sessions.End(t.Context(), startSession(t, s, start).ID, start))
	place := revoked(t, s, 0, start).Next
	over := start.Add(user.RevokedFor)
	if page := revoked(t, s, 0, over); len(page.Items) != 0 || page.Next != place {
		t.Errorf("got %+v, want place %d", page, place)
	}
	ok(t, s.Revoked.Forget(t.Context(), over.Add(-time.Millisecond)))
	if page := revoked(t, s, 0, start); len(page.Items) != 1 {
		t.Errorf("forgotten early: %+v", page)
	}
	ok(t, s.Revoked.Forget(t.Context(), over))
	s = again()
	if page := revoked(t, s, 0, start); len(page.Items) != 0 || page.Next != place {
		t.Errorf("got %+v, want place %d", page, place)
	}
	ok(t, s.Sessions.End(t.Context(), startSession(t, s, start).ID, start))
	if page := revoked(t, s, place, start); len(page.Items) != 1 || page.Items[0].Seq <= place {
		t.Errorf("got %+v", page)
	}
	if page := revoked(t, s, 1000, start); len(page.Items) != 0 || page.Next >= 1000 {
		t.Errorf("from a place that never was: %+v", page)
	}
}

func revokedRace(t *testing.T, open Open) {
	s, again := open(t)
	stores, sessions := []Store{s, again()}, make([]user.Session, racers)
	for i := range sessions {
		sessions[i] = startSession(t, s, start)
	}
	race(t, nil, func(i int) error { return stores[i%2].Sessions.End(t.Context(), sessions[i].ID, start) })
	if page := revoked(t, s, 0, start); len(page.Items) != racers {
		t.Errorf("got %d of %d", len(page.Items), racers)
	}
}
