package argon2id_test

import (
	"context"
	"encoding/base64"
	"errors"
	"fmt"
	"strings"
	"testing"

	"golang.org/x/crypto/argon2"

	"freecar/internal/errs"
	"freecar/user/internal/adapter/argon2id"
)

func TestPasswords(t *testing.T) {
	p := argon2id.Passwords{}
	hash, err := p.Hash(t.Context(), "correct horse")
	if err != nil {
		t.Fatal(err)
	}
	verify := func(t *testing.T, password, hash string, want bool) {
		t.Helper()
		if ok, err := p.Verify(t.Context(), password, hash); err != nil || ok != want {
			t.Errorf("got %t, %v, want %t", ok, err, want)
		}
	}
	t.Run("a hash is of its password and of no other", func(t *testing.T) {
		verify(t, "correct horse", hash, true)
		verify(t, "correct horsf", hash, false)
		verify(t, "", hash, false)
	})
	t.Run("it is in the PHC form with the cost, and salted", func(t *testing.T) {
		again, err := p.Hash(t.Context(), "correct horse")
		if err != nil || again == hash || !strings.HasPrefix(hash, "$argon2id$v=19$m=19456,t=2,p=1$") {
			t.Errorf("got %q and %q, %v", hash, again, err)
		}
	})
	t.Run("a hash of another cost still holds", func(t *testing.T) {
		text := base64.RawStdEncoding.EncodeToString
		salt := []byte("0123456789abcdef")
		key := argon2.IDKey([]byte("correct horse"), salt, 1, 64, 2, 24)
		verify(t, "correct horse", fmt.Sprintf("$argon2id$v=19$m=64,t=1,p=2$%s$%s", text(salt), text(key)), true)
	})
	t.Run("no hash is the hash of no password", func(t *testing.T) {
		verify(t, "correct horse", "", false)
	})
	t.Run("a stored hash of another form is a fault", func(t *testing.T) {
		for _, bad := range []string{"x", "$argon2i$v=19$m=64,t=1,p=1$AAAA$AAAA", "$argon2id$v=18$m=64,t=1,p=1$AAAA$AAAA",
			"$argon2id$v=19$m=64,t=0,p=1$AAAA$AAAA", "$argon2id$v=19$m=64,t=1,p=0$AAAA$AAAA", "$argon2id$v=19$m=64,t=1,p=1$AAAA$",
			"$argon2id$v=19$m=64,t=1,p=1$!$AAAA"} {
			if ok, err := p.Verify(t.Context(), "correct horse", bad); ok || !errs.IsFault(err) {
				t.Errorf("%s: got %t, %v", bad, ok, err)
			}
		}
	})
	t.Run("the wait for a turn ends with the context", func(t *testing.T) {
		ctx, cancel := context.WithCancel(t.Context())
		defer cancel()
		results := make(chan error, 200)
		for range cap(results) { // more than can be done before the first one cancels
			go func() {
				_, err := p.Hash(ctx, "correct horse")
				cancel()
				results <- err
			}()
		}
		done, refused := 0, 0
		for range cap(results) {
			switch err := <-results; {
			case err == nil:
				done++
			case errs.KindOf(err) == errs.Unavailable && errors.Is(err, context.Canceled):
				refused++
			default:
				t.Error(err)
			}
		}
		if done == 0 || refused == 0 {
			t.Errorf("%d were done and %d refused", done, refused)
		}
	})
}

func BenchmarkHash(b *testing.B) {
	p := argon2id.Passwords{}
	for b.Loop() {
		if _, err := p.Hash(b.Context(), "correct horse"); err != nil {
			b.Fatal(err)
		}
	}
}
