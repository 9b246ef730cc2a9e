// Package assertion is the identity that one service tells another: who asks, through
// which service, for whom it is meant. It lives half a minute and is minted anew at each
// hop, so that a service takes no identity from anything else.
package assertion

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base64"
	"hash"
	"strings"
	"sync"
	"time"

	"github.com/go-json-experiment/json"

	"freecar/internal/auth"
	"freecar/internal/clock"
	"freecar/internal/errs"
)

// Life is how long an assertion is good for.
const Life = 30 * time.Second

// skew is how far the clocks of two machines may be apart.
const skew = 5 * time.Second

// claims is what the MAC covers.
type claims struct {
	Subject   string     `json:"sub,omitzero"`
	Session   string     `json:"sid,omitzero"`
	Roles     auth.Roles `json:"rol,omitzero"`
	Service   string     `json:"svc"`
	Audience  string     `json:"aud"`
	RequestID string     `json:"rid,omitzero"`
	Expires   int64      `json:"exp"` // unix milliseconds
}

// Authority mints and checks with one secret: HMAC-SHA256, RFC 2104.
type Authority struct {
	hashes sync.Pool // of hash.Hash: keying one costs more than using it
	clock  clock.Clock
}

// NewAuthority takes the key that all services share, 32 bytes or more.
func NewAuthority(key []byte, c clock.Clock) *Authority {
	return &Authority{hashes: sync.Pool{New: func() any { return hmac.New(sha256.New, key) }}, clock: c}
}

// Mint writes what service says to audience about p.
func (a *Authority) Mint(p auth.Principal, service, audience, requestID string) (string, error) {
	payload, err := json.Marshal(claims{Subject: p.Subject, Session: p.Session, Roles: p.Roles, Service: service,
		Audience: audience, RequestID: requestID, Expires: a.clock.Now().Add(Life).UnixMilli()})
	if err != nil {
		return "", err
	}
	text := make([]byte, 0, base64.RawURLEncoding.EncodedLen(len(payload))+1+base64.RawURLEncoding.EncodedLen(sha256.Size))
	text = base64.RawURLEncoding.AppendEncode(text, payload)
	mac := a.mac(text)
	return string(base64.RawURLEncoding.AppendEncode(append(text, '.'), mac)), nil
}

// ErrForged is what every assertion gets that is not ours, not for us or too old.
var ErrForged = errs.E(errs.Unauthenticated, "bad_assertion", "The internal identity does not hold.")

// Check reads an assertion that is meant for audience. Errors: Unauthenticated.
func (a *Authority) Check(text, audience string) (auth.Principal, error) {
	payload, mac, ok := strings.Cut(text, ".")
	sum, err := base64.RawURLEncoding.DecodeString(mac)
	if !ok || err != nil || !hmac.Equal(sum, a.mac([]byte(payload))) {
		return auth.Principal{}, ErrForged
	}
	raw, err := base64.RawURLEncoding.DecodeString(payload)
	if err != nil {
		return auth.Principal{}, ErrForged
	}
	var c claims
	if err := json.Unmarshal(raw, &c); err != nil || c.Audience != audience || c.Service == "" {
		return auth.Principal{}, ErrForged
	}
	left := time.UnixMilli(c.Expires).Sub(a.clock.Now())
	if left < -skew || left > Life+skew {
		return auth.Principal{}, ErrForged
	}
	return auth.Principal{Subject: c.Subject, Session: c.Session, Roles: c.Roles, Service: c.Service}, nil
}

func (a *Authority) mac(text []byte) []byte {
	h := a.hashes.Get().(hash.Hash)
	defer a.hashes.Put(h)
	h.Reset()
	_, _ = h.Write(text) // never fails
	return h.Sum(nil)
}
