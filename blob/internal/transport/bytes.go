package transport

import (
	"fmt"
	"io"
	"net/http"
	"strconv"
	"strings"
	"time"

	"freecar/blob"
	"freecar/blob/blobapi"
)

// transferAtMost bounds how long the other side may take over an object; streams have no
// deadline of their own.
const transferAtMost = 3 * time.Minute

// receiveAtMost is for an upload. Who is too slow, the gateway knows, which sees the client:
// this is longer than it lets the largest one take, at 8 KiB a second.
const receiveAtMost = transferAtMost + blobapi.UploadAtMost/(8<<10)*time.Second

// upload takes the bytes of an object. What the request says of their type is not looked
// at: the bytes decide.
func upload(d blob.Door) func(http.ResponseWriter, *http.Request) error {
	return func(w http.ResponseWriter, r *http.Request) error {
		// Where there is no socket there is no deadline, and the caller's own one holds.
		_ = http.NewResponseController(w).SetReadDeadline(time.Now().Add(receiveAtMost))
		address, err := blobapi.Upload.Read(r)
		if err != nil {
			return err
		}
		if err := d.Receive(r.Context(), blob.Incoming{Grant: grant(blob.Put, address), Length: r.ContentLength, Body: r.Body}); err != nil {
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
		address, err := blobapi.Download.Read(r)
		if err != nil {
			return err
		}
		object, err := d.Open(r.Context(), grant(blob.Get, address))
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

func grant(a blob.Act, r blobapi.AddressRequest) blob.Grant {
	return blob.Grant{Act: a, ID: r.Key, Expires: r.Expires, Signature: r.Signature}
}

// extension is the one that people expect: that of image/jpeg is jpg.
func extension(contentType string) string {
	_, kind, _ := strings.Cut(contentType, "/")
	return strings.Replace(kind, "jpeg", "jpg", 1)
}
