package opsclient_test

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strings"
	"sync"
	"testing"
	"time"

	"freecar/cmd/freecar/internal/opsclient"
	"freecar/internal/auth"
	"freecar/internal/clock"
	"freecar/internal/kitx"
	"freecar/user/userapi"
)

// The operations that the tests call.
var (
	read  = kitx.NewRoute[kitx.None, kitx.None](kitx.Spec{Op: "test.Read", Method: http.MethodGet, Path: "/v1/things", Who: auth.Ops(0)})
	write = kitx.NewRoute[writeRequest, kitx.None](kitx.Spec{Op: "test.Write", Method: http.MethodPost, Path: "/v1/things", Who: auth.Ops(0)})
	open  = kitx.NewRoute[writeRequest, kitx.None](kitx.Spec{Op: "test.Open", Method: http.MethodPost, Path: "/v1/open", Who: auth.Anyone()})
)

type writeRequest struct {
	kitx.Keyed
	Name string `json:"name"`
}

// gateway is a server in memory with one session, whose tokens rotate: one that is
// presented again ends it.
type gateway struct {
	mu        sync.Mutex
	n         int // of the tokens that count
	ended     bool
	refreshes int
	seen      []*http.Request
	bodies    []string
	// answer answers what is no business of sessions; nil is 204.
	answer func(n int, r *http.Request) (*http.Response, error)
	// arrived is called with each request, before it is answered.
	arrived func(*http.Request)
}

func (g *gateway) access() string  { return fmt.Sprintf("access-%d", g.n) }
func (g *gateway) refresh() string { return fmt.Sprintf("refresh-%d", g.n) }

func (g *gateway) session() userapi.SignedIn {
	email := "ada@example.com"
	return userapi.SignedIn{
		Session: userapi.Session{AccessToken: g.access(), RefreshToken: g.refresh(), TokenType: "Bearer", ExpiresIn: 900},
		Account: &userapi.Account{ID: "4503599627370496", Email: &email, Roles: []string{"admin"}},
	}
}

// RoundTrip answers.
func (g *gateway) RoundTrip(r *http.Request) (*http.Response, error) {
	g.mu.Lock()
	defer g.mu.Unlock()
	body := ""
	if r.Body != nil {
		raw, err := io.ReadAll(r.Body)
		if err != nil {
			return nil, err
		}
		body = string(raw)
	}
	if g.arrived != nil {
		g.arrived(r)
	}
	switch r.URL.Path {
	case "/v1/sessions":
		g.n++
		return answered(http.StatusCreated, g.session()), nil
	case "/v1/sessions/refresh":
		g.refreshes++
		if g.ended || !strings.Contains(body, `"`+g.refresh()+`"`) {
			g.ended = true
			return problem(http.StatusUnauthorized, "bad_refresh_token"), nil
		}
		g.n++
		if err := r.Context().Err(); err != nil { // who asked has left: the answer is lost
			return nil, err
		}
		return answered(http.StatusOK, g.session()), nil
	}
	g.seen, g.bodies = append(g.seen, r), append(g.bodies, body)
	switch {
	case g.answer != nil:
		return g.answer(len(g.seen), r)
	case g.ended || r.URL.Path != "/v1/open" && r.Header.Get("Authorization") != "Bearer "+g.access():
		return problem(http.StatusUnauthorized, "unauthenticated"), nil
	}
	return answered(http.StatusNoContent, nil), nil
}

func answered(status int, body any, headers ...string) *http.Response {
	raw := []byte{}
	if body != nil {
		raw, _ = json.Marshal(body)
	}
	h := http.Header{}
	for i := 0; i+1 < len(headers); i += 2 {
		h.Set(headers[i], headers[i+1])
	}
	return &http.Response{StatusCode: status, Header: h, Body: io.NopCloser(bytes.NewReader(raw))}
}

func problem(status int, code string, headers ...string) *http.Response {
	return answered(status, map[string]any{"status": status, "code": code, "detail": "No."}, headers...)
}

// bench is a client of a gateway, and how others of the same person are made.
type bench struct {
	*opsclient.Client
	gateway *gateway
	store   *opsclient.Store
	clock   *clock.Manual
	waits   []string
}

var start = time.Date(2026, 1, 31, 12, 0, 0, 0, time.UTC)

const at = "http://gateway.test"

func newBench(t *testing.T) *bench {
	t.Helper()
	b := &bench{gateway: &gateway{}, store: opsclient.NewStore(t.TempDir(), at), clock: clock.NewManual(start)}
	b.Client = b.another(t)
	return b
}

func (b *bench) another(t *testing.T) *opsclient.Client {
	t.Helper()
	u, err := url.Parse(at)
	if err != nil {
		t.Fatal(err)
	}
	return opsclient.New(opsclient.Config{
		URL: u, Sessions: b.store, Transport: b.gateway, Clock: b.clock, UserAgent: "test",
		Waiting: func(d time.Duration, why string) { b.waits = append(b.waits, fmt.Sprintf("%s: %s", why, d)) },
	})
}

func (b *bench) signIn(t *testing.T) {
	t.Helper()
	if _, err := b.SignIn(t.Context(), userapi.SignInRequest{Email: "ada@example.com", Password: "correct horse"}); err != nil {
		t.Fatal(err)
	}
}
