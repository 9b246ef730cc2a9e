// Package media checks bytes while they stream: what they are and how many.
package media

import (
	"bytes"
	"errors"
	"io"
	"strings"

	"github.com/gabriel-vasile/mimetype"

	"freecar/blob"
	"freecar/internal/errs"
)

// headSize is how much of a file its type is told from.
const headSize = 3072

// Copy moves body to w as long as it keeps the limits. What w got of bytes that do not is
// worthless. Errors: those of blob.Store.Put, and w's own.
func Copy(w io.Writer, body io.Reader, limits blob.Limits) (blob.Content, error) {
	source := &checked{body: body, left: limits.MaxSize}
	head := make([]byte, headSize)
	n, _ := io.ReadFull(source, head) // source remembers what matters
	switch {
	case source.err != nil:
		return blob.Content{}, source.err
	case n == 0:
		return blob.Content{}, blob.ErrTruncated
	case !mimetype.Detect(head[:n]).Is(limits.ContentType):
		return blob.Content{}, blob.ErrWrongType
	}
	size, err := io.Copy(w, io.MultiReader(bytes.NewReader(head[:n]), source))
	if source.err != nil {
		err = source.err
	}
	return blob.Content{ContentType: limits.ContentType, Size: size}, err
}

// Detect tells the type of a file from its first bytes, without parameters; it is never
// empty.
func Detect(file io.Reader) (string, error) {
	found, err := mimetype.DetectReader(file)
	if err != nil {
		return "", err
	}
	kind, _, _ := strings.Cut(found.String(), ";")
	return kind, nil
}

// checked reads at most left bytes and remembers why it had to stop.
type checked struct {
	body io.Reader
	left int64
	err  error // has a kind
}

func (c *checked) Read(b []byte) (int, error) {
	if c.err != nil {
		return 0, c.err
	}
	n, err := c.body.Read(b)
	if c.left -= int64(n); c.left < 0 {
		c.err = blob.ErrTooLarge
		return 0, c.err
	}
	if err != nil && err != io.EOF {
		c.err = explained(err)
		return n, c.err
	}
	return n, err
}

// explained is the error of a body that failed; one with a kind says enough.
func explained(err error) error {
	if _, known := errors.AsType[*errs.Error](err); known {
		return err
	}
	return blob.ErrTruncated.Because(err)
}
