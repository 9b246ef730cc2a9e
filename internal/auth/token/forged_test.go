package token_test

import (
	"crypto/ed25519"
	"encoding/base64"
	"strings"
	"testing"
	"time"

	"aidanwoods.dev/go-paseto"

	"freecar/internal/auth/token"
	"freecar/internal/clock"
)

// good are claims that a token of ours would have at noon of the tests' day.
const good = `{"sub":"1","sid":"s","roles":["admin"],"ver":1,"iat":"2026-03-01T12:00:00Z","exp":"2026-03-01T12:15:00Z"}`

func foreign(t *testing.T, claims, footer string) paseto.Token {
	t.Helper()
	made, err := paseto.NewTokenFromClaimsJSON([]byte(claims), []byte(footer))
	if err != nil {
		t.Fatal(err)
	}
	return *made
}

// TestForged: a token is of one version, one purpose, one key and one time.
func TestForged(t *testing.T) {
	const footer = `{"kid":"new"}`
	v4, err := paseto.NewV4AsymmetricSecretKeyFromEd25519(newKey)
	if err != nil {
		t.Fatal(err)
	}
	v2, err := paseto.NewV2AsymmetricSecretKeyFromEd25519(newKey)
	if err != nil {
		t.Fatal(err)
	}
	// The public key, which everybody may have, as a secret one.
	local, err := paseto.V4SymmetricKeyFromBytes(public(newKey))
	if err != nil {
		t.Fatal(err)
	}
	mine := foreign(t, good, footer)
	signed := mine.V4Sign(v4, nil)
	refoot := func(text, footer string) string {
		return text[:strings.LastIndex(text, ".")+1] + base64.RawURLEncoding.EncodeToString([]byte(footer))
	}
	as := func(text, header string) string {
		parts := strings.SplitN(text, ".", 3)
		return header + "." + parts[2]
	}
	both(t, "as others would make it", func(t *testing.T, c *clock.Manual, v verifier) {
		if _, _, err := v.Verify(signed); err != nil {
			t.Fatalf("the honest one: %v", err)
		}
		encrypted := mine.V4Encrypt(local, nil)
		for name, text := range map[string]string{
			"v2.public":                     mine.V2Sign(v2),
			"v2.public as v4":               as(mine.V2Sign(v2), "v4.public"),
			"v3.public":                     mine.V3Sign(paseto.NewV3AsymmetricSecretKey(), nil),
			"v3.public as v4":               as(mine.V3Sign(paseto.NewV3AsymmetricSecretKey(), nil), "v4.public"),
			"v4.local by the public key":    encrypted,
			"v4.local as v4.public":         as(encrypted, "v4.public"),
			"v4.public as v4.local":         as(signed, "v4.local"),
			"another implicit assertion":    mine.V4Sign(v4, []byte("x")),
			"another key's id":              refoot(signed, `{"kid":"old"}`),
			"an id that is not ours":        refoot(signed, `{"kid":"mallory"}`),
			"the id twice":                  refoot(signed, `{"kid":"old","kid":"new"}`),
			"the id and more":               refoot(signed, `{"kid":"new","jku":"https://evil.example"}`),
			"no id":                         refoot(signed, `{}`),
			"a footer that is no object":    refoot(signed, `"new"`),
			"a footer with a space":         refoot(signed, `{"kid": "new"}`),
			"a truncated one":               signed[:len(signed)/2],
			"without its signature":         as("v4.public."+base64.RawURLEncoding.EncodeToString([]byte(good)), "v4.public") + "." + base64.RawURLEncoding.EncodeToString([]byte(footer)),
			"with another signature's tail": signed[:strings.LastIndex(signed, ".")-4] + "AAAA" + signed[strings.LastIndex(signed, "."):],
			"with padding":                  signed + "==",
			"with a space":                  signed + " ",
		} {
			if p, _, err := v.Verify(text); err == nil {
				t.Errorf("%s: it is %+v", name, p)
			}
		}
	})
	both(t, "of another time", func(t *testing.T, c *clock.Manual, v verifier) {
		for name, claims := range map[string]string{
			"for a year":      strings.Replace(good, "2026-03-01T12:15", "2027-03-01T12:15", 1),
			"a moment longer": strings.Replace(good, "12:15:00Z", "12:15:00.001Z", 1),
			"from tomorrow":   strings.ReplaceAll(good, "2026-03-01", "2026-03-02"),
			"without a start": strings.Replace(good, `"iat":"2026-03-01T12:00:00Z",`, "", 1),
			"without an end":  strings.Replace(good, `,"exp":"2026-03-01T12:15:00Z"`, "", 1),
		} {
			made, err := paseto.NewTokenFromClaimsJSON([]byte(claims), []byte(footer))
			if err != nil {
				continue // the library would not make it
			}
			if p, _, err := v.Verify(made.V4Sign(v4, nil)); err == nil {
				t.Errorf("%s: it is %+v", name, p)
			}
		}
		ahead := clock.NewManual(c.Now().Add(30 * time.Second))
		if _, _, err := v.Verify(issue(t, newIssuer(t, "new", newKey, ahead), rider)); err != nil {
			t.Errorf("of a clock that is a little ahead: %v", err)
		}
	})
	t.Run("of a key that was taken back", func(t *testing.T) {
		c := clock.NewManual(time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC))
		v, err := token.NewVerifier(map[string]ed25519.PublicKey{"new": public(newKey)}, c)
		if err != nil {
			t.Fatal(err)
		}
		expectRefused(t, v, issue(t, newIssuer(t, "old", oldKey, c), rider))
		expectRefused(t, v, issue(t, newIssuer(t, "new", oldKey, c), rider))
	})
}
