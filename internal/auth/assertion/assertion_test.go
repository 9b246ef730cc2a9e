package assertion_test

import (
	"errors"
	"testing"
	"time"

	"freecar/internal/auth"
	"freecar/internal/auth/assertion"
	"freecar/internal/clock"
)

func TestAssertion(t *testing.T) {
	c := clock.NewManual(time.Unix(1_700_000_000, 0))
	ours := assertion.NewAuthority([]byte("0123456789abcdef0123456789abcdef"), c)
	rider := auth.Principal{Subject: "4503599627370497", Session: "s", Roles: auth.Rider | auth.Finance}
	text, err := ours.Mint(rider, "gateway", "trip", "r-1")
	if err != nil {
		t.Fatal(err)
	}
	refused := func(t *testing.T, a *assertion.Authority, text, audience string) {
		t.Helper()
		if p, err := a.Check(text, audience); !errors.Is(err, assertion.ErrForged) || p != (auth.Principal{}) {
			t.Errorf("got %+v, %v", p, err)
		}
	}
	t.Run("says who asks and through whom", func(t *testing.T) {
		want := rider
		want.Service = "gateway"
		if got, err := ours.Check(text, "trip"); err != nil || got != want {
			t.Errorf("got %+v, %v", got, err)
		}
	})
	t.Run("is for one audience", func(t *testing.T) { refused(t, ours, text, "car") })
	t.Run("another key is refused", func(t *testing.T) {
		refused(t, assertion.NewAuthority([]byte("another-key-another-key-another-"), c), text, "trip")
	})
	t.Run("any changed character is refused", func(t *testing.T) {
		for i := range len(text) - 1 { // the last one has bits that do not count
			b := []byte(text)
			if b[i] ^= 1; b[i] == '.' {
				continue
			}
			refused(t, ours, string(b), "trip")
		}
	})
	t.Run("nonsense is refused", func(t *testing.T) {
		for _, s := range []string{"", ".", "a.b", text + ".x", "…"} {
			refused(t, ours, s, "trip")
		}
	})
	t.Run("no claim can become two", func(t *testing.T) {
		for _, p := range []auth.Principal{{Subject: "1\n2"}, {Session: "\n"}} {
			if text, err := ours.Mint(p, "gateway", "trip", "r"); err == nil {
				t.Errorf("minted %q", text)
			}
		}
	})
	t.Run("ends after its life, within the skew of clocks", func(t *testing.T) {
		c.Advance(assertion.Life + 4*time.Second)
		if _, err := ours.Check(text, "trip"); err != nil {
			t.Errorf("4 s late: %v", err)
		}
		c.Advance(2 * time.Second)
		refused(t, ours, text, "trip")
	})
}
