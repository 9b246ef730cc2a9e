package inproc_test

import (
	"errors"
	"fmt"
	"io"
	"net/http"
	"strings"
	"testing"
	"testing/iotest"
)

// The answer as the client gets it.
func TestAnswer(t *testing.T) {
	onEach(t, "status, headers and a short body arrive, with their length", func(t *testing.T, x exchange) {
		resp := x.get(func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Content-Type", "application/json")
			w.Header()["Warning"] = []string{"one", "two"}
			w.WriteHeader(http.StatusCreated)
			_, _ = io.WriteString(w, `{"id":`)
			_, _ = io.WriteString(w, `1}`)
		})
		if resp.StatusCode != 201 || resp.Status != "201 Created" || fmt.Sprint(resp.Header["Warning"]) != "[one two]" {
			t.Errorf("got %s, %v", resp.Status, resp.Header)
		}
		if resp.ContentLength != 8 || resp.Header.Get("Content-Length") != "8" || x.text(resp) != `{"id":1}` {
			t.Errorf("got length %d, header %v", resp.ContentLength, resp.Header)
		}
	})
	onEach(t, "a handler that does nothing answers 200 with nothing", func(t *testing.T, x exchange) {
		resp := x.get(func(http.ResponseWriter, *http.Request) {})
		if resp.StatusCode != 200 || resp.ContentLength != 0 || x.text(resp) != "" || resp.Header.Get("Content-Type") != "" {
			t.Errorf("got %s, length %d, header %v", resp.Status, resp.ContentLength, resp.Header)
		}
	})
	onEach(t, "a large body arrives whole, its length unknown unless said", func(t *testing.T, x exchange) {
		for _, said := range []bool{false, true} {
			resp := x.get(func(w http.ResponseWriter, _ *http.Request) {
				if said {
					w.Header().Set("Content-Length", "200000")
				}
				for range 20 {
					_, _ = w.Write([]byte(strings.Repeat("x", 10_000)))
				}
			})
			want := map[bool]int64{false: -1, true: 200_000}[said]
			if got := len(x.text(resp)); got != 200_000 || resp.ContentLength != want {
				t.Errorf("said %t: got %d bytes, length %d", said, got, resp.ContentLength)
			}
		}
	})
	onEach(t, "a type that the handler did not name is guessed", func(t *testing.T, x exchange) {
		resp := x.get(func(w http.ResponseWriter, _ *http.Request) { _, _ = io.WriteString(w, "<html>") })
		if got := resp.Header.Get("Content-Type"); got != "text/html; charset=utf-8" {
			t.Errorf("got %q", got)
		}
	})
	onEach(t, "the first status counts, and 103 is none", func(t *testing.T, x exchange) {
		resp := x.get(func(w http.ResponseWriter, _ *http.Request) {
			w.WriteHeader(http.StatusEarlyHints)
			w.WriteHeader(http.StatusTeapot)
			w.WriteHeader(http.StatusOK)
		})
		if resp.StatusCode != http.StatusTeapot {
			t.Errorf("got %s", resp.Status)
		}
	})
	onEach(t, "204 and 304 have no body", func(t *testing.T, x exchange) {
		for _, status := range []int{http.StatusNoContent, http.StatusNotModified} {
			written := make(chan error, 1)
			resp := x.get(func(w http.ResponseWriter, _ *http.Request) {
				w.WriteHeader(status)
				_, err := io.WriteString(w, "x")
				written <- err
			})
			if text, err := x.text(resp), <-written; text != "" || resp.ContentLength != 0 || !errors.Is(err, http.ErrBodyNotAllowed) {
				t.Errorf("%d: got %q, length %d, %v", status, text, resp.ContentLength, err)
			}
		}
	})
	onEach(t, "HEAD gets headers and no body", func(t *testing.T, x exchange) {
		client, base := x.serve(func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Content-Length", "5")
			_, _ = io.WriteString(w, "hello")
		})
		resp := x.send(client, x.request(http.MethodHead, base, nil))
		if resp.ContentLength != 5 || x.text(resp) != "" {
			t.Errorf("got length %d", resp.ContentLength)
		}
	})
	onEach(t, "a body that is shorter than it said is broken", func(t *testing.T, x exchange) {
		resp := x.get(func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Content-Length", "10")
			_, _ = io.WriteString(w, "hello")
		})
		if b, err := io.ReadAll(resp.Body); string(b) != "hello" || !errors.Is(err, io.ErrUnexpectedEOF) {
			t.Errorf("got %q, %v", b, err)
		}
	})
	onEach(t, "a body cannot be longer than it said", func(t *testing.T, x exchange) {
		written := make(chan error, 1)
		resp := x.get(func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Content-Length", "5")
			_, _ = io.WriteString(w, "hello")
			_, err := io.WriteString(w, "!")
			written <- err
		})
		if text, err := x.text(resp), <-written; text != "hello" || !errors.Is(err, http.ErrContentLength) {
			t.Errorf("got %q, %v", text, err)
		}
	})
}

