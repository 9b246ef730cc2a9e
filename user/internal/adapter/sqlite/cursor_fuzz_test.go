package sqlite

import (
	"errors"
	"testing"

	"freecar/internal/errs"
)

// FuzzCursor: a cursor is one that a page gave, or refused with its name.
func FuzzCursor(f *testing.F) {
	for _, text := range []string{"", "lz3kq0-7143305966085829", "lz3kq0.user/7143305966085829@3", "0197f1e6-92a5-7bb4-a6a1-3c8d1a0b0c0d", "-1-1", "--1", "zzzzzzzzzzzzzzzz-1", "+1-1", "1-01", "1-9007199254740992", "1.", ".1", "LZ.x",
		"0197F1E6-92A5-7BB4-A6A1-3C8D1A0B0C0D", "~", "' OR 1=1 --", "1-1\x00", "00.x"} {
		f.Add(text)
	}
	f.Fuzz(func(t *testing.T, text string) {
		check := func(what string, err error) {
			if e, ok := errors.AsType[*errs.Error](err); err != nil && (!ok || e.Kind != errs.Invalid || e.Fields[0].Field != "cursor") {
				t.Errorf("%s %q: refused with %v", what, text, err)
			}
		}
		account, err := parseAccountCursor(text)
		check("account", err)
		if again, err2 := parseAccountCursor(account.String()); err == nil && text != "" && (err2 != nil || again != account) {
			t.Errorf("%+v became %+v", account, again)
		}
		record, err := parseAuditCursor(text)
		check("audit", err)
		if again, err2 := parseAuditCursor(record.String()); err == nil && text != "" && (err2 != nil || again != record) {
			t.Errorf("%+v became %+v", record, again)
		}
		entry, err := entryCursor(text)
		check("entry", err)
		if err == nil && text != "" && entry != text {
			t.Errorf("%q is taken for %q", text, entry)
		}
	})
}
