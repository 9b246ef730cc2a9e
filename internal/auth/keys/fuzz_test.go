package keys_test

import (
	"os"
	"path/filepath"
	"reflect"
	"strings"
	"testing"
	"time"

	"freecar/internal/auth"
	"freecar/internal/auth/keys"
	"freecar/internal/auth/token"
	"freecar/internal/clock"
)

// FuzzLoad: a file of keys that is taken works: what its first key signs, its keys verify.
func FuzzLoad(f *testing.F) {
	b32, b16 := strings.Repeat("A", 43)+"=", "AAAAAAAAAAAAAAAAAAAAAA=="
	whole := `{"signing":[{"id":"k-1","seed":"` + b32 + `"}],"assertion":"` + b32 + `","url":"` + b32 + `","sealing":"` + b32 + `"}`
	other := strings.Repeat("B", 42) + "A="
	for _, text := range []string{whole, "", "{}", "null", "[]", whole + whole, strings.Replace(whole, b32, b16, 1), strings.Replace(whole, `"k-1"`, `""`, 1),
		strings.Replace(whole, `,"sealing":"`+b32+`"`, "", 1),
		strings.Replace(whole, `}],`, `},{"id":"k-1","seed":"`+other+`"}],`, 1), strings.Replace(whole, `"k-1"`, `"k\n1"`, 1)} {
		f.Add([]byte(text))
	}
	path := filepath.Join(f.TempDir(), "keys.json")
	f.Fuzz(func(t *testing.T, text []byte) {
		if err := os.WriteFile(path, text, 0o600); err != nil {
			t.Fatal(err)
		}
		set, err := keys.Load(path)
		if err != nil {
			if !strings.Contains(err.Error(), path) {
				t.Errorf("which file is wrong? %v", err)
			}
			return
		}
		if len(set.Assertion) < 32 || len(set.URL) < 32 || len(set.Sealing) != 32 {
			t.Errorf("keys of %d, %d and %d bytes", len(set.Assertion), len(set.URL), len(set.Sealing))
		}
		first := set.Signing[0]
		issuer, err := token.NewIssuer(first.ID, first.Private(), clock.System{})
		if err != nil {
			t.Fatal(err)
		}
		signed, _, err := issuer.Issue(auth.Principal{Subject: "1", Session: "s", Roles: auth.Rider})
		if err != nil {
			t.Fatalf("the key %q signs nothing: %v", first.ID, err)
		}
		verifier, err := token.NewVerifier(set.Public(), clock.System{})
		if err != nil {
			t.Fatal(err)
		}
		if _, until, err := verifier.Verify(signed); err != nil || time.Until(until) <= 0 {
			t.Errorf("what %q signs is not verified: %v", first.ID, err)
		}
		if again, err := keys.LoadOrCreate(path); err != nil || !reflect.DeepEqual(again, set) {
			t.Errorf("the same file again: %v", err)
		}
	})
}
