package totp_test

import (
	"bytes"
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/pquerna/otp/totp"

	"freecar/internal/errs"
	adapter "freecar/user/internal/adapter/totp"
)

// FuzzStep: of all codes that one of the moment, and its neighbours', is right; what was
// stored damaged, or of another, is the platform's fault and not the caller's.
func FuzzStep(f *testing.F) {
	codes, err := adapter.New(bytes.Repeat([]byte{7}, 32))
	if err != nil {
		f.Fatal(err)
	}
	sealed, enrolled, err := codes.Enrol("4711", "ada@example.com")
	if err != nil {
		f.Fatal(err)
	}
	// The secret differs each time: @ stands for the code of the moment, # for what is stored.
	for _, c := range []struct{ sealed, account, code string }{{"#", "4711", "@"}, {"#", "4712", "@"}, {"", "4711", "@"}, {"AAAA", "4711", "@"}, {"#=", "4711", "@"}, {"#", "4711", " @ "},
		{"#", "4711", ""}, {"#", "4711", "000000"}, {"#", "4711", "٣٣٣٣٣٣"}, {"#", "4711", "@0"}, {"\n#", "4711", "@"}, {"#", "4711", "\x00\x00\x00\x00\x00\x00"}} {
		f.Add(c.sealed, c.account, c.code, int64(1_769_867_100), 0)
	}
	f.Add("#", "4711", "@", int64(0), 0)
	f.Add("#", "4711", "@", int64(-1<<40), 1)
	f.Add("#", "4711", "@", int64(1_769_867_100), -2)
	f.Fuzz(func(t *testing.T, stored, account, code string, unix int64, steps int) {
		const first, last = 0, 1 << 36
		now := time.Unix(unix, 0).UTC()
		if unix < first || unix > last {
			now = time.Unix(1_769_867_100, 0)
		}
		steps %= 4
		right, err := totp.GenerateCode(enrolled.Secret, now.Add(time.Duration(steps)*30*time.Second))
		if err != nil {
			t.Fatal(err)
		}
		text := strings.ReplaceAll(stored, "#", sealed)
		code = strings.ReplaceAll(code, "@", right)
		step, err := codes.Step(text, account, code, now)
		if err != nil {
			if !errors.Is(err, errs.E(errs.Unavailable, "totp_unreadable", "")) {
				t.Errorf("refused with %v", err)
			}
			if text == sealed && account == "4711" {
				t.Errorf("what was sealed is not read: %v", err)
			}
			return
		}
		if account != "4711" || strings.Trim(text, "\r\n") == "" {
			t.Errorf("%q was opened for %q", stored, account)
		}
		current := now.Unix() / 30
		if step == 0 {
			if code == right && steps >= -1 && steps <= 1 && current+int64(steps) > 0 {
				t.Errorf("the code of %d steps later is wrong", steps)
			}
			return
		}
		if want, _ := totp.GenerateCode(enrolled.Secret, time.Unix(step*30, 0)); step < current-1 || step > current+1 || strings.TrimSpace(code) != want {
			t.Errorf("%q is the code of step %d at %d", code, step, current)
		}
	})
}
