package adaptertest

import (
	"testing"
	"time"

	"freecar/user"
)

// Guesses holds the counter of wrong passwords to its contract.
func Guesses(t *testing.T, open Open) {
	ada, bob := user.HashSecret("ada"), user.HashSecret("bob")
	until := start.Add(time.Minute)
	counted := func(t *testing.T, s Store, key user.SecretHash, now time.Time, want int, ends time.Time) {
		t.Helper()
		n, end, err := s.Guesses.Failed(t.Context(), key, now)
		if err != nil || n != want || !end.Equal(ends) {
			t.Errorf("got %d until %v, %v; want %d until %v", n, end, err, want, ends)
		}
	}
	t.Run("each key counts by itself, until the time that its first one set", func(t *testing.T) {
		s, again := open(t)
		counted(t, s, ada, start, 0, time.Time{})
		ok(t, s.Guesses.Fail(t.Context(), ada, start, until))
		ok(t, s.Guesses.Fail(t.Context(), ada, start.Add(time.Second), until.Add(time.Second)))
		ok(t, s.Guesses.Fail(t.Context(), bob, start, until))
		s = again()
		counted(t, s, ada, until.Add(-time.Millisecond), 2, until)
		counted(t, s, bob, start, 1, until)
		counted(t, s, ada, until, 0, time.Time{})
		ok(t, s.Guesses.Fail(t.Context(), ada, until, until.Add(time.Minute)))
		counted(t, s, ada, until, 1, until.Add(time.Minute))
	})
	t.Run("what is cleared or over is forgotten", func(t *testing.T) {
		s, _ := open(t)
		for _, key := range []user.SecretHash{ada, bob} {
			ok(t, s.Guesses.Fail(t.Context(), key, start, until))
		}
		ok(t, s.Guesses.Clear(t.Context(), ada))
		ok(t, s.Guesses.Clear(t.Context(), ada))
		counted(t, s, ada, start, 0, time.Time{})
		ok(t, s.Guesses.Forget(t.Context(), until.Add(-time.Millisecond)))
		counted(t, s, bob, start, 1, until)
		ok(t, s.Guesses.Forget(t.Context(), until))
		counted(t, s, bob, start, 0, time.Time{})
	})
	t.Run("none of many at once is lost", func(t *testing.T) {
		s, _ := open(t)
		race(t, nil, func(int) error { return s.Guesses.Fail(t.Context(), ada, start, until) })
		counted(t, s, ada, start, racers, until)
	})
}
