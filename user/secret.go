package user

import (
	"crypto/rand"
	"crypto/sha256"
	"crypto/subtle"
	"encoding/base64"
)

const secretBytes = 32

// SecretHash is what is stored of a secret. A plain hash will do: nobody guesses 256
// random bits, however fast guessing is.
type SecretHash [sha256.Size]byte

// newSecret draws 256 bits and gives them as text and as what is stored of them.
func newSecret() (text string, hash SecretHash) {
	var b [secretBytes]byte
	_, _ = rand.Read(b[:]) // never fails: crypto/rand ends the program instead
	text = base64.RawURLEncoding.EncodeToString(b[:])
	return text, HashSecret(text)
}

// HashSecret is what is stored of a secret's text.
func HashSecret(text string) SecretHash { return sha256.Sum256([]byte(text)) }

// Equal compares in constant time.
func (h SecretHash) Equal(other SecretHash) bool {
	return subtle.ConstantTimeCompare(h[:], other[:]) == 1
}
