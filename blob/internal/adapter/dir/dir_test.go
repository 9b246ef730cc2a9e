package dir_test

import (
	"bytes"
	"errors"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"testing"
	"testing/iotest"
	"time"

	"go.uber.org/goleak"

	"freecar/blob"
	"freecar/blob/internal/adapter/dir"
	"freecar/blob/internal/adaptertest"
	"freecar/internal/clock"
	"freecar/internal/ids"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

func open(t *testing.T, directory string) *dir.Objects {
	t.Helper()
	objects, err := dir.Open(directory, clock.System{})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := objects.Close(); err != nil {
			t.Error(err)
		}
	})
	return objects
}

func TestStore(t *testing.T) {
	adaptertest.Store(t, func(t *testing.T) (blob.Store, func() blob.Store) {
		directory := filepath.Join(t.TempDir(), "objects")
		again := func() blob.Store { return open(t, directory) }
		return again(), again
	})
}

// files are the files below the directory, whatever their names.
func files(t *testing.T, directory string) (found []string) {
	t.Helper()
	err := filepath.WalkDir(directory, func(name string, entry fs.DirEntry, err error) error {
		if err == nil && !entry.IsDir() {
			found = append(found, name)
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return found
}

func TestFiles(t *testing.T) {
	limits := blob.Limits{ContentType: "image/png", MaxSize: 10_000}
	t.Run("neither a success nor a failure leaves anything behind", func(t *testing.T) {
		directory := t.TempDir()
		objects, id := open(t, directory), ids.Random{}.New()
		broken := io.MultiReader(bytes.NewReader(adaptertest.PNG(9000)), iotest.ErrReader(errors.New("gone")))
		if _, err := objects.Put(t.Context(), id, limits, broken); !errors.Is(err, blob.ErrTruncated) {
			t.Fatal(err)
		}
		if left := files(t, directory); len(left) != 0 {
			t.Errorf("left behind: %v", left)
		}
		if _, err := objects.Put(t.Context(), id, limits, bytes.NewReader(adaptertest.PNG(50))); err != nil {
			t.Fatal(err)
		}
		if left := files(t, directory); len(left) != 1 || filepath.Base(left[0]) != id {
			t.Errorf("files: %v", left)
		}
	})
	t.Run("nobody else may read", func(t *testing.T) {
		directory := t.TempDir()
		if _, err := open(t, directory).Put(t.Context(), ids.Random{}.New(), limits, bytes.NewReader(adaptertest.PNG(50))); err != nil {
			t.Fatal(err)
		}
		info, err := os.Stat(files(t, directory)[0])
		if err != nil || info.Mode().Perm() != 0o600 {
			t.Errorf("got %v, %v", info.Mode(), err)
		}
	})
	t.Run("opening removes what died half-way long ago, and nothing younger", func(t *testing.T) {
		directory := t.TempDir()
		open(t, directory)
		old, young := filepath.Join(directory, "unfinished", "old"), filepath.Join(directory, "unfinished", "young")
		for _, name := range []string{old, young} {
			if err := os.WriteFile(name, []byte("half"), 0o600); err != nil {
				t.Fatal(err)
			}
		}
		longAgo := time.Now().Add(-25 * time.Hour)
		if err := os.Chtimes(old, longAgo, longAgo); err != nil {
			t.Fatal(err)
		}
		open(t, directory)
		if left := files(t, directory); len(left) != 1 || left[0] != young {
			t.Errorf("left: %v", left)
		}
	})
}
