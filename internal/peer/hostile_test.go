package peer_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"runtime"
	"strings"
	"testing"
	"time"

	"freecar/internal/errs"
	"freecar/internal/kitx"
	"freecar/internal/peer"
	process "freecar/internal/serve"
)

// TestHostileAnswers is a callee that speaks HTTP badly, or not at all: a call ends in its
// time with an error that has a kind, and what the callee says is never acted on.
func TestHostileAnswers(t *testing.T) {
	elsewhere := speak(t, says("HTTP/1.1 200 OK\r\nContent-Length: 15\r\n\r\n{\"text\":\"mine\"}"))
	endless := func(head, piece string) func(net.Conn, int64, func() (*http.Request, error)) {
		return func(conn net.Conn, _ int64, next func() (*http.Request, error)) {
			if _, err := next(); err != nil {
				return
			}
			_, err := fmt.Fprint(conn, head)
			for chunk := bytes.Repeat([]byte(piece), 1+(64<<10)/len(piece)); err == nil; {
				_, err = conn.Write(chunk)
			}
		}
	}
	closing := func(text string) func(net.Conn, int64, func() (*http.Request, error)) {
		return func(conn net.Conn, _ int64, next func() (*http.Request, error)) {
			if _, err := next(); err == nil {
				fmt.Fprint(conn, text)
			}
		}
	}
	redirect := func(status int) func(net.Conn, int64, func() (*http.Request, error)) {
		return says(fmt.Sprintf("HTTP/1.1 %d Away\r\nLocation: http://%s/\r\nContent-Length: 0\r\n\r\n", status, elsewhere.address()))
	}
	const unknown = errs.Timeout // it was sent, and whether it was done nobody knows
	for name, c := range map[string]struct {
		talk func(net.Conn, int64, func() (*http.Request, error))
		want errs.Kind
	}{
		"a page":                            {says("HTTP/1.1 200 OK\r\nContent-Type: text/html\r\nContent-Length: 6\r\n\r\n<html>"), errs.Internal},
		"half of JSON":                      {says("HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\n{\"text\":\""), errs.Internal},
		"JSON and more":                     {says("HTTP/1.1 200 OK\r\nContent-Length: 17\r\n\r\n{\"text\":\"a\"} true"), errs.Internal},
		"nothing where something should be": {says("HTTP/1.1 204 No Content\r\n\r\n"), errs.Internal},
		"packed, which nobody asked for":    {says("HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\nContent-Length: 2\r\n\r\n\x1f\x8b"), errs.Internal},
		"less than it says":                 {closing("HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\n{\"text\":\"a\"}"), unknown},
		"two lengths":                       {says("HTTP/1.1 200 OK\r\nContent-Length: 2\r\nContent-Length: 3\r\n\r\n{} "), unknown},
		"a length below nothing":            {says("HTTP/1.1 200 OK\r\nContent-Length: -1\r\n\r\n{}"), unknown},
		"another protocol":                  {closing("SSH-2.0-OpenSSH_9.2\r\n"), unknown},
		"nothing":                           {closing(""), unknown},
		"a head without an end":             {endless("HTTP/1.1 200 OK\r\n", "X-More: aaaaaaaaaaaaaaaa\r\n"), unknown},
		"a line without an end":             {endless("HTTP/1.1 200 OK\r\nX: ", "a"), unknown},
		"hints without an end":              {endless("", "HTTP/1.1 103 Early Hints\r\n\r\n"), unknown},
		"chunks without an end":             {endless("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n", "10000\r\n"+strings.Repeat(" ", 1<<16)+"\r\n"), errs.Internal},
		"a refusal without an end":          {endless("HTTP/1.1 409 Conflict\r\n\r\n", " "), errs.Conflict},
		"chunks that are none":              {says("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n"), errs.Unavailable},
		"another protocol from now on":      {says("HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: x\r\n\r\n"), unknown},
		"301":                               {redirect(301), errs.Internal},
		"302":                               {redirect(302), errs.Internal},
		"307":                               {redirect(307), errs.Internal},
		"308":                               {redirect(308), errs.Internal},
	} {
		t.Run(name, func(t *testing.T) {
			callee := speak(t, c.talk)
			w := wire(t, []string{callee.address()}, with(func(u *peer.Tuning) { u.Timeout = 20 * time.Second }))
			ctx, cancel := context.WithTimeout(t.Context(), 20*time.Second)
			defer cancel()
			got, err := echo.Call(ctx, w, ping{Text: "hello"})
			if err == nil || errs.KindOf(err) != c.want || ctx.Err() != nil {
				t.Errorf("got %+v, %v", got, err)
			}
			if n := callee.requests.Load(); n != 1 {
				t.Errorf("asked %d times", n)
			}
		})
	}
	if n := elsewhere.conns.Load(); n != 0 {
		t.Errorf("%d followed a redirect", n)
	}
	t.Run("HTTP/1.0 is understood", func(t *testing.T) {
		callee := speak(t, closing("HTTP/1.0 200 OK\r\n\r\n{\"text\":\"old\"}"))
		if got, err := echo.Call(t.Context(), wire(t, []string{callee.address()}), ping{}); err != nil || got.Text != "old" {
			t.Errorf("got %+v, %v", got, err)
		}
	})
	t.Run("hints before the answer are passed over", func(t *testing.T) {
		callee := speak(t, says("HTTP/1.1 103 Early Hints\r\nLink: </x>\r\n\r\nHTTP/1.1 200 OK\r\nContent-Length: 15\r\n\r\n{\"text\":\"mine\"}"))
		if got, err := echo.Call(t.Context(), wire(t, []string{callee.address()}), ping{}); err != nil || got.Text != "mine" {
			t.Errorf("got %+v, %v", got, err)
		}
	})
	t.Run("a head without an end takes little of us", func(t *testing.T) {
		callee := speak(t, endless("HTTP/1.1 200 OK\r\n", "X-More: aaaaaaaaaaaaaaaa\r\n"))
		w := wire(t, []string{callee.address()})
		var before, after runtime.MemStats
		runtime.ReadMemStats(&before)
		_, _ = echo.Call(t.Context(), w, ping{})
		runtime.ReadMemStats(&after)
		if took := after.TotalAlloc - before.TotalAlloc; took > 8<<20 {
			t.Errorf("it took %d bytes", took)
		}
	})
}

