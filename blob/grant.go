package blob

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base64"
	"fmt"
	"net/url"
	"strconv"
	"strings"
	"time"
)

// Act is what a link lets its holder do.
type Act string

// The acts.
const (
	Put Act = "PUT"
	Get Act = "GET"
)

// signatures are written in it, and have one text each.
var signatures = base64.RawURLEncoding

// Grant is what a link's signature stands for, as the link's holder presents it.
type Grant struct {
	Act       Act
	ID        string
	Expires   int64  // unix milliseconds
	Signature string // base64url
}

// Signer makes links to this service's own door, and knows them again: HMAC-SHA256
// (RFC 2104) over the act, the object, the expiry and what the bytes may be.
type Signer struct {
	key    []byte
	public *url.URL
}

var _ Links = (*Signer)(nil)

// NewSigner takes a secret of 32 bytes or more, and the address under which clients
// reach us.
func NewSigner(key []byte, publicURL string) (*Signer, error) {
	if len(key) < sha256.Size {
		return nil, fmt.Errorf("blob: the key of signed addresses has %d bytes and needs %d", len(key), sha256.Size)
	}
	public, err := url.Parse(strings.TrimSuffix(publicURL, "/"))
	if err != nil || public.Host == "" || public.Scheme != "http" && public.Scheme != "https" {
		return nil, fmt.Errorf("blob: the public address %q is not absolute", publicURL)
	}
	return &Signer{key: key, public: public}, nil
}

// Upload is where the object's bytes go.
func (s *Signer) Upload(o Object, expires time.Time) (Upload, error) {
	return Upload{
		Method: string(Put), URL: s.link(Put, o, expires), ExpiresAt: expires,
		Headers: map[string]string{"Content-Type": o.ContentType},
	}, nil
}

// Download is where the object's bytes are.
func (s *Signer) Download(o Object, expires time.Time) (Link, error) {
	return Link{URL: s.link(Get, o, expires), ExpiresAt: expires}, nil
}

// Check says whether the grant is ours, for this object, at this moment.
// Errors: ErrBadSignature, ErrLinkExpired.
func (s *Signer) Check(g Grant, o Object, now time.Time) error {
	// As it is written: decoded, one MAC has many texts, with ends of lines for one.
	if !hmac.Equal([]byte(g.Signature), []byte(signatures.EncodeToString(s.mac(g.Act, o, g.Expires)))) {
		return ErrBadSignature
	}
	if now.UnixMilli() >= g.Expires {
		return ErrLinkExpired
	}
	return nil
}

func (s *Signer) link(a Act, o Object, expires time.Time) string {
	ms := expires.UnixMilli()
	u := s.public.JoinPath("objects", o.ID)
	u.RawQuery = url.Values{
		"expires":   {strconv.FormatInt(ms, 10)},
		"signature": {signatures.EncodeToString(s.mac(a, o, ms))},
	}.Encode()
	return u.String()
}

func (s *Signer) mac(a Act, o Object, expires int64) []byte {
	h := hmac.New(sha256.New, s.key)
	_, _ = fmt.Fprintf(h, "%s\n%s\n%d\n%s\n%d", a, o.ID, expires, o.ContentType, o.MaxSize) // never fails
	return h.Sum(nil)
}