// The request as the handler gets it.
func TestRequest(t *testing.T) {
	onEach(t, "method, address, headers and body arrive", func(t *testing.T, x exchange) {
		client, base := x.serve(func(w http.ResponseWriter, r *http.Request) {
			body, err := io.ReadAll(r.Body)
			_, _ = fmt.Fprintf(w, "%s %s %s|%s?%s|%q|%s|%d %s %v", r.Method, r.RequestURI, r.Host,
				r.URL.Path, r.URL.RawQuery, r.URL.Host+r.URL.Scheme+r.URL.Fragment, r.Header.Get("X-Note"), r.ContentLength, body, err)
		})
		r := x.request(http.MethodPatch, base+"/v1/a%2Fb/%C3%BC?q=1&q=2#there", strings.NewReader("hello"))
		r.Header.Set("X-Note", "yes")
		r.Host = "cars.example"
		want := `PATCH /v1/a%2Fb/%C3%BC?q=1&q=2 cars.example|/v1/a/b/ü?q=1&q=2|""|yes|5 hello <nil>`
		if got := x.text(x.send(client, r)); got != want {
			t.Errorf("got  %s\nwant %s", got, want)
		}
	})
	onEach(t, "no body is an empty one", func(t *testing.T, x exchange) {
		client, base := x.serve(func(w http.ResponseWriter, r *http.Request) {
			body, err := io.ReadAll(r.Body)
			_, _ = fmt.Fprintf(w, "%d %q %v %s", r.ContentLength, body, err, r.Method)
		})
		r := x.request("", base, nil)
		r.Method = ""
		if got := x.text(x.send(client, r)); got != `0 "" <nil> GET` {
			t.Errorf("got %s", got)
		}
	})
	onEach(t, "a body of unknown length is read while it is sent", func(t *testing.T, x exchange) {
		got := make(chan string)
		client, base := x.serve(func(w http.ResponseWriter, r *http.Request) {
			_, _ = fmt.Fprint(w, r.ContentLength)
			part := make([]byte, 3)
			for {
				if _, err := io.ReadFull(r.Body, part); err != nil {
					return
				}
				got <- string(part)
			}
		})
		source, sink := io.Pipe()
		go func() {
			for _, part := range []string{"one", "two"} {
				_, _ = io.WriteString(sink, part)
				if back := <-got; back != part { // before anything else is sent
					t.Errorf("got %q, want %q", back, part)
				}
			}
			_ = sink.Close()
		}()
		if text := x.text(x.send(client, x.request(http.MethodPost, base, source))); text != "-1" {
			t.Errorf("got length %s", text)
		}
	})
	onEach(t, "a handler need not read the body", func(t *testing.T, x exchange) {
		client, base := x.serve(func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(http.StatusTeapot) })
		body := &closing{Reader: strings.NewReader(strings.Repeat("x", 100_000)), closed: make(chan struct{})}
		resp := x.send(client, x.request(http.MethodPost, base, body))
		if resp.StatusCode != http.StatusTeapot {
			t.Errorf("got %s", resp.Status)
		}
		_ = resp.Body.Close()
		<-body.closed // the transport closes what it was given
	})
	onEach(t, "a body that the client cannot read breaks the handler's off", func(t *testing.T, x exchange) {
		read := make(chan error, 1)
		client, base := x.serve(func(_ http.ResponseWriter, r *http.Request) {
			_, err := io.ReadAll(r.Body)
			read <- err
		})
		body := io.MultiReader(strings.NewReader("hello"), iotest.ErrReader(errors.New("disk full")))
		if resp, err := client.RoundTrip(x.request(http.MethodPost, base, body)); err == nil {
			_ = resp.Body.Close()
		}
		if err := <-read; err == nil {
			t.Error("the handler read a whole body")
		}
	})
}

// closing says when it was closed.
type closing struct {
	io.Reader
	closed chan struct{}
}

func (c *closing) Close() error {
	select {
	case <-c.closed:
	default:
		close(c.closed)
	}
	return nil
}
