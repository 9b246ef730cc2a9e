package adaptertest

import (
	"errors"
	"slices"
	"testing"
	"time"

	"freecar/internal/auth"
	"freecar/internal/errs"
	"freecar/user"
)

// Sessions holds the keeper of sessions to its contract.
func Sessions(t *testing.T, open Open) {
	t.Run("a session is found by every token it ever had", func(t *testing.T) { sessionTokens(t, open) })
	t.Run("its subject's version comes with it", func(t *testing.T) { sessionVersion(t, open) })
	t.Run("a token that nobody has is NotFound", func(t *testing.T) { sessionMissing(t, open) })
	t.Run("a failed change saves nothing", func(t *testing.T) { sessionRollback(t, open) })
	t.Run("many that use one token leave one that counts", func(t *testing.T) { sessionRace(t, open) })
	t.Run("those of a subject that live, the newest first", func(t *testing.T) { sessionsOf(t, open) })
	t.Run("only what is over is forgotten", func(t *testing.T) { sessionForget(t, open) })
	t.Run("so are tokens that were spent long ago", func(t *testing.T) { sessionForgetSpent(t, open) })
}

func startSession(t *testing.T, s Store, at time.Time) user.Session {
	t.Helper()
	d, _, c := user.NewDevice(newID(), "Box 7", nil, at)
	ok(t, s.Devices.Register(t.Context(), d, c))
	session, _ := user.StartSession(newID(), user.DeviceSubject, d.ID, at)
	ok(t, s.Sessions.Start(t.Context(), session, d.Version))
	return session
}

func look(*user.Session) error { return nil }

// use changes the session of a token.
func use(t *testing.T, s Store, token user.SecretHash, change func(*user.Session) error) user.Session {
	t.Helper()
	session, _, err := s.Sessions.Use(t.Context(), token, change)
	ok(t, err)
	return session
}

func sessionTokens(t *testing.T, open Open) {
	s, again := open(t)
	session := startSession(t, s, start)
	tokens := []user.SecretHash{session.Current, user.HashSecret("second"), user.HashSecret("third")}
	for i, next := range tokens[1:] {
		session = use(t, s, tokens[i], func(x *user.Session) error {
			if !x.Rotate(tokens[i], next, start.Add(time.Hour)) {
				t.Error("not rotated")
			}
			return nil
		})
	}
	s = again()
	for _, token := range tokens {
		if got := use(t, s, token, look); got != session || got.Current != tokens[2] {
			t.Errorf("got  %+v\nwant %+v", got, session)
		}
	}
}

func sessionVersion(t *testing.T, open Open) {
	s, _ := open(t)
	session := startSession(t, s, start)
	a := openAccount(t, s, person("ada@example.org", ""), start)
	mine, _ := user.StartSession(newID(), user.AccountSubject, a.ID, start)
	ok(t, s.Sessions.Start(t.Context(), mine, 1))
	must[user.Account](t)(govern(s, t, a.ID, user.Governing{Roles: auth.Rider | auth.Fleet}))
	must[user.Device](t)(s.Devices.Update(t.Context(), session.SubjectID, func(d *user.Device) (user.Change, error) { return d.Revoke(start), nil }))
	for _, x := range []user.Session{session, mine} {
		if _, version, err := s.Sessions.Use(t.Context(), x.Current, look); err != nil || version != 2 {
			t.Errorf("of a %s: got version %d, %v", x.Kind, version, err)
		}
	}
}

func sessionMissing(t *testing.T, open Open) {
	s, _ := open(t)
	_, _, err := s.Sessions.Use(t.Context(), user.HashSecret("x"), func(*user.Session) error { t.Error("changed what is not there"); return nil })
	expectKind(t, err, errs.NotFound)
}

