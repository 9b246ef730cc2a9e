// Package ids makes identifiers: UUIDv7 for everything but accounts (RFC 9562,
// section 5.7; they sort by the time of making), and decimal numbers below 2^53
// for accounts, since older clients parse those as integers.
package ids

import (
	"crypto/rand"
	"encoding/binary"
	"strconv"

	"github.com/google/uuid"
)

// Source makes identifiers. Tests inject their own.
type Source interface {
	// New is an id that no other call has returned, here or anywhere.
	New() string
}

// Random is the source for production.
type Random struct{}

// New is a fresh UUIDv7.
func (Random) New() string { return uuid.Must(uuid.NewV7()).String() }

// Valid says that s has the form that New gives: a UUID in its canonical text.
func Valid(s string) bool {
	if len(s) != 36 {
		return false
	}
	id, err := uuid.Parse(s)
	return err == nil && id.String() == s
}

const accountBits = 52

// NewAccount draws an account id: a random number from 2^52 up to 2^53-1, so that all
// have 16 digits and tell nothing about how many accounts there are. Two draws may
// collide (once in 4·10^15 pairs): whoever saves an account draws again on a conflict.
func NewAccount() string {
	var b [8]byte
	_, _ = rand.Read(b[:]) // never fails: crypto/rand ends the program instead
	n := binary.BigEndian.Uint64(b[:])>>(64-accountBits) | 1<<accountBits
	return strconv.FormatUint(n, 10)
}

// ValidAccount says that s is a decimal number from 1 up to 2^53-1 in its canonical text.
func ValidAccount(s string) bool {
	n, err := strconv.ParseUint(s, 10, 64)
	return err == nil && n > 0 && n < 1<<(accountBits+1) && strconv.FormatUint(n, 10) == s
}
