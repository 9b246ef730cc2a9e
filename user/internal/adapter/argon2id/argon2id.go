// Package argon2id hashes passwords with Argon2id (RFC 9106) at 19 MiB, two passes and
// one lane, and writes them in the PHC string format.
package argon2id

import (
	"context"
	"crypto/rand"
	"crypto/subtle"
	"encoding/base64"
	"errors"
	"fmt"
	"runtime"
	"strings"
	"time"

	"golang.org/x/crypto/argon2"

	"freecar/internal/errs"
	"freecar/user"
)

// cost is what one hash takes: memory in KiB, passes and lanes.
type cost struct {
	memory, time uint32
	lanes        uint8
}

const (
	saltBytes = 16
	keyBytes  = 32
	atOnce    = 2
)

var (
	current  = cost{memory: 19 * 1024, time: 2, lanes: 1}
	encoding = base64.RawStdEncoding
)

// slots is the process's, as its memory is: each hash takes 19 MiB of it.
var slots = make(chan struct{}, atOnce)

// Passwords hashes at most two passwords at once, in all of the process.
type Passwords struct{}

var _ user.Passwords = Passwords{}

// Hash makes what is stored of a password.
func (p Passwords) Hash(ctx context.Context, password string) (string, error) {
	salt := make([]byte, saltBytes)
	_, _ = rand.Read(salt) // never fails: crypto/rand ends the program instead
	key, err := p.derive(ctx, password, salt, current, keyBytes)
	if err != nil {
		return "", err
	}
	return fmt.Sprintf("$argon2id$v=%d$m=%d,t=%d,p=%d$%s$%s", argon2.Version,
		current.memory, current.time, current.lanes, encoding.EncodeToString(salt), encoding.EncodeToString(key)), nil
}

// Verify says whether the hash is of the password.
func (p Passwords) Verify(ctx context.Context, password, hash string) (bool, error) {
	if hash == "" {
		_, err := p.derive(ctx, password, make([]byte, saltBytes), current, keyBytes)
		return false, err
	}
	c, salt, want, err := parse(hash)
	if err != nil {
		return false, err
	}
	got, err := p.derive(ctx, password, salt, c, uint32(len(want)))
	return err == nil && subtle.ConstantTimeCompare(got, want) == 1, err
}

// derive waits for its turn and computes.
func (p Passwords) derive(ctx context.Context, password string, salt []byte, c cost, size uint32) ([]byte, error) {
	select {
	case slots <- struct{}{}:
	case <-ctx.Done():
		return nil, errs.E(errs.Unavailable, "busy", "Too many sign in at once; try again shortly.").After(time.Second).Because(ctx.Err())
	}
	defer func() { <-slots }()
	key := argon2.IDKey([]byte(password), salt, c.time, c.memory, c.lanes, size)
	// The next hash shall find this one's memory free: left to itself the collector lets
	// several of them pile up first, which doubles the size of a small process.
	runtime.GC()
	return key, nil
}

// What a stored hash may ask of the process that checks it: a damaged one must not end it.
const (
	mostMemory = 1 << 20 // KiB
	mostTime   = 100
	longestKey = 1024 // bytes
)

func (c cost) bearable() bool {
	return c.memory <= mostMemory && c.time > 0 && c.time <= mostTime && c.lanes > 0
}

var errForm = errors.New("argon2id: a stored hash is not in the PHC form")

// parse reads what Hash wrote, now or with another cost.
func parse(hash string) (c cost, salt, key []byte, err error) {
	parts := strings.Split(hash, "$")
	if len(parts) != 6 || parts[0] != "" || parts[1] != "argon2id" || parts[2] != fmt.Sprintf("v=%d", argon2.Version) {
		return cost{}, nil, nil, errForm
	}
	if n, err := fmt.Sscanf(parts[3], "m=%d,t=%d,p=%d", &c.memory, &c.time, &c.lanes); n != 3 || err != nil || !c.bearable() {
		return cost{}, nil, nil, errForm
	}
	salt, saltErr := encoding.DecodeString(parts[4])
	key, keyErr := encoding.DecodeString(parts[5])
	if saltErr != nil || keyErr != nil || len(key) == 0 || len(key) > longestKey {
		return cost{}, nil, nil, errForm
	}
	return c, salt, key, nil
}
