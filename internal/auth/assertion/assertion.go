// Package assertion is the identity that one service tells another: who asks, through
// which service, for whom it is meant. It lives half a minute and is minted anew at each
// hop, so that a service takes no identity from anything else.
package assertion

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base64"
	"errors"
	"hash"
	"strconv"
	"strings"
	"sync"
	"time"

	"freecar/internal/auth"
	"freecar/internal/clock"
	"freecar/internal/errs"
)

// Life is how long an assertion is good for.
const Life = 30 * time.Second

// skew is how far the clocks of two machines may be apart.
const skew = 5 * time.Second

// claims is what the MAC covers: a line each, in this order. It is made and read at every
// hop, and JSON cost as much as the MAC.
type claims struct {
	subject, session  string
	roles             auth.Roles
	service, audience string
	requestID         string
	expires           time.Time
}

var errLine = errors.New("assertion: a claim holds a line break")

func (c claims) encode() (string, error) {
	lines := []string{c.subject, c.session, strconv.FormatUint(uint64(c.roles), 10), c.service, c.audience, c.requestID,
		strconv.FormatInt(c.expires.UnixMilli(), 10)}
	text := strings.Join(lines, "\n")
	if strings.Count(text, "\n") != len(lines)-1 {
		return "", errLine
	}
	return text, nil
}

func decode(text string) (claims, bool) {
	lines := strings.Split(text, "\n")
	if len(lines) != 7 {
		return claims{}, false
	}
	roles, rolesErr := strconv.ParseUint(lines[2], 10, 16)
	expires, expiresErr := strconv.ParseInt(lines[6], 10, 64)
	return claims{subject: lines[0], session: lines[1], roles: auth.Roles(roles), service: lines[3], audience: lines[4],
		requestID: lines[5], expires: time.UnixMilli(expires)}, rolesErr == nil && expiresErr == nil
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
	payload, err := claims{subject: p.Subject, session: p.Session, roles: p.Roles, service: service,
		audience: audience, requestID: requestID, expires: a.clock.Now().Add(Life)}.encode()
	if err != nil {
		return "", err
	}
	text := make([]byte, 0, base64.RawURLEncoding.EncodedLen(len(payload))+1+base64.RawURLEncoding.EncodedLen(sha256.Size))
	text = base64.RawURLEncoding.AppendEncode(text, []byte(payload))
	mac := a.mac(text)
	return string(base64.RawURLEncoding.AppendEncode(append(text, '.'), mac)), nil
}

// ErrForged is what every assertion gets that is not ours, not for us or too old.
var ErrForged = errs.E(errs.Unauthenticated, "bad_assertion", "The internal identity does not hold.")

// Check reads an assertion that is meant for audience. Errors: Unauthenticated.
func (a *Authority) Check(text, audience string) (auth.Principal, error) {
	payload, mac, ok := strings.Cut(text, ".")
	// The MAC is compared as it is written: decoded, one has many texts.
	if !ok || !hmac.Equal([]byte(mac), base64.RawURLEncoding.AppendEncode(nil, a.mac([]byte(payload)))) {
		return auth.Principal{}, ErrForged
	}
	raw, err := base64.RawURLEncoding.DecodeString(payload)
	if err != nil {
		return auth.Principal{}, ErrForged
	}
	c, ok := decode(string(raw))
	if !ok || c.audience != audience || c.service == "" {
		return auth.Principal{}, ErrForged
	}
	left := c.expires.Sub(a.clock.Now())
	if left < -skew || left > Life+skew {
		return auth.Principal{}, ErrForged
	}
	return auth.Principal{Subject: c.subject, Session: c.session, Roles: c.roles, Service: c.service}, nil
}

func (a *Authority) mac(text []byte) []byte {
	h := a.hashes.Get().(hash.Hash)
	defer a.hashes.Put(h)
	h.Reset()
	_, _ = h.Write(text) // never fails
	return h.Sum(nil)
}
