package user_test

import (
	"errors"
	"strings"
	"testing"
	"unicode"
	"unicode/utf8"

	"golang.org/x/text/unicode/norm"

	"freecar/internal/errs"
	"freecar/user"
)

// FuzzContact: an e-mail address, a phone number and a password each have one form, which
// is found again whichever way they are typed.
func FuzzContact(f *testing.F) {
	for _, text := range []string{"Ada@Example.COM", "İ@x.de", "a\u0308@b.de", "ä@b.de", "a@b", "a@b.", "@b.de", "a b@c.de", "a@b.de\n", "a\u2028b@c.de", "a\u00a0@c.de", "a@b\u3000c.de",
		"\u212b@x.de", "+4930123456", "+049", "+49 30", "+123456789012345", "+1234567890123456", "٤", strings.Repeat("a", 65) + "@b.de", "\xff@b.de", "correct horse battery", "ＡＢ@x.de", "ß@x.de", "K@x.de"} {
		f.Add(text)
	}
	f.Fuzz(func(t *testing.T, text string) {
		refused := func(err error, field string) bool {
			e, ok := errors.AsType[*errs.Error](err)
			if err != nil && (!ok || e.Kind != errs.Invalid || len(e.Fields) != 1 || e.Fields[0].Field != field) {
				t.Errorf("%q: refused with %v", text, err)
			}
			return err != nil
		}
		if email, err := user.ParseEmail(text); !refused(err, "email") {
			local, domain, _ := strings.Cut(string(email), "@")
			if local == "" || !strings.Contains(domain, ".") || strings.Contains(domain, "@") || len(email) > 254 || !utf8.ValidString(string(email)) ||
				strings.ContainsFunc(string(email), func(r rune) bool { return unicode.IsSpace(r) || unicode.In(r, unicode.C, unicode.Z) }) {
				t.Errorf("%q is the address %q", text, email)
			}
			for what, same := range map[string]string{"itself": string(email), "composed": norm.NFC.String(text), "decomposed": norm.NFD.String(text)} {
				again, err := user.ParseEmail(same)
				if len(same) > 254 || utf8.RuneCountInString(norm.NFD.String(local)) > 64 {
					continue // too long in its longer form
				}
				if err != nil || again != email {
					t.Errorf("%q is the address %q, and %s %q, %v", text, email, what, again, err)
				}
			}
		}
		if phone, err := user.ParsePhone(text); !refused(err, "phone") {
			if string(phone) != text || len(text) < 9 || len(text) > 16 || text[0] != '+' || strings.Trim(text[1:], "0123456789") != "" || text[1] == '0' {
				t.Errorf("%q is the number %q", text, phone)
			}
		}
		if password, err := user.ParsePassword(text); !refused(err, "password") {
			if n := utf8.RuneCountInString(password); n < 8 || n > 128 {
				t.Errorf("a password of %d characters", n)
			}
			if again, err := user.ParsePassword(norm.NFD.String(text)); err != nil || again != password {
				t.Errorf("%q typed on another keyboard: %q, %v", password, again, err)
			}
		}
	})
}
