package inproc_test

import (
	"context"
	"io"
	"net/http"
	"strings"
	"testing"
)

type secretKey struct{}

// Nothing passes but the message.
func TestIsolation(t *testing.T) {
	onEach(t, "context values and deadlines stay where they are", func(t *testing.T, x exchange) {
		seen := make(chan any, 1)
		client, base := x.serve(func(_ http.ResponseWriter, r *http.Request) { seen <- r.Context().Value(secretKey{}) })
		ctx := context.WithValue(t.Context(), secretKey{}, "leaked")
		x.send(client, x.request(http.MethodGet, base, nil).WithContext(ctx))
		if got := <-seen; got != nil {
			t.Errorf("the handler saw %v", got)
		}
	})
	onEach(t, "what the handler does to the request stays with it", func(t *testing.T, x exchange) {
		client, base := x.serve(func(_ http.ResponseWriter, r *http.Request) {
			r.Header.Set("X-Note", "theirs")
			r.Header.Add("X-More", "theirs")
			r.URL.Path = "/elsewhere"
			r.Method = "BREW"
		})
		r := x.request(http.MethodGet, base+"/here", nil)
		r.Header.Set("X-Note", "ours")
		x.send(client, r)
		if r.Header.Get("X-Note") != "ours" || len(r.Header) != 1 || r.URL.Path != "/here" || r.Method != http.MethodGet {
			t.Errorf("got %s %s, %v", r.Method, r.URL, r.Header)
		}
	})
	onEach(t, "headers are fixed when they are written, and the client's copy is its own", func(t *testing.T, x exchange) {
		proceed, after := make(chan struct{}), make(chan string, 1)
		resp := x.get(func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("X-Note", "first")
			w.WriteHeader(http.StatusOK)
			w.Header().Set("X-Note", "late")
			_ = http.NewResponseController(w).Flush()
			<-proceed
			after <- w.Header().Get("X-Note")
		})
		got := resp.Header.Get("X-Note")
		resp.Header.Set("X-Note", "the client's")
		close(proceed)
		if theirs := <-after; got != "first" || theirs != "late" {
			t.Errorf("the client got %q, the handler has %q", got, theirs)
		}
	})
	onEach(t, "the handler's buffer is its own", func(t *testing.T, x exchange) {
		resp := x.get(func(w http.ResponseWriter, _ *http.Request) {
			b := []byte("right")
			_, _ = w.Write(b)
			copy(b, "wrong")
		})
		if got := x.text(resp); got != "right" {
			t.Errorf("got %q", got)
		}
	})
	onEach(t, "the body cannot be read after the handler's end", func(t *testing.T, x exchange) {
		kept := make(chan io.Reader, 1)
		client, base := x.serve(func(_ http.ResponseWriter, r *http.Request) { kept <- r.Body })
		body := &closing{Reader: strings.NewReader("hello"), closed: make(chan struct{})}
		_ = x.text(x.send(client, x.request(http.MethodPost, base, body)))
		<-body.closed
		if n, err := (<-kept).Read(make([]byte, 1)); n != 0 || err == nil {
			t.Errorf("read %d bytes, %v", n, err)
		}
	})
}
