package transport

import (
	"fmt"
	"io"
	"net/http"
	"path"
	"strconv"
	"strings"
	"time"

	"freecar/blob"
)

// transferAtMost bounds how long the other side may take over an object; streams have no
// deadline of their own.
const transferAtMost = 3 * time.Minute

// upload takes the bytes of an object. What the request says of their type is not looked
// at: the bytes decide.
func upload(d blob.Door) func(http.ResponseWriter, *http.Request) error {
	return func(w http.ResponseWriter, r *http.Request) error {
		// Where there is no socket there is no deadline, and the caller's own one holds.
		_ = http.NewResponseController(w).SetReadDeadline(time.Now().Add(transferAtMost))
		err := d.Receive(r.Context(), blob.Incoming{Grant: grant(blob.Put, r), Length: r.ContentLength, Body: r.Body})
		if err != nil {
			return err
		}
		w.Header().Set("Content-Length", "0")
		w.WriteHeader(http.StatusOK)
		return nil
	}
}

// download gives the bytes of an object, in a way that lets a browser show them and do
// nothing else.
func download(d blob.Door) func(http.ResponseWriter, *http.Request) error {
	return func(w http.ResponseWriter, r *http.Request) error {
		object, err := d.Open(r.Context(), grant(blob.Get, r))
		if err != nil {
			return err
		}
		defer object.Close()
		socket := http.NewResponseController(w)
		_ = socket.SetWriteDeadline(time.Now().Add(transferAtMost))
		defer func() { _ = socket.SetWriteDeadline(time.Time{}) }() // the next answer has its own time
		h := w.Header()
		h.Set("Content-Type", object.ContentType)
		h.Set("Content-Length", strconv.FormatInt(object.Size, 10))
		h.Set("Content-Disposition", fmt.Sprintf(`inline; filename="%s.%s"`, object.ID, extension(object.ContentType)))
		h.Set("Content-Security-Policy", "default-src 'none'; sandbox")
		h.Set("X-Content-Type-Options", "nosniff")
		h.Set("Cache-Control", fmt.Sprintf("private, max-age=%d, immutable", int(blob.LinkLife.Seconds())))
		h.Set("Referrer-Policy", "no-referrer")
		_, err = io.Copy(w, object)
		return err
	}
}

// grant is what the address says. What is no number expires at once.
func grant(a blob.Act, r *http.Request) blob.Grant {
	q := r.URL.Query()
	expires, err := strconv.ParseInt(q.Get("expires"), 10, 64)
	if err != nil {
		expires = 0
	}
	return blob.Grant{Act: a, ID: path.Base(r.URL.Path), Expires: expires, Signature: q.Get("signature")}
}

// extension is the one that people expect: that of image/jpeg is jpg.
func extension(contentType string) string {
	_, kind, _ := strings.Cut(contentType, "/")
	return strings.Replace(kind, "jpeg", "jpg", 1)
}
