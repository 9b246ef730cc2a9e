package media_test

import (
	"bytes"
	"errors"
	"io"
	"strings"
	"testing"
	"testing/iotest"

	"freecar/blob"
	"freecar/blob/internal/media"
)

// FuzzCopy: bytes that are let through are of the type that was promised, all of them and
// no more than may be, in whatever pieces they come.
func FuzzCopy(f *testing.F) {
	png, jpeg, webp := "\x89PNG\r\n\x1a\n", "\xff\xd8\xff\xe0", "RIFF\x00\x00\x00\x00WEBPVP8 "
	for _, body := range []string{png, jpeg + "JFIF", webp, "", "<svg xmlns='http://www.w3.org/2000/svg'/>", "<html><script>", "GIF89a", "%PDF-1.7", "PK\x03\x04", png + "<script>", strings.Repeat("\x00", 4000), jpeg + strings.Repeat("x", 3072)} {
		for _, kind := range []string{"image/png", "image/jpeg", "image/webp"} {
			f.Add([]byte(body), kind, int64(len(body)), byte(0))
		}
	}
	f.Add([]byte(png), "image/png", int64(3), byte(1))
	f.Add([]byte(png), "text/html", int64(-1), byte(2))
	f.Fuzz(func(t *testing.T, body []byte, kind string, most int64, pieces byte) {
		var r io.Reader = bytes.NewReader(body)
		switch pieces % 4 {
		case 1:
			r = iotest.OneByteReader(r)
		case 2:
			r = iotest.DataErrReader(r)
		case 3:
			r = io.MultiReader(r, iotest.ErrReader(errors.New("broken")))
		}
		var kept bytes.Buffer
		got, err := media.Copy(&kept, r, blob.Limits{ContentType: kind, MaxSize: most})
		if err != nil {
			if !errors.Is(err, blob.ErrTooLarge) && !errors.Is(err, blob.ErrWrongType) && !errors.Is(err, blob.ErrTruncated) {
				t.Errorf("refused with %v", err)
			}
			return
		}
		if got.ContentType != kind || got.Size != int64(len(body)) || got.Size > most || !bytes.Equal(kept.Bytes(), body) || pieces%4 == 3 || len(body) == 0 {
			t.Errorf("%d bytes of %d at most became %+v", len(body), most, got)
		}
		if found, err := media.Detect(bytes.NewReader(kept.Bytes())); err != nil || found == "" || strings.HasPrefix(kind, "image/") && found != kind {
			t.Errorf("kept as %s, it is %s, %v", kind, found, err)
		}
	})
}
