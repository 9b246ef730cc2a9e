// Package totp makes and reads the one-time codes of authenticator apps (RFC 6238): six
// digits, SHA-1, 30 seconds, which is what all of them know.
package totp

import (
	"crypto/aes"
	"crypto/cipher"
	"crypto/rand"
	"encoding/base64"
	"errors"
	"fmt"
	"time"

	"github.com/pquerna/otp"
	"github.com/pquerna/otp/hotp"
	"github.com/pquerna/otp/totp"

	"freecar/internal/errs"
	"freecar/user"
)

const (
	issuer = "FreeCar"
	period = 30 // seconds
	around = 1  // steps on either side that count, for clocks that are a little off
)

// Codes seals the secrets with a key: AES-256-GCM, bound to their account.
type Codes struct{ box cipher.AEAD }

var _ user.OneTimeCodes = (*Codes)(nil)

// New takes a key of 32 bytes.
func New(key []byte) (*Codes, error) {
	block, err := aes.NewCipher(key)
	if err != nil {
		return nil, fmt.Errorf("totp: %w", err)
	}
	box, err := cipher.NewGCMWithRandomNonce(block)
	if err != nil {
		return nil, fmt.Errorf("totp: %w", err)
	}
	return &Codes{box: box}, nil
}

// Enrol draws a secret.
func (c *Codes) Enrol(accountID, label string) (string, user.TOTPSecret, error) {
	key, err := totp.Generate(totp.GenerateOpts{Issuer: issuer, AccountName: label, Period: period, Rand: rand.Reader})
	if err != nil {
		return "", user.TOTPSecret{}, fmt.Errorf("totp: %w", err)
	}
	sealed := c.box.Seal(nil, nil, []byte(key.Secret()), []byte(accountID))
	return base64.RawStdEncoding.EncodeToString(sealed), user.TOTPSecret{Secret: key.Secret(), URL: key.URL()}, nil
}

// errUnreadable is for operators to mend: the key of the file of keys is not that which sealed.
var errUnreadable = errs.E(errs.Unavailable, "totp_unreadable", "Your second factor cannot be read; try again later, or have an admin take it away.")

// Step finds the step of a code.
func (c *Codes) Step(sealed, accountID, code string, now time.Time) (int64, error) {
	raw, err := base64.RawStdEncoding.DecodeString(sealed)
	if err != nil {
		return 0, errUnreadable.Because(errors.New("totp: this is no sealed secret"))
	}
	secret, err := c.box.Open(nil, nil, raw, []byte(accountID))
	if err != nil {
		return 0, errUnreadable.Because(errors.New("totp: the secret was sealed with another key or for another account"))
	}
	current := now.Unix() / period
	for step := current - around; step <= current+around; step++ {
		if step < 1 {
			continue
		}
		ok, err := hotp.ValidateCustom(code, uint64(step), string(secret), hotp.ValidateOpts{Digits: otp.DigitsSix, Algorithm: otp.AlgorithmSHA1})
		switch {
		case errors.Is(err, otp.ErrValidateInputInvalidLength):
			return 0, nil
		case err != nil:
			return 0, fmt.Errorf("totp: %w", err)
		case ok:
			return step, nil
		}
	}
	return 0, nil
}
