package adaptertest

import (
	"errors"
	"strconv"
	"testing"

	"freecar/internal/errs"
	"freecar/profile"
)

// typed sends the same licence for an account, its number typed in another way.
func typed(t *testing.T, s Store, account, number string) profile.Licence {
	t.Helper()
	f := form
	f.Number = number
	return update(t, s, account, func(l *profile.Licence) error { l.Submit(f, now); return nil })
}

func approve(s Store, t *testing.T, account string) error {
	_, err := s.Update(t.Context(), account, func(l *profile.Licence) error { return l.Approve("9", profile.Evidence{}, policy, now) })
	return err
}

func oneHolder(t *testing.T, open Open) {
	s, again := open(t)
	first := typed(t, s, "1", "B072-RRE 2I55")
	second := typed(t, s, "2", "b072rre2i55") // anybody may send it
	if _, err := s.Holder(t.Context(), first.NumberKey()); errs.KindOf(err) != errs.NotFound {
		t.Errorf("a pending one holds it: %v", err)
	}
	if err := approve(s, t, "1"); err != nil {
		t.Fatal(err)
	}
	if err := approve(s, t, "2"); !errors.Is(err, profile.ErrNumberTaken) {
		t.Errorf("got %v", err)
	}
	equal(t, find(t, s, "2"), second)
	gapless(t, s, "2", 1)
	if holder, err := again().Holder(t.Context(), second.NumberKey()); err != nil || holder != "1" {
		t.Errorf("got %q, %v", holder, err)
	}
	typed(t, s, "1", "another one")
	if err := approve(s, t, "2"); err != nil {
		t.Errorf("a number that was given up: %v", err)
	}
	update(t, s, "2", func(l *profile.Licence) error { l.Erase(now); return nil })
	if _, err := s.Holder(t.Context(), second.NumberKey()); errs.KindOf(err) != errs.NotFound {
		t.Errorf("an erased account holds it: %v", err)
	}
}

func holderRace(t *testing.T, open Open) {
	s, got := race(t, func(t *testing.T) (Store, func() Store) {
		s, again := open(t)
		for i := range racers {
			typed(t, s, strconv.Itoa(i), "one number")
		}
		return s, again
	}, func(s Store, i int) error { return approve(s, t, strconv.Itoa(i)) })
	verified := 0
	for i, err := range got {
		switch {
		case err == nil:
			verified++
			if holder, err := s.Holder(t.Context(), "DE/ONENUMBER"); err != nil || holder != strconv.Itoa(i) {
				t.Errorf("got %q, %v, want %d", holder, err, i)
			}
		case !errors.Is(err, profile.ErrNumberTaken):
			t.Errorf("got %v", err)
		}
	}
	if verified != 1 {
		t.Errorf("%d are verified", verified)
	}
}

func forgotten(t *testing.T, open Open) {
	s, _ := open(t)
	for _, account := range []string{"1", "2"} {
		if _, err := attach(t, s, key(account, "k", "h"), "b"+account, now); err != nil {
			t.Fatal(err)
		}
	}
	for range 2 {
		if err := s.ForgetAnswers(t.Context(), "1"); err != nil {
			t.Fatal(err)
		}
	}
	if a, err := s.Answer(t.Context(), key("1", "k", "h"), now); errs.KindOf(err) != errs.NotFound {
		t.Errorf("got %+v, %v", a, err)
	}
	if _, err := s.Answer(t.Context(), key("2", "k", "h"), now); err != nil {
		t.Errorf("another account's: %v", err)
	}
}
