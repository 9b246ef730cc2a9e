package keys_test

import (
	"bytes"
	"encoding/json"
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"reflect"
	"strings"
	"sync"
	"testing"

	"freecar/internal/auth/keys"
)

func TestSealing(t *testing.T) {
	path := filepath.Join(t.TempDir(), "keys.json")
	whole, err := keys.LoadOrCreate(path)
	if err != nil || len(whole.Sealing) != 32 {
		t.Fatalf("got %d bytes, %v", len(whole.Sealing), err)
	}
	t.Run("a file from before there was one gives the same key every time", func(t *testing.T) {
		old := whole
		old.Sealing = nil
		raw, err := json.Marshal(old)
		if err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, raw, 0o600); err != nil {
			t.Fatal(err)
		}
		one, err1 := keys.Load(path)
		two, err2 := keys.LoadOrCreate(path)
		if err1 != nil || err2 != nil || len(one.Sealing) != 32 || !bytes.Equal(one.Sealing, two.Sealing) || bytes.Equal(one.Sealing, one.Assertion) {
			t.Errorf("got %x and %x, %v, %v", one.Sealing, two.Sealing, err1, err2)
		}
	})
	t.Run("and where the file may be written the key outlives the one that it is of", func(t *testing.T) {
		before, err := keys.Load(path) // LoadOrCreate was here
		if err != nil {
			t.Fatal(err)
		}
		rotated := before
		rotated.Assertion = whole.URL
		var kept keys.Set
		raw, err := os.ReadFile(path)
		if err == nil {
			err = json.Unmarshal(raw, &kept)
		}
		if err != nil || !reflect.DeepEqual(kept, before) {
			t.Errorf("the file has %+v, %v", kept, err)
		}
		kept.Assertion = rotated.Assertion
		if raw, err = json.Marshal(kept); err == nil {
			err = os.WriteFile(path, raw, 0o600)
		}
		if after, loaded := keys.Load(path); err != nil || loaded != nil || !bytes.Equal(after.Sealing, before.Sealing) {
			t.Errorf("got %x, want %x, %v, %v", after.Sealing, before.Sealing, err, loaded)
		}
		if info, err := os.Stat(path); err != nil || info.Mode().Perm() != 0o600 {
			t.Errorf("mode %v, %v", info, err)
		}
	})
	t.Run("one of the wrong size is refused", func(t *testing.T) {
		bad := whole
		bad.Sealing = []byte("short")
		raw, err := json.Marshal(bad)
		if err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, raw, 0o600); err != nil {
			t.Fatal(err)
		}
		if _, err := keys.Load(path); err == nil {
			t.Error("it was taken")
		}
	})
}

func TestLoadOrCreate(t *testing.T) {
	t.Run("processes that start together share the keys, unread by others", func(t *testing.T) {
		path := filepath.Join(t.TempDir(), "keys", "keys.json")
		sets := make([]keys.Set, 8)
		var wg sync.WaitGroup
		for i := range sets {
			wg.Go(func() {
				var err error
				if sets[i], err = keys.LoadOrCreate(path); err != nil {
					t.Error(err)
				}
			})
		}
		wg.Wait()
		for _, s := range sets[1:] {
			if !reflect.DeepEqual(s, sets[0]) {
				t.Fatal("two sets of keys")
			}
		}
		info, err := os.Stat(path)
		if err != nil || info.Mode().Perm() != 0o600 {
			t.Errorf("mode %v, %v", info.Mode(), err)
		}
	})
	t.Run("a broken file is refused and kept", func(t *testing.T) {
		for _, content := range []string{"", "{}", "not json", `{"signing":[{"id":"a","seed":"AA=="}]}`} {
			path := filepath.Join(t.TempDir(), "keys.json")
			if err := os.WriteFile(path, []byte(content), 0o600); err != nil {
				t.Fatal(err)
			}
			if _, err := keys.LoadOrCreate(path); err == nil {
				t.Errorf("%q was taken", content)
			}
			if raw, _ := os.ReadFile(path); string(raw) != content {
				t.Errorf("%q was overwritten", content)
			}
		}
	})
	t.Run("a file that others may open is refused", func(t *testing.T) {
		for _, mode := range []os.FileMode{0o640, 0o604, 0o660, 0o622} {
			path := filepath.Join(t.TempDir(), "keys.json")
			if err := errors.Join(keys.Create(path), os.Chmod(path, mode)); err != nil {
				t.Fatal(err)
			}
			if _, err := keys.LoadOrCreate(path); err == nil || !strings.Contains(err.Error(), "chmod 600") {
				t.Errorf("mode %o: %v", mode, err)
			}
		}
	})
}

func TestCreate(t *testing.T) {
	path := filepath.Join(t.TempDir(), "new", "keys.json")
	if _, err := keys.Load(path); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("before: %v", err)
	}
	if err := keys.Create(path); err != nil {
		t.Fatal(err)
	}
	before, err := keys.Load(path)
	if err != nil {
		t.Fatal(err)
	}
	if err := keys.Create(path); !errors.Is(err, fs.ErrExist) {
		t.Errorf("a second time: %v", err)
	}
	if after, err := keys.Load(path); err != nil || !reflect.DeepEqual(after, before) {
		t.Errorf("the keys have changed, %v", err)
	}
}
