package totp_test

import (
	"bytes"
	"encoding/base32"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/pquerna/otp"
	"github.com/pquerna/otp/totp"

	"freecar/internal/errs"
	ours "freecar/user/internal/adapter/totp"
)

var noon = time.Date(2030, 5, 1, 12, 0, 0, 0, time.UTC)

func open(t *testing.T, key byte) *ours.Codes {
	t.Helper()
	c, err := ours.New(bytes.Repeat([]byte{key}, 32))
	if err != nil {
		t.Fatal(err)
	}
	return c
}

func TestCodes(t *testing.T) {
	c := open(t, 1)
	sealed, secret, err := c.Enrol("1", "ada@example.org")
	if err != nil {
		t.Fatal(err)
	}
	t.Run("an app can read it, and the store cannot", func(t *testing.T) {
		u, err := url.Parse(secret.URL)
		if err != nil || u.Scheme != "otpauth" || u.Host != "totp" || u.Path != "/FreeCar:ada@example.org" || u.Query().Get("secret") != secret.Secret {
			t.Errorf("got %s, %v", secret.URL, err)
		}
		raw, err := base32.StdEncoding.WithPadding(base32.NoPadding).DecodeString(secret.Secret)
		if err != nil || len(raw) != 20 || strings.Contains(sealed, secret.Secret) {
			t.Errorf("got %d bytes, %v", len(raw), err)
		}
	})
	t.Run("codes of now and of one step on either side", func(t *testing.T) {
		now := noon.Unix() / 30
		for steps, want := range map[int64]int64{-2: 0, -1: now - 1, 0: now, 1: now + 1, 2: 0} {
			code, err := totp.GenerateCode(secret.Secret, noon.Add(time.Duration(steps)*30*time.Second))
			if err != nil {
				t.Fatal(err)
			}
			if step, err := c.Step(sealed, "1", code, noon); err != nil || step != want {
				t.Errorf("%d steps: got %d, %v", steps, step, err)
			}
		}
	})
	t.Run("nothing else", func(t *testing.T) {
		for _, code := range []string{"", "1", "12345", "1234567", "abcdef", "\u0661\u0662\u0663"} {
			if step, err := c.Step(sealed, "1", code, noon); err != nil || step != 0 {
				t.Errorf("%q: got %d, %v", code, step, err)
			}
		}
	})
	t.Run("a secret is that of its account and key", func(t *testing.T) {
		code, err := totp.GenerateCode(secret.Secret, noon)
		if err != nil {
			t.Fatal(err)
		}
		for name, try := range map[string]func() (int64, error){
			"another account": func() (int64, error) { return c.Step(sealed, "2", code, noon) },
			"another key":     func() (int64, error) { return open(t, 2).Step(sealed, "1", code, noon) },
			"cut":             func() (int64, error) { return c.Step(sealed[:len(sealed)-4], "1", code, noon) },
			"nonsense":        func() (int64, error) { return c.Step("!", "1", code, noon) },
			"nothing":         func() (int64, error) { return c.Step("", "1", code, noon) },
		} {
			if step, err := try(); errs.KindOf(err) != errs.Unavailable || step != 0 || strings.Contains(err.Error(), secret.Secret) {
				t.Errorf("%s: got %d, %v", name, step, err)
			}
		}
	})
	t.Run("two secrets differ", func(t *testing.T) {
		other, another, err := c.Enrol("1", "ada@example.org")
		if err != nil || other == sealed || another.Secret == secret.Secret {
			t.Errorf("got %v, %v", another, err)
		}
	})
	t.Run("a key of another size is refused", func(t *testing.T) {
		if _, err := ours.New([]byte("short")); err == nil {
			t.Error("no error")
		}
	})
}

// TestRFC6238 is the table of appendix B, in six digits.
func TestRFC6238(t *testing.T) {
	secret := base32.StdEncoding.EncodeToString([]byte("12345678901234567890"))
	for at, want := range map[int64]string{59: "287082", 1111111109: "081804", 1111111111: "050471", 1234567890: "005924", 2000000000: "279037", 20000000000: "353130"} {
		got, err := totp.GenerateCodeCustom(secret, time.Unix(at, 0), totp.ValidateOpts{Period: 30, Digits: otp.DigitsSix, Algorithm: otp.AlgorithmSHA1})
		if err != nil || got != want {
			t.Errorf("%d: got %s, want %s, %v", at, got, want, err)
		}
	}
}
