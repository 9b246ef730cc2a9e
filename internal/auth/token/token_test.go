package token_test

import (
	"bytes"
	"crypto/ed25519"
	"errors"
	"strings"
	"sync"
	"testing"
	"time"

	"aidanwoods.dev/go-paseto"

	"freecar/internal/auth"
	"freecar/internal/auth/token"
	"freecar/internal/clock"
)

var (
	oldKey = ed25519.NewKeyFromSeed(bytes.Repeat([]byte{1}, ed25519.SeedSize))
	newKey = ed25519.NewKeyFromSeed(bytes.Repeat([]byte{2}, ed25519.SeedSize))
	rider  = auth.Principal{Subject: "4503599627370497", Session: "s-1", Roles: auth.Rider | auth.Support, Version: 7}
)

func public(k ed25519.PrivateKey) ed25519.PublicKey { return k.Public().(ed25519.PublicKey) }

func newIssuer(t testing.TB, id string, key ed25519.PrivateKey, c clock.Clock) *token.Issuer {
	t.Helper()
	i, err := token.NewIssuer(id, key, c)
	if err != nil {
		t.Fatal(err)
	}
	return i
}

func newVerifier(t testing.TB, c clock.Clock) *token.Verifier {
	t.Helper()
	v, err := token.NewVerifier(map[string]ed25519.PublicKey{"old": public(oldKey), "new": public(newKey)}, c)
	if err != nil {
		t.Fatal(err)
	}
	return v
}

func newCached(t testing.TB, v *token.Verifier, size int) *token.Cached {
	t.Helper()
	c, err := token.NewCached(v, size)
	if err != nil {
		t.Fatal(err)
	}
	return c
}

func issue(t testing.TB, i *token.Issuer, p auth.Principal) string {
	t.Helper()
	text, life, err := i.Issue(p)
	if err != nil || life != token.Life {
		t.Fatalf("got life %v, %v", life, err)
	}
	return text
}

type verifier interface {
	Verify(string) (auth.Principal, time.Time, error)
}

// both runs a test over a bare and a cached verifier.
func both(t *testing.T, name string, test func(t *testing.T, c *clock.Manual, v verifier)) {
	t.Run(name, func(t *testing.T) {
		c := clock.NewManual(time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC))
		test(t, c, newVerifier(t, c))
	})
	t.Run(name+", cached", func(t *testing.T) {
		c := clock.NewManual(time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC))
		test(t, c, newCached(t, newVerifier(t, c), 8))
	})
}

func expectRefused(t *testing.T, v verifier, text string) {
	t.Helper()
	if p, _, err := v.Verify(text); !errors.Is(err, auth.ErrUnauthenticated) || p != (auth.Principal{}) {
		t.Errorf("got %+v, %v", p, err)
	}
}

func TestTokens(t *testing.T) {
	both(t, "a token says whose it is, with each key", func(t *testing.T, c *clock.Manual, v verifier) {
		for id, key := range map[string]ed25519.PrivateKey{"old": oldKey, "new": newKey} {
			text := issue(t, newIssuer(t, id, key, c), rider)
			for range 2 {
				p, expires, err := v.Verify(text)
				if err != nil || p != rider || !expires.Equal(c.Now().Add(token.Life)) {
					t.Errorf("got %+v until %v, %v", p, expires, err)
				}
			}
		}
	})
	both(t, "it is good until it expires and not a moment longer", func(t *testing.T, c *clock.Manual, v verifier) {
		text := issue(t, newIssuer(t, "new", newKey, c), rider)
		c.Advance(token.Life - time.Millisecond)
		if _, _, err := v.Verify(text); err != nil {
			t.Error(err)
		}
		c.Advance(time.Millisecond)
		expectRefused(t, v, text)
		expectRefused(t, v, text)
	})
	both(t, "what was changed or is not ours is refused", func(t *testing.T, c *clock.Manual, v verifier) {
		good := issue(t, newIssuer(t, "new", newKey, c), rider)
		if _, _, err := v.Verify(good); err != nil {
			t.Fatal(err)
		}
		for _, text := range []string{
			"", "v4.public.", "v4.public..", "x", good + "x", good[:len(good)-4], strings.ToUpper(good),
			good[:20] + "A" + good[21:], // the payload
			strings.Replace(good, "v4.public", "v4.local", 1),
			good[:strings.LastIndex(good, ".")], // no footer
			strings.Repeat("v4.public.", 1000),
			issue(t, newIssuer(t, "other", newKey, c), rider), // a kid that nobody knows
			issue(t, newIssuer(t, "old", newKey, c), rider),   // the kid of another key
		} {
			expectRefused(t, v, text)
		}
	})
	both(t, "a signature alone does not make it a token of ours", func(t *testing.T, c *clock.Manual, v verifier) {
		key, err := paseto.NewV4AsymmetricSecretKeyFromEd25519(newKey)
		if err != nil {
			t.Fatal(err)
		}
		const times = `"iat":"2026-03-01T12:00:00Z","exp":"2026-03-01T12:15:00Z"`
		for _, claims := range []string{
			`{}`,
			`{"sub":"1","sid":"s","roles":["rider"]}`,
			`{"sub":"","sid":"s","roles":["rider"],` + times + `}`,
			`{"sub":"1","sid":"","roles":["rider"],` + times + `}`,
			`{"sub":"1","sid":"s","roles":["root"],` + times + `}`,
			`{"sub":"1","sid":"s","roles":"admin",` + times + `}`,
			`{"sub":"1","sid":"s","roles":[],"nbf":"2027-03-01T12:00:00Z",` + times + `}`,
		} {
			foreign, err := paseto.NewTokenFromClaimsJSON([]byte(claims), []byte(`{"kid":"new"}`))
			if err != nil {
				t.Fatal(err)
			}
			expectRefused(t, v, foreign.V4Sign(key, nil))
		}
	})
	t.Run("keys of the wrong size are refused", func(t *testing.T) {
		if _, err := token.NewIssuer("a", make([]byte, 5), clock.System{}); err == nil {
			t.Error("an issuer took it")
		}
		if _, err := token.NewVerifier(map[string]ed25519.PublicKey{"a": make([]byte, 5)}, clock.System{}); err == nil {
			t.Error("a verifier took it")
		}
	})
}

func TestCached(t *testing.T) {
	c := clock.NewManual(time.Unix(1_800_000_000, 0))
	t.Run("many at once, more tokens than room", func(t *testing.T) {
		v, i := newCached(t, newVerifier(t, c), 4), newIssuer(t, "new", newKey, c)
		var texts []string
		for n := range 12 {
			texts = append(texts, issue(t, i, auth.Principal{Subject: string(rune('a' + n)), Session: "s", Roles: auth.Rider}))
		}
		var wg sync.WaitGroup
		for range 8 {
			wg.Go(func() {
				for n, text := range texts {
					if p, _, err := v.Verify(text); err != nil || p.Subject != string(rune('a'+n)) {
						t.Errorf("got %+v, %v", p, err)
					}
				}
			})
		}
		wg.Wait()
	})
}

func BenchmarkVerify(b *testing.B) {
	text := issue(b, newIssuer(b, "new", newKey, clock.System{}), rider)
	bare := newVerifier(b, clock.System{})
	for name, v := range map[string]verifier{"bare": bare, "cached": newCached(b, bare, 8)} {
		b.Run(name, func(b *testing.B) {
			for b.Loop() {
				if _, _, err := v.Verify(text); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}
