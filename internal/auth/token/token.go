// Package token is what clients prove themselves with: access tokens, PASETO v4.public,
// good for a quarter of an hour. Whoever has the public keys can check them; only the user
// service can write them.
package token

import (
	"time"

	"github.com/go-json-experiment/json"

	"freecar/internal/auth"
)

// Life is how long a token is good for.
const Life = 15 * time.Minute

// skew is how far the clock of who issues may be ahead of that of who checks.
const skew = time.Minute

// longest bounds what is looked at: ours have about 350 bytes.
const longest = 2048

// claims is what the signature covers, under the names that PASETO registers where it has
// one. Times are RFC 3339.
type claims struct {
	Subject string    `json:"sub"`
	Session string    `json:"sid"`
	Roles   []string  `json:"roles"`
	Version int64     `json:"ver"`
	Issued  time.Time `json:"iat"`
	Expires time.Time `json:"exp"`
}

// footer names the key. It is signed, but read before the signature can be checked.
type footer struct {
	KeyID string `json:"kid"`
}

func (c claims) principal() (auth.Principal, error) {
	roles, err := auth.RolesOf(c.Roles)
	return auth.Principal{Subject: c.Subject, Session: c.Session, Roles: roles, Version: c.Version}, err
}

func decode(raw []byte, into any) error {
	return json.Unmarshal(raw, into, json.RejectUnknownMembers(true))
}
