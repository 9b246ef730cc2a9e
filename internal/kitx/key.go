package kitx

import (
	"crypto/sha256"
	"encoding/hex"
	"io"
	"net/http"

	"freecar/internal/errs"
)

// Keyed is embedded by requests that take an Idempotency-Key.
type Keyed struct {
	IdempotencyKey string `json:"-"`
	// BodyHash tells the request's content from another under the same key.
	BodyHash string `json:"-"`
}

// KeyHeader carries the idempotency key.
const KeyHeader = "Idempotency-Key"

const keyAtMost = 128

func readKey(r *http.Request, raw []byte) (Keyed, error) {
	key := r.Header.Get(KeyHeader)
	if key == "" {
		return Keyed{}, nil
	}
	if err := CheckKey(key); err != nil {
		return Keyed{}, err
	}
	hash := sha256.New()
	_, _ = io.WriteString(hash, r.Method+" "+r.URL.Path+"?"+r.URL.RawQuery+"\n") // never fails
	_, _ = hash.Write(raw)
	return Keyed{IdempotencyKey: key, BodyHash: hex.EncodeToString(hash.Sum(nil))}, nil
}

// CheckKey holds an idempotency key to its form: 1–128 visible ASCII characters.
func CheckKey(key string) error {
	bad := len(key) == 0 || len(key) > keyAtMost
	for _, c := range []byte(key) {
		bad = bad || c <= ' ' || c > '~'
	}
	if bad {
		return errs.Invalidf(KeyHeader, "invalid", "An idempotency key has 1 to %d visible ASCII characters.", keyAtMost)
	}
	return nil
}
