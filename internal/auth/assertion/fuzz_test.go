package assertion_test

import (
	"bytes"
	"encoding/base64"
	"errors"
	"strings"
	"testing"
	"time"

	"freecar/internal/auth"
	"freecar/internal/auth/assertion"
)

// still is a clock that stands.
type still struct{ at time.Time }

func (s still) Now() time.Time { return s.at }

// FuzzCheck: of all texts, those that we wrote are good, letter by letter, for whom they
// were written, in their time.
func FuzzCheck(f *testing.F) {
	now := time.Date(2026, 1, 31, 13, 45, 0, 0, time.UTC)
	a := assertion.NewAuthority(bytes.Repeat([]byte{7}, 32), still{now})
	p := auth.Principal{Subject: "4711", Session: "s", Roles: auth.Rider | auth.Fleet}
	good, err := a.Mint(p, "gateway", "trip", "r-1")
	if err != nil {
		f.Fatal(err)
	}
	for _, text := range []string{good, "", ".", "..", good + ".", good[:len(good)-1], good[1:], strings.Replace(good, ".", "\n.", 1), good + "\n", good + "=", "\xff." + good} {
		f.Add(text, "trip", "1", "s", "r", 0)
	}
	last := good[len(good)-1]
	for _, c := range []byte("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_") {
		if c != last {
			f.Add(good[:len(good)-1]+string(c), "trip", "a\nb", "", "\r", 31)
		}
	}
	f.Fuzz(func(t *testing.T, text, audience, subject, session, requestID string, seconds int) {
		got, err := a.Check(text, audience)
		switch {
		case err != nil && !errors.Is(err, assertion.ErrForged):
			t.Errorf("refused with %v", err)
		case err == nil && (text != good || audience != "trip" || got.Subject != p.Subject || got.Roles != p.Roles || got.Service != "gateway"):
			t.Errorf("%q, which nobody wrote, is %+v", text, got)
		}
		// What is minted of any principal is read back by its audience alone, for as long as
		// it lives.
		from := auth.Principal{Subject: subject, Session: session, Roles: auth.Roles(len(text))}
		minted, err := a.Mint(from, "gateway", audience, requestID)
		if err != nil {
			if !strings.Contains(subject+session+audience+requestID, "\n") {
				t.Errorf("not minted: %v", err)
			}
			return
		}
		if _, err := base64.RawURLEncoding.DecodeString(minted[:strings.IndexByte(minted, '.')]); err != nil {
			t.Errorf("minted %q", minted)
		}
		late := seconds % 100
		then := assertion.NewAuthority(bytes.Repeat([]byte{7}, 32), still{now.Add(time.Duration(late) * time.Second)})
		from.Service = "gateway"
		got, err = then.Check(minted, audience)
		inTime := late >= -5 && late <= 35
		if inTime != (err == nil) || err == nil && got != from {
			t.Errorf("%d s later: got %+v, %v", late, got, err)
		}
		if _, err := then.Check(minted, audience+"x"); err == nil {
			t.Error("it holds for another audience")
		}
	})
}
