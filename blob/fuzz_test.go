package blob_test

import (
	"bytes"
	"errors"
	"net/url"
	"strconv"
	"strings"
	"testing"
	"time"

	"freecar/blob"
)

// FuzzGrant: of all signatures the one that we wrote opens an object, letter by letter, for
// what it was written and until it expires.
func FuzzGrant(f *testing.F) {
	now := time.Date(2026, 1, 31, 13, 45, 0, 0, time.UTC)
	signer, err := blob.NewSigner(bytes.Repeat([]byte{7}, 32), "https://cars.example/api/")
	if err != nil {
		f.Fatal(err)
	}
	object := blob.Object{ID: "0197f1e6-92a5-7bb4-a6a1-3c8d1a0b0c0d", ContentType: "image/png", MaxSize: 1000}
	link, err := signer.Download(object, now.Add(time.Minute))
	if err != nil {
		f.Fatal(err)
	}
	at, err := url.Parse(link.URL)
	if err != nil {
		f.Fatal(err)
	}
	good, expires := at.Query().Get("signature"), at.Query().Get("expires")
	until, err := strconv.ParseInt(expires, 10, 64)
	if err != nil || !strings.HasSuffix(at.Path, "/api/objects/"+object.ID) {
		f.Fatal(link.URL, err)
	}
	for _, signature := range []string{good, "", good + "\n", good[:20] + "\r\n" + good[20:], good + "=", good[:len(good)-1], " " + good, strings.ToUpper(good), "\xff"} {
		f.Add(signature, until, "GET", object.ID, "image/png", int64(1000), 0)
	}
	for _, c := range []byte("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_") {
		f.Add(good[:len(good)-1]+string(c), until, "GET", object.ID, "image/png", int64(1000), 0)
	}
	f.Add(good, until+1, "GET", object.ID, "image/png", int64(1000), 0)
	f.Add(good, until, "PUT", object.ID, "image/png", int64(1000), 0)
	f.Add(good, until, "GET", object.ID+"\n", "image/png", int64(1000), 0)
	f.Add(good, until, "GET", object.ID, "image/png\n1", int64(000), 0)
	f.Add(good, until, "GET", object.ID, "image/png", int64(1000), 60)
	f.Add(good, until, "GET", object.ID, "image/png", int64(1000), 59)
	f.Fuzz(func(t *testing.T, signature string, expires int64, act, id, contentType string, size int64, seconds int) {
		o := blob.Object{ID: id, ContentType: contentType, MaxSize: size}
		later := now.Add(time.Duration(seconds%1000) * time.Second)
		err := signer.Check(blob.Grant{Act: blob.Act(act), ID: id, Expires: expires, Signature: signature}, o, later)
		written := signature == good && expires == until && act == "GET" && o == object
		switch {
		case err == nil && (!written || later.UnixMilli() >= until):
			t.Errorf("%q, which nobody wrote, opens %+v for %q at %v", signature, o, act, later)
		case written && later.UnixMilli() < until && err != nil:
			t.Errorf("what we wrote opens nothing: %v", err)
		case err != nil && !errors.Is(err, blob.ErrBadSignature) && !errors.Is(err, blob.ErrLinkExpired):
			t.Errorf("refused with %v", err)
		}
	})
}
