package user_test

import (
	"errors"
	"strconv"
	"testing"
	"time"

	"freecar/internal/money"
	"freecar/user"
)

var noon = time.Date(2030, 5, 1, 12, 0, 0, 0, time.UTC)

// counter gives the ids 1, 2, 3…
func counter() func() string {
	n := 0
	return func() string { n++; return strconv.Itoa(n) }
}

func rich() user.Wallet {
	return user.Wallet{AccountID: "1", Available: money.Of(5000), Held: money.Of(0)}
}

func placed(t *testing.T, amount int64) user.Hold {
	t.Helper()
	h, _, err := user.NewHold(counter(), "trip", rich(), money.Of(amount), noon)
	if err != nil {
		t.Fatal(err)
	}
	return h
}

// effects sums what entries do to each ledger account.
func effects(entries []user.Entry) map[user.LedgerAccount]int64 {
	sums := map[user.LedgerAccount]int64{}
	for _, e := range entries {
		for _, p := range e.Postings() {
			sums[p.Account] += p.Amount.Amount
		}
	}
	return sums
}

func TestHold(t *testing.T) {
	t.Run("each way to end it, and every repetition", func(t *testing.T) {
		capture := func(fare int64) func(*user.Hold) (user.Change, error) {
			return func(h *user.Hold) (user.Change, error) { return h.Capture(counter(), money.Of(fare), noon) }
		}
		release := func(h *user.Hold) (user.Change, error) { return h.Release(counter(), noon) }
		for name, tc := range map[string]struct {
			first, second func(*user.Hold) (user.Change, error)
			event         user.EventName
			refusal       error
		}{
			"captured twice":                {capture(700), capture(700), user.HoldCaptured, nil},
			"captured, another fare":        {capture(700), capture(701), user.HoldCaptured, user.ErrHoldDiffers},
			"captured, released":            {capture(700), release, user.HoldCaptured, user.ErrHoldCaptured},
			"captured, captured at nothing": {capture(700), capture(0), user.HoldCaptured, user.ErrHoldCaptured},
			"released twice":                {release, release, user.HoldReleased, nil},
			"released, captured":            {release, capture(700), user.HoldReleased, user.ErrHoldReleased},
			"released, captured at nothing": {release, capture(0), user.HoldReleased, nil},
			"captured at nothing, released": {capture(0), release, user.HoldReleased, nil},
		} {
			t.Run(name, func(t *testing.T) {
				h := placed(t, 2000)
				c, err := tc.first(&h)
				if err != nil || c.Event != tc.event || h.Version != 2 || h.SettledAt != noon {
					t.Fatalf("got %s, version %d, %v", c.Event, h.Version, err)
				}
				before := h
				c, err = tc.second(&h)
				if !errors.Is(err, tc.refusal) || !c.IsZero() || len(c.Entries) > 0 || h != before {
					t.Errorf("got %+v, %v, want no change and %v", c, err, tc.refusal)
				}
			})
		}
	})
	t.Run("its entries move the money", func(t *testing.T) {
		h, c, err := user.NewHold(counter(), "trip", rich(), money.Of(2000), noon)
		if got := effects(c.Entries); err != nil || got["wallet:1"] != -2000 || got["held:1"] != 2000 {
			t.Errorf("hold: got %v, %v", got, err)
		}
		c, err = h.Capture(counter(), money.Of(2500), noon)
		if got := effects(c.Entries); err != nil || got["wallet:1"] != -500 || got["held:1"] != -2000 || got["revenue"] != 2500 {
			t.Errorf("capture: got %v, %v", got, err)
		}
		h = placed(t, 2000)
		c, err = h.Release(counter(), noon)
		if got := effects(c.Entries); err != nil || got["wallet:1"] != 2000 || got["held:1"] != -2000 {
			t.Errorf("release: got %v, %v", got, err)
		}
	})
	t.Run("all of the wallet can be held and not a cent more", func(t *testing.T) {
		if _, _, err := user.NewHold(counter(), "trip", rich(), money.Of(5000), noon); err != nil {
			t.Error(err)
		}
		if _, _, err := user.NewHold(counter(), "trip", rich(), money.Of(5001), noon); !errors.Is(err, user.ErrInsufficientFunds) {
			t.Errorf("got %v", err)
		}
	})
	t.Run("a hold of nothing moves nothing", func(t *testing.T) {
		h, c, err := user.NewHold(counter(), "trip", rich(), money.Of(0), noon)
		if err != nil || len(c.Entries) != 0 || c.Event != user.HoldPlaced {
			t.Errorf("got %+v, %v", c, err)
		}
		if c, err := h.Capture(counter(), money.Of(300), noon); err != nil || len(c.Entries) != 1 {
			t.Errorf("got %+v, %v", c, err)
		}
	})
}

func TestSession(t *testing.T) {
	fresh := func() user.Session {
		s, token := user.StartSession("s", user.AccountSubject, "1", noon)
		if s.Current != user.HashSecret(token) || len(token) != 43 {
			t.Fatalf("got token %q", token)
		}
		return s
	}
	next := user.HashSecret("next")
	t.Run("use prolongs it", func(t *testing.T) {
		s := fresh()
		if !s.Rotate(s.Current, next, noon.Add(time.Hour)) || s.Current != next || s.ExpiresAt != noon.Add(time.Hour+30*24*time.Hour) {
			t.Errorf("got %+v", s)
		}
	})
	t.Run("a spent token ends it, for its owner, too", func(t *testing.T) {
		s := fresh()
		first, later := s.Current, noon.Add(30*time.Second)
		s.Rotate(first, next, noon)
		if s.Rotate(first, user.HashSecret("thief"), later) || s.Alive(later) {
			t.Errorf("got %+v", s)
		}
		if s.Rotate(next, user.HashSecret("owner"), later) {
			t.Error("it lives on")
		}
	})
	t.Run("unused for a month it is over", func(t *testing.T) {
		s := fresh()
		before := s
		if s.Rotate(s.Current, next, noon.Add(30*24*time.Hour)) || s != before {
			t.Errorf("got %+v", s)
		}
	})
}
