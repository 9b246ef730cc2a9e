// Package idem names an idempotent request. The service that owns the effect
// records the key in the same write as the effect, keeps it for a day, and answers a
// repetition from what it recorded.
package idem

import (
	"time"

	"freecar/internal/errs"
)

// Keep is how long a key is remembered.
const Keep = 24 * time.Hour

// Key is who asked for what under which key. The zero Key is a request without one.
type Key struct {
	Principal string // the account that asks
	Operation string // "trip.Start"
	Value     string // the Idempotency-Key header
	BodyHash  string // SHA-256 of the request, hexadecimal
}

// IsZero says that the request came without a key.
func (k Key) IsZero() bool { return k.Value == "" }

// Check compares a repetition with the hash recorded first.
// Errors: KeyReused when the bodies differ.
func (k Key) Check(recorded string) error {
	if k.BodyHash != recorded {
		return errs.E(errs.KeyReused, "key_reused", "This Idempotency-Key came with another request before; use a new one.")
	}
	return nil
}

// ErrInProgress is what a repetition gets while the first request is still at work.
var ErrInProgress = errs.E(errs.Conflict, "idempotency_in_progress", "The first request with this Idempotency-Key is not finished; ask again shortly.").After(time.Second)
