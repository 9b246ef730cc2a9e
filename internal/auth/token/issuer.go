package token

import (
	"crypto/ed25519"
	"fmt"
	"time"

	"aidanwoods.dev/go-paseto"
	"github.com/go-json-experiment/json"

	"freecar/internal/auth"
	"freecar/internal/clock"
)

// Issuer writes tokens with one key.
type Issuer struct {
	key    paseto.V4AsymmetricSecretKey
	footer []byte
	clock  clock.Clock
}

// NewIssuer takes the key and the id under which verifiers know its public half.
func NewIssuer(keyID string, key ed25519.PrivateKey, c clock.Clock) (*Issuer, error) {
	secret, err := paseto.NewV4AsymmetricSecretKeyFromEd25519(key)
	if err != nil {
		return nil, fmt.Errorf("token: key %s: %w", keyID, err)
	}
	f, err := json.Marshal(footer{KeyID: keyID})
	if err != nil {
		return nil, err
	}
	return &Issuer{key: secret, footer: f, clock: c}, nil
}

// Issue writes a token that says who p is, and says how long it is good for.
func (i *Issuer) Issue(p auth.Principal) (string, time.Duration, error) {
	now := i.clock.Now()
	raw, err := json.Marshal(claims{
		Subject: p.Subject,
		Session: p.Session,
		Roles:   p.Roles.Names(),
		Version: p.Version,
		Issued:  now,
		Expires: now.Add(Life),
	})
	if err != nil {
		return "", 0, err
	}
	t, err := paseto.NewTokenFromClaimsJSON(raw, i.footer)
	if err != nil {
		return "", 0, err
	}
	return t.V4Sign(i.key, nil), Life, nil
}
