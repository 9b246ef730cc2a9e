// Package keys keeps the platform's secrets in one file that only its owner may read:
// the keys that sign access tokens, the key of internal assertions and that of signed
// URLs. They persist, so that tokens outlive a restart.
package keys

import (
	"crypto/ed25519"
	"crypto/hkdf"
	"crypto/rand"
	"crypto/sha256"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
)

// Set is all keys. The first signing key signs; all verify, so that a key can be
// rotated without ending a session.
type Set struct {
	Signing   []SigningKey `json:"signing"`
	Assertion []byte       `json:"assertion"`
	URL       []byte       `json:"url"`
	// Sealing encrypts what must be readable again: the secrets of second factors.
	Sealing []byte `json:"sealing"`
}

// SigningKey is one Ed25519 key pair.
type SigningKey struct {
	ID   string `json:"id"`
	Seed []byte `json:"seed"`
}

// Private is the key that signs.
func (k SigningKey) Private() ed25519.PrivateKey { return ed25519.NewKeyFromSeed(k.Seed) }

// Public is the key that verifies.
func (k SigningKey) Public() ed25519.PublicKey { return k.Private().Public().(ed25519.PublicKey) }

// Public are the keys that verify, by id.
func (s Set) Public() map[string]ed25519.PublicKey {
	public := map[string]ed25519.PublicKey{}
	for _, k := range s.Signing {
		public[k.ID] = k.Public()
	}
	return public
}

const (
	macBytes  = 32
	sealBytes = 32 // AES-256
)

// New makes a fresh set.
func New() Set {
	seed := random(ed25519.SeedSize)
	public := ed25519.NewKeyFromSeed(seed).Public().(ed25519.PublicKey)
	return Set{
		Signing:   []SigningKey{{ID: fmt.Sprintf("k-%x", []byte(public[:4])), Seed: seed}},
		Assertion: random(macBytes),
		URL:       random(macBytes),
		Sealing:   random(sealBytes),
	}
}

func random(n int) []byte {
	b := make([]byte, n)
	_, _ = rand.Read(b) // never fails: crypto/rand ends the program instead
	return b
}

// Load reads the file. It refuses one that others than its owner may open, and one that
// lacks a key; a file that is not there is fs.ErrNotExist.
func Load(path string) (Set, error) {
	s, err := read(path)
	if err == nil && len(s.Sealing) == 0 {
		s.Sealing, err = s.derived()
	}
	return s, err
}

func read(path string) (Set, error) {
	info, err := os.Stat(path)
	if err != nil {
		return Set{}, err
	}
	if loose := info.Mode().Perm() &^ 0o700; loose != 0 {
		return Set{}, fmt.Errorf("keys: %s may be opened by others (mode %04o): chmod 600 it, and make new keys if somebody did", path, info.Mode().Perm())
	}
	raw, err := os.ReadFile(path)
	if err != nil {
		return Set{}, err
	}
	var s Set
	if err := json.Unmarshal(raw, &s); err != nil {
		return Set{}, fmt.Errorf("keys: %s is not a key file: %w", path, err)
	}
	if err := s.check(path); err != nil {
		return Set{}, err
	}
	return s, nil
}

// derived is the sealing key of a file from before there was one: the same in every
// process, as long as the key of assertions stays.
func (s Set) derived() ([]byte, error) {
	return hkdf.Key(sha256.New, s.Assertion, nil, "freecar sealing", sealBytes)
}

func (s Set) check(path string) error {
	ok := len(s.Signing) > 0 && len(s.Assertion) >= macBytes && len(s.URL) >= macBytes && (len(s.Sealing) == 0 || len(s.Sealing) == sealBytes)
	ids := map[string]bool{}
	for _, k := range s.Signing {
		ok = ok && k.ID != "" && len(k.Seed) == ed25519.SeedSize
		if ids[k.ID] {
			return fmt.Errorf("keys: %s has two signing keys of one id: what the one signs would be held against the other", path)
		}
		ids[k.ID] = true
	}
	if !ok {
		return fmt.Errorf("keys: %s lacks a key or holds one of the wrong size", path)
	}
	return nil
}

// LoadOrCreate reads the file, or makes it with fresh keys and mode 0600. Two processes
// that start together end up with the same keys. A sealing key that was derived is written
// to the file, so that what it sealed outlives the key that it is of.
func LoadOrCreate(path string) (Set, error) {
	s, err := read(path)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		if err := Create(path); err != nil && !errors.Is(err, fs.ErrExist) {
			return Set{}, err
		}
		return Load(path)
	case err != nil || len(s.Sealing) > 0:
		return s, err
	}
	if s.Sealing, err = s.derived(); err != nil {
		return Set{}, err
	}
	_ = write(path, s, os.Rename) // one that cannot be written goes on as it is
	return s, nil
}

// Create makes the file with fresh keys and mode 0600, whole or not at all. One that is
// there stays, and the error is fs.ErrExist.
func Create(path string) error { return write(path, New(), os.Link) } // fails when another was faster

// write makes a file of the keys and puts it in its place when it is whole.
func write(path string, s Set, put func(made, path string) error) error {
	raw, err := json.MarshalIndent(s, "", "  ")
	if err != nil {
		return err
	}
	if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
		return err
	}
	f, err := os.CreateTemp(filepath.Dir(path), ".keys-*") // 0600
	if err != nil {
		return err
	}
	defer os.Remove(f.Name())
	_, err = f.Write(raw)
	if err = errors.Join(err, f.Sync(), f.Close()); err != nil {
		return err
	}
	return put(f.Name(), path)
}
