package ids_test

import (
	"testing"

	"freecar/internal/ids"
)

func TestIDs(t *testing.T) {
	t.Run("new ids are valid, distinct and sorted by time of making", func(t *testing.T) {
		last := ""
		for range 1000 {
			id := (ids.Random{}).New()
			if !ids.Valid(id) || id <= last {
				t.Fatalf("%q after %q", id, last)
			}
			last = id
		}
	})
	t.Run("account ids have 16 digits below 2^53", func(t *testing.T) {
		for range 1000 {
			if id := ids.NewAccount(); len(id) != 16 || !ids.ValidAccount(id) {
				t.Fatalf("%q", id)
			}
		}
	})
	t.Run("other texts are refused", func(t *testing.T) {
		for _, s := range []string{"", "0", "-1", "+5", "007", "9007199254740992", "1e3", "12a"} {
			if ids.ValidAccount(s) {
				t.Errorf("account %q is valid", s)
			}
		}
		for _, s := range []string{"", "x", "{0190a5f0-0000-7000-8000-000000000000}", "0190A5F0-0000-7000-8000-000000000000", "urn:uuid:0190a5f0-0000-7000-8000-000000000000"} {
			if ids.Valid(s) {
				t.Errorf("id %q is valid", s)
			}
		}
	})
}
