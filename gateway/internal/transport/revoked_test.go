package transport_test

import (
	"errors"
	"io"
	"net/http"
	"strings"
	"sync"
	"testing"

	"freecar/gateway/internal/adapter/memory"
	"freecar/internal/auth"
)

// blocklist is who is revoked, by subject.
type blocklist struct {
	mu      sync.Mutex
	blocked map[string]bool
	ends    map[string][]func()
	watched chan struct{}
}

func newBlocklist(subjects ...string) *blocklist {
	b := &blocklist{blocked: map[string]bool{}, ends: map[string][]func(){}, watched: make(chan struct{}, 8)}
	for _, s := range subjects {
		b.blocked[s] = true
	}
	return b
}

func (b *blocklist) Check(p auth.Principal) error {
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.blocked[p.Subject] {
		return auth.ErrUnauthenticated.Because(errors.New("revoked"))
	}
	return nil
}

func (b *blocklist) Watch(p auth.Principal, end func()) func() {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.ends[p.Subject] = append(b.ends[p.Subject], end)
	b.watched <- struct{}{}
	return func() {
		b.mu.Lock()
		defer b.mu.Unlock()
		delete(b.ends, p.Subject)
	}
}

// block revokes a subject and says how many streams of it there were.
func (b *blocklist) block(subject string) int {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.blocked[subject] = true
	for _, end := range b.ends[subject] {
		end()
	}
	return len(b.ends[subject])
}

func TestRevoked(t *testing.T) {
	service := http.HandlerFunc(func(http.ResponseWriter, *http.Request) {})
	for _, n := range networks(t) {
		t.Run(n.name, func(t *testing.T) {
			w := newWorld(t, n, service, options{revoked: newBlocklist("1")})
			for _, tc := range []struct {
				what, method, path, token string
				status                    int
			}{
				{"who is revoked", "POST", "/v1/things", "rider", 401},
				{"who is not", "POST", "/v1/things", "other", 200},
				{"where anyone may, as nobody", "POST", "/v1/open", "rider", 200},
			} {
				if resp, body := w.do(t, tc.method, tc.path, nil, "Authorization: Bearer "+tc.token); resp.StatusCode != tc.status {
					t.Errorf("%s: got %d %s", tc.what, resp.StatusCode, body)
				}
			}
		})
	}
}

func TestRevokedStream(t *testing.T) {
	service := http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		_, _ = io.WriteString(w, ": connected\n\n")
		_ = http.NewResponseController(w).Flush()
		<-r.Context().Done()
	})
	for _, n := range networks(t) {
		t.Run(n.name, func(t *testing.T) {
			list := newBlocklist()
			w := newWorld(t, n, service, options{revoked: list})
			resp, err := w.client.Do(w.request(t, "GET", "/v1/watch", nil, "Authorization: Bearer rider"))
			if err != nil {
				t.Fatal(err)
			}
			defer resp.Body.Close()
			await(t, "the stream is watched", list.watched)
			first := make([]byte, len(": connected\n\n"))
			if _, err := io.ReadFull(resp.Body, first); err != nil {
				t.Fatal(err)
			}
			if streams := list.block("1"); streams != 1 {
				t.Errorf("%d streams", streams)
			}
			if rest, err := io.ReadAll(resp.Body); err != nil || len(rest) != 0 {
				t.Errorf("got %q, %v", rest, err)
			}
		})
	}
}

// TestWrongPassword is about who is signed in and guesses its own password.
func TestWrongPassword(t *testing.T) {
	limiter := memory.NewLimiter()
	t.Cleanup(func() {
		if err := limiter.Close(); err != nil {
			t.Error(err)
		}
	})
	limits := few
	limits.Address.Most, limits.Principal.Most = 100, 100
	send := limitedBy(t, limiter, limits)
	for i, from := range []string{here, there} { // as many as are allowed, each from elsewhere
		if got := send("POST", "/v1/sessions?status=401", from, "Authorization: Bearer rider"); got.Code != 401 {
			t.Errorf("guess %d: got %d", i, got.Code)
		}
	}
	refusedFor(t, send("POST", "/v1/sessions?status=201", "10.0.0.3:1", "Authorization: Bearer rider"), limits.FailedSignIns)
	if got := send("POST", "/v1/sessions?status=201", "10.0.0.3:1", "Authorization: Bearer other"); got.Code != 201 || strings.Contains(got.Body.String(), "rate") {
		t.Errorf("another: got %d", got.Code)
	}
}
