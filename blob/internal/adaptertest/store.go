package adaptertest

import (
	"bytes"
	"errors"
	"io"
	"strings"
	"sync"
	"testing"
	"testing/iotest"

	"freecar/blob"
	"freecar/internal/errs"
)

// OpenStore gives a store with nothing in it, and another handle on the same data.
type OpenStore func(t *testing.T) (blob.Store, func() blob.Store)

var limits = blob.Limits{ContentType: "image/png", MaxSize: 100_000}

// Store holds a store of bytes to its contract.
func Store(t *testing.T, open OpenStore) {
	t.Run("bytes come back whole, also to others", func(t *testing.T) { wholeBytes(t, open) })
	t.Run("every type that is allowed is known by its bytes", func(t *testing.T) { knownTypes(t, open) })
	t.Run("what is not there is NotFound", func(t *testing.T) { noBytes(t, open) })
	t.Run("bytes are written once", func(t *testing.T) { writtenOnce(t, open) })
	t.Run("of many uploads one is kept, whole", func(t *testing.T) { oneUpload(t, open) })
	t.Run("bytes of another type are refused", func(t *testing.T) { wrongType(t, open) })
	t.Run("one byte too many is too many", func(t *testing.T) { tooLarge(t, open) })
	t.Run("a body that fails leaves nothing", func(t *testing.T) { truncated(t, open) })
	t.Run("a body's own refusal is passed on", func(t *testing.T) { refusedBody(t, open) })
	t.Run("deleting is done once and for all, and again", func(t *testing.T) { deleteBytes(t, open) })
	t.Run("an id that is a path leads nowhere", func(t *testing.T) { paths(t, open) })
}

func put(t *testing.T, s blob.Store, id string, data []byte) {
	t.Helper()
	content, err := s.Put(t.Context(), id, limits, bytes.NewReader(data))
	if err != nil || content != (blob.Content{ContentType: limits.ContentType, Size: int64(len(data))}) {
		t.Fatalf("got %+v, %v", content, err)
	}
}

// has says that exactly these bytes are there.
func has(t *testing.T, s blob.Store, id string, want []byte) {
	t.Helper()
	content, err := s.Stat(t.Context(), id)
	if err != nil || content.Size != int64(len(want)) || content.ContentType != limits.ContentType {
		t.Errorf("got %+v, %v", content, err)
	}
	body, err := s.Open(t.Context(), id)
	if err != nil {
		t.Fatal(err)
	}
	got, err := io.ReadAll(body)
	if err := errors.Join(err, body.Close()); err != nil || !bytes.Equal(got, want) {
		t.Errorf("%d bytes, want %d, %v", len(got), len(want), err)
	}
}

// hasNot says that nothing is there.
func hasNot(t *testing.T, s blob.Store, id string) {
	t.Helper()
	_, err := s.Stat(t.Context(), id)
	missing(t, err)
	_, err = s.Open(t.Context(), id)
	missing(t, err)
}

func wholeBytes(t *testing.T, open OpenStore) {
	s, again := open(t)
	for _, size := range []int{33, 3071, 3072, 3073, 100_000} {
		key, data := id(), PNG(size)
		data[size-1] = 7
		put(t, s, key, data)
		has(t, s, key, data)
		has(t, again(), key, data)
	}
}

func knownTypes(t *testing.T, open OpenStore) {
	s, _ := open(t)
	for contentType, data := range map[string][]byte{"image/png": PNG(50), "image/jpeg": JPEG(), "image/webp": WebP()} {
		key := id()
		if _, err := s.Put(t.Context(), key, blob.Limits{ContentType: contentType, MaxSize: 100}, bytes.NewReader(data)); err != nil {
			t.Errorf("%s: %v", contentType, err)
		}
		if content, err := s.Stat(t.Context(), key); err != nil || content.ContentType != contentType {
			t.Errorf("%s: got %+v, %v", contentType, content, err)
		}
	}
}

func noBytes(t *testing.T, open OpenStore) {
	s, _ := open(t)
	hasNot(t, s, id())
}

func writtenOnce(t *testing.T, open OpenStore) {
	s, _ := open(t)
	key, first := id(), PNG(100)
	put(t, s, key, first)
	if _, err := s.Put(t.Context(), key, limits, bytes.NewReader(PNG(50))); !errors.Is(err, blob.ErrUploaded) {
		t.Errorf("got %v", err)
	}
	has(t, s, key, first)
}

