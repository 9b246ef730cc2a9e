package token

import (
	"crypto/sha256"
	"time"

	lru "github.com/hashicorp/golang-lru/v2"

	"freecar/internal/auth"
	"freecar/internal/clock"
)

// Cached is a Verifier that remembers the tokens it found good, until they expire. It
// remembers their hashes, so that no token lies around in memory; bad ones are checked
// each time, or they could push the good ones out.
type Cached struct {
	verifier *Verifier
	clock    clock.Clock
	known    *lru.Cache[[sha256.Size]byte, proof]
}

type proof struct {
	principal auth.Principal
	expires   time.Time
}

// NewCached remembers at most size tokens.
func NewCached(v *Verifier, size int) (*Cached, error) {
	known, err := lru.New[[sha256.Size]byte, proof](size)
	if err != nil {
		return nil, err
	}
	return &Cached{verifier: v, clock: v.clock, known: known}, nil
}

// Verify says whose token it is and when it expires. Errors: auth.ErrUnauthenticated.
func (c *Cached) Verify(token string) (auth.Principal, time.Time, error) {
	key := sha256.Sum256([]byte(token))
	if p, ok := c.known.Get(key); ok {
		if c.clock.Now().Before(p.expires) {
			return p.principal, p.expires, nil
		}
		c.known.Remove(key)
		return auth.Principal{}, time.Time{}, auth.ErrUnauthenticated.Because(errExpired)
	}
	principal, expires, err := c.verifier.Verify(token)
	if err == nil {
		c.known.Add(key, proof{principal, expires})
	}
	return principal, expires, err
}