func sessionRollback(t *testing.T, open Open) {
	s, _ := open(t)
	session, refused := startSession(t, s, start), errors.New("refused")
	_, _, err := s.Sessions.Use(t.Context(), session.Current, func(x *user.Session) error {
		x.Rotate(session.Current, user.HashSecret("next"), start)
		return refused
	})
	expect(t, err, refused)
	if got := use(t, s, session.Current, look); got != session {
		t.Errorf("got %+v", got)
	}
	_, _, err = s.Sessions.Use(t.Context(), user.HashSecret("next"), look)
	expectKind(t, err, errs.NotFound)
}

// sessionRace has an answer be lost many times at once.
func sessionRace(t *testing.T, open Open) {
	s, again := open(t)
	stores := []Store{s, again()}
	session := startSession(t, s, start)
	spent := errors.New("spent")
	rotate := func(s Store, next user.SecretHash, at time.Time) error {
		rotated := false
		_, _, err := s.Sessions.Use(t.Context(), session.Current, func(x *user.Session) error {
			rotated = x.Rotate(session.Current, next, at)
			return nil
		})
		if err == nil && !rotated {
			return spent
		}
		return err
	}
	next := make([]user.SecretHash, racers)
	if won := race(t, spent, func(i int) error {
		next[i] = user.HashSecret(newID())
		return rotate(stores[i%2], next[i], start)
	}); won != racers {
		t.Errorf("%d rotated", won)
	}
	if got := use(t, s, session.Current, look); !got.Alive(start) || got.Previous != session.Current || !slices.Contains(next, got.Current) {
		t.Errorf("got %+v", got)
	}
	late := start.Add(time.Minute)
	expect(t, rotate(s, user.HashSecret(newID()), late), spent)
	if got := use(t, s, session.Current, look); got.Alive(late) {
		t.Errorf("the session lives on: %+v", got)
	}
}

func sessionForget(t *testing.T, open Open) {
	s, _ := open(t)
	expired, fresh := startSession(t, s, start.Add(-31*24*time.Hour)), startSession(t, s, start)
	ended := startSession(t, s, start)
	use(t, s, ended.Current, func(x *user.Session) error { x.EndedAt = start; return nil })
	ok(t, s.Sessions.Forget(t.Context(), start.Add(time.Minute), start))
	for _, gone := range []user.Session{expired, ended} {
		_, _, err := s.Sessions.Use(t.Context(), gone.Current, look)
		expectKind(t, err, errs.NotFound)
	}
	if got := use(t, s, fresh.Current, look); got != fresh {
		t.Errorf("got %+v", got)
	}
}

func sessionForgetSpent(t *testing.T, open Open) {
	s, _ := open(t)
	session := startSession(t, s, start)
	tokens := []user.SecretHash{session.Current, user.HashSecret("second"), user.HashSecret("third")}
	for i, next := range tokens[1:] {
		use(t, s, tokens[i], func(x *user.Session) error {
			x.Rotate(tokens[i], next, start.Add(time.Duration(i)*time.Hour))
			return nil
		})
	}
	ok(t, s.Sessions.Forget(t.Context(), start, start.Add(time.Hour)))
	_, _, err := s.Sessions.Use(t.Context(), tokens[0], look)
	expectKind(t, err, errs.NotFound)
	for _, token := range tokens[1:] {
		if got := use(t, s, token, look); got.ID != session.ID || got.Current != tokens[2] {
			t.Errorf("got %+v", got)
		}
	}
}

func sessionsOf(t *testing.T, open Open) {
	s, _ := open(t)
	first := startSession(t, s, start)
	startSession(t, s, start) // of another
	more := func(at time.Time) user.Session {
		session, _ := user.StartSession(newID(), user.DeviceSubject, first.SubjectID, at)
		ok(t, s.Sessions.Start(t.Context(), session, 1))
		return session
	}
	more(start.Add(-31 * 24 * time.Hour))
	ended, last := more(start), more(start.Add(time.Hour))
	ok(t, s.Sessions.End(t.Context(), ended.ID, start))
	got := must[[]user.Session](t)(s.Sessions.Of(t.Context(), first.SubjectID, start.Add(2*time.Hour)))
	if len(got) != 2 || got[0] != last || got[1] != first {
		t.Errorf("got %+v", got)
	}
}