// TestDyingConnections are kept connections that the callee closes as the next request is
// on its way.
func TestDyingConnections(t *testing.T) {
	const fine = "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok"
	// The first connection answers once and takes one more request with it.
	once := func(t *testing.T) *bare {
		return speak(t, func(conn net.Conn, number int64, next func() (*http.Request, error)) {
			for n := 1; ; n++ {
				r, err := next()
				if err != nil || number == 1 && n == 2 {
					return
				}
				if body, err := io.ReadAll(r.Body); err != nil || r.Method == http.MethodPost && string(body) != "body" {
					t.Errorf("got %q, %v", body, err)
				}
				fmt.Fprint(conn, fine)
			}
		})
	}
	put := kitx.Spec{Op: "car.Put", Method: "PUT", Path: "/v1/car"}
	for name, c := range map[string]struct {
		spec    kitx.Spec
		headers []string
		again   bool
	}{
		"a read":                     {read, nil, true},
		"a PUT":                      {put, nil, true},
		"a write by nature harmless": {again, nil, true},
		"a write with a key":         {write, []string{kitx.KeyHeader, "k"}, true},
		"a write without a key":      {write, nil, false},
		"a write with an empty key":  {write, []string{kitx.KeyHeader, ""}, false},
		"a write with another's key": {write, []string{"X-Idempotency-Key", "k"}, false},
	} {
		t.Run(name, func(t *testing.T) {
			callee := once(t)
			w := wire(t, []string{callee.address()})
			if code, err := w.call(t.Context(), read); code != 200 {
				t.Fatal(err)
			}
			code, err := w.call(t.Context(), c.spec, c.headers...)
			if c.again && (code != 200 || callee.requests.Load() != 3) {
				t.Errorf("got %d, %v after %d requests", code, err, callee.requests.Load())
			}
			if e, ok := errors.AsType[*errs.Error](err); !c.again && (!ok || e.Kind != errs.Timeout || callee.requests.Load() != 2) {
				t.Errorf("got %d, %v after %d requests", code, err, callee.requests.Load())
			}
		})
	}
	t.Run("what marks a harmless write for net/http is not sent", func(t *testing.T) {
		var got http.Header
		callee := newScripted(t, func(_ http.ResponseWriter, r *http.Request) { got = r.Header })
		if _, err := wire(t, []string{callee.address()}).call(t.Context(), again); err != nil {
			t.Fatal(err)
		}
		if _, sent := got[kitx.KeyHeader]; sent || got.Get(kitx.AssertionHeader) == "" {
			t.Errorf("got %v", got)
		}
	})
	t.Run("clients close idle connections before servers do", func(t *testing.T) {
		if ours, theirs := peer.NewTransport().IdleConnTimeout, process.IdleTimeout; ours <= 0 || ours > theirs*9/10 {
			t.Errorf("clients after %v, servers after %v", ours, theirs)
		}
	})
}

// TestLateCallee is a callee that answers when its caller has gone, and one whose caller
// dies.
func TestLateCallee(t *testing.T) {
	begun, answered := make(chan struct{}), make(chan struct{})
	callee := newScripted(t, func(w http.ResponseWriter, r *http.Request) {
		if r.Method == http.MethodGet {
			return
		}
		close(begun)
		<-r.Context().Done() // it hears that the caller has gone
		_, _ = io.WriteString(w, strings.Repeat("late", 10_000))
		close(answered)
	})
	w := wire(t, []string{callee.address()})
	ctx, leave := context.WithCancel(t.Context())
	ended := make(chan error)
	go func() { _, err := w.call(ctx, write); ended <- err }()
	<-begun
	leave()
	if err := <-ended; !errors.Is(err, context.Canceled) {
		t.Errorf("got %v", err)
	}
	<-answered
	for range 3 {
		if code, err := w.call(t.Context(), read); code != 200 {
			t.Errorf("the next call got %d, %v", code, err)
		}
	}
	if n := w.counted("freecar_instances_ejected_total"); n != 0 {
		t.Errorf("%v ejected", n)
	}
}
