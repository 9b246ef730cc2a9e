package token_test

import (
	"errors"
	"strings"
	"testing"
	"time"
	"unicode"

	"freecar/internal/auth"
	"freecar/internal/auth/keys"
	"freecar/internal/auth/token"
)

// still is a clock that stands.
type still struct{ at time.Time }

func (s still) Now() time.Time { return s.at }

// FuzzVerify: no text but ours proves anybody, and what is said of one that does not never
// quotes it: it may be another system's secret.
func FuzzVerify(f *testing.F) {
	now := time.Date(2026, 1, 31, 13, 45, 0, 0, time.UTC)
	set := keys.New()
	verifier, err := token.NewVerifier(set.Public(), still{now})
	if err != nil {
		f.Fatal(err)
	}
	issuer, err := token.NewIssuer(set.Signing[0].ID, set.Signing[0].Private(), still{now})
	if err != nil {
		f.Fatal(err)
	}
	p := auth.Principal{Subject: "4711", Session: "s1", Roles: auth.Rider, Version: 3}
	good, _, err := issuer.Issue(p)
	if err != nil {
		f.Fatal(err)
	}
	cached, err := token.NewCached(verifier, 100)
	if err != nil {
		f.Fatal(err)
	}
	// The keys differ each time, and so a kept input is a form, of which @ is our token.
	for _, form := range []string{"@", "", "v4.public.", "v4.public.AAAA", "@.", "@@", "v4.local.AAAA", "v2.public.AAAA",
		"v4.public.AAAA.eyJraWQiOiJub25lIn0", "v4.public.AAAA.eyJraWQiOiJub25lIiwiXHUwMDFiWzJKIjoxfQ", "v4.public..", "v4.public.AAAA.=", "@\n", "v4.public.A A.e30"} {
		f.Add(form, 0, byte(0))
	}
	f.Add("@", 40, byte(1))
	f.Add("@", 200, byte(7))
	f.Add("@", -1, byte(1))
	f.Fuzz(func(t *testing.T, form string, at int, change byte) {
		text := []byte(strings.ReplaceAll(form, "@", good))
		if n := len(text); n > 0 {
			text[(at%n+n)%n] ^= change
		}
		for range 2 { // the second time from memory
			got, expires, err := cached.Verify(string(text))
			if err == nil {
				if got != p || !expires.Equal(now.Add(token.Life)) {
					t.Errorf("%q proves %+v until %v", text, got, expires)
				}
				continue
			}
			if !errors.Is(err, auth.ErrUnauthenticated) || got != (auth.Principal{}) {
				t.Errorf("%q: got %+v, %v", text, got, err)
			}
			if said := err.Error(); len(said) > 300 || strings.ContainsFunc(said, unicode.IsControl) {
				t.Errorf("%q is refused with %d bytes: %q", text, len(said), said)
			}
		}
	})
}
