package opsclient

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"time"

	"freecar/internal/repeat"
	"freecar/user/userapi"
)

// Session is a sign-in that is kept between invocations.
type Session struct {
	URL          string          `json:"url"`
	Account      userapi.Account `json:"account"`
	AccessToken  string          `json:"access_token"`
	RefreshToken string          `json:"refresh_token"`
	ExpiresAt    time.Time       `json:"expires_at"` // of the access token, by our clock
}

// ErrSignedOut says that there is no session with the gateway.
var ErrSignedOut = errors.New("you are not signed in")

// Store keeps the session with one gateway. It is safe across processes.
type Store struct{ path string }

// NewStore keeps the session with the gateway at url in the folder, which is made when it
// is needed.
func NewStore(folder, url string) *Store {
	sum := sha256.Sum256([]byte(url))
	_, address, _ := strings.Cut(url, "://")
	readable := strings.Map(func(r rune) rune {
		if strings.ContainsRune("abcdefghijklmnopqrstuvwxyz0123456789.-", r) {
			return r
		}
		return '_'
	}, strings.ToLower(address))
	return &Store{path: filepath.Join(folder, readable+"-"+hex.EncodeToString(sum[:4])+".json")}
}

// Load reads the session. Errors: ErrSignedOut when there is none.
func (s *Store) Load() (Session, error) {
	raw, err := os.ReadFile(s.path)
	if errors.Is(err, fs.ErrNotExist) {
		return Session{}, ErrSignedOut
	}
	if err != nil {
		return Session{}, err
	}
	var session Session
	if err := json.Unmarshal(raw, &session); err != nil {
		return Session{}, fmt.Errorf("%s is damaged: sign in again: %w", s.path, err)
	}
	return session, nil
}

// Save replaces the session at once or not at all.
func (s *Store) Save(session Session) error {
	raw, err := json.Marshal(session)
	if err != nil {
		return err
	}
	if err := os.MkdirAll(filepath.Dir(s.path), 0o700); err != nil {
		return err
	}
	f, err := os.CreateTemp(filepath.Dir(s.path), ".session-*") // 0600
	if err != nil {
		return err
	}
	defer os.Remove(f.Name())
	_, err = f.Write(raw)
	if err = errors.Join(err, f.Sync(), f.Close()); err != nil {
		return err
	}
	return os.Rename(f.Name(), s.path)
}

// Remove forgets the session.
func (s *Store) Remove() error {
	if err := os.Remove(s.path); !errors.Is(err, fs.ErrNotExist) {
		return err
	}
	return nil
}

// lockPoll is how often a lock is tried while another process has it.
const lockPoll = 20 * time.Millisecond

// Lock keeps other invocations from changing the session until unlock is called.
func (s *Store) Lock(ctx context.Context) (unlock func(), err error) {
	if err := os.MkdirAll(filepath.Dir(s.path), 0o700); err != nil {
		return nil, err
	}
	f, err := os.OpenFile(s.path+".lock", os.O_CREATE|os.O_RDWR, 0o600)
	if err != nil {
		return nil, err
	}
	for {
		err := syscall.Flock(int(f.Fd()), syscall.LOCK_EX|syscall.LOCK_NB)
		if err == nil {
			return func() { _ = f.Close() }, nil
		}
		if !errors.Is(err, syscall.EWOULDBLOCK) && !errors.Is(err, syscall.EINTR) || !repeat.Rest(ctx, lockPoll) {
			return nil, errors.Join(fmt.Errorf("waiting for another freecar that renews the session: %w", err), ctx.Err(), f.Close())
		}
	}
}