func oneUpload(t *testing.T, open OpenStore) {
	const racers = 16
	s, again := open(t)
	handles := []blob.Store{s, again()}
	key, got := id(), make([]error, racers)
	body := func(i int) []byte { return bytes.Repeat(PNG(50), 1+i) }
	begin := make(chan struct{})
	var wg sync.WaitGroup
	for i := range racers {
		wg.Go(func() {
			<-begin
			_, got[i] = handles[i%2].Put(t.Context(), key, limits, iotest.HalfReader(bytes.NewReader(body(i))))
		})
	}
	close(begin)
	wg.Wait()
	winner := -1
	for i, err := range got {
		switch {
		case err == nil && winner >= 0:
			t.Errorf("%d and %d both won", winner, i)
		case err == nil:
			winner = i
		case !errors.Is(err, blob.ErrUploaded):
			t.Errorf("got %v", err)
		}
	}
	if winner < 0 {
		t.Fatal("nobody won")
	}
	has(t, s, key, body(winner))
}

// refused says that a body is not taken, and that another one can come after it.
func refused(t *testing.T, open OpenStore, body io.Reader, want error) {
	t.Helper()
	s, _ := open(t)
	key := id()
	if _, err := s.Put(t.Context(), key, limits, body); !errors.Is(err, want) || errs.KindOf(err) != errs.KindOf(want) {
		t.Errorf("got %v, want %v", err, want)
	}
	hasNot(t, s, key)
	put(t, s, key, PNG(50))
}

func wrongType(t *testing.T, open OpenStore) {
	for _, data := range []string{string(JPEG()), "hello", "<svg xmlns='http://www.w3.org/2000/svg'/>", "<html><script>", strings.Repeat("\x00", 5000)} {
		refused(t, open, strings.NewReader(data), blob.ErrWrongType)
	}
}

func tooLarge(t *testing.T, open OpenStore) {
	data := PNG(int(limits.MaxSize) + 1)
	refused(t, open, bytes.NewReader(data), blob.ErrTooLarge)
	refused(t, open, iotest.DataErrReader(bytes.NewReader(data)), blob.ErrTooLarge)
	refused(t, open, io.MultiReader(bytes.NewReader(data), iotest.ErrReader(io.ErrUnexpectedEOF)), blob.ErrTooLarge)
}

func truncated(t *testing.T, open OpenStore) {
	refused(t, open, strings.NewReader(""), blob.ErrTruncated)
	for _, before := range []int{0, 10, 33, 3072, 50_000} {
		refused(t, open, io.MultiReader(bytes.NewReader(PNG(50_000)[:before]), iotest.ErrReader(io.ErrUnexpectedEOF)), blob.ErrTruncated)
	}
	refused(t, open, iotest.TimeoutReader(iotest.OneByteReader(bytes.NewReader(PNG(50)))), blob.ErrTruncated)
}

func refusedBody(t *testing.T, open OpenStore) {
	late := errs.E(errs.Denied, "late", "")
	refused(t, open, io.MultiReader(bytes.NewReader(PNG(50)), iotest.ErrReader(late)), late)
}

func deleteBytes(t *testing.T, open OpenStore) {
	s, again := open(t)
	key := id()
	put(t, s, key, PNG(50))
	for range 2 {
		if err := again().Delete(t.Context(), key); err != nil {
			t.Fatal(err)
		}
	}
	hasNot(t, s, key)
	put(t, s, key, PNG(60))
}

func paths(t *testing.T, open OpenStore) {
	s, _ := open(t)
	for _, key := range []string{"", ".", "..", "../" + id(), "/etc/passwd", id() + "/../x", strings.ToUpper(id()), "\x00", id() + "\x00"} {
		hasNot(t, s, key)
		if _, err := s.Put(t.Context(), key, limits, bytes.NewReader(PNG(50))); errs.KindOf(err) != errs.Invalid {
			t.Errorf("%q: got %v", key, err)
		}
		if err := s.Delete(t.Context(), key); err != nil {
			t.Errorf("%q: got %v", key, err)
		}
	}
}
