package transport_test

import (
	"bufio"
	"io"
	"net/http"
	"strconv"
	"testing"
	"time"
)

func TestUnreadAnswers(t *testing.T) {
	const patience = 100 * time.Millisecond
	for what, head := range map[string]func(http.Header){
		"a live one":            func(http.Header) {},
		"one of a known length": func(h http.Header) { h.Set("Content-Length", strconv.Itoa(1<<40)) },
	} {
		for _, path := range []string{"/v1/watch", "/v1/things/1"} {
			t.Run(what+" of "+path+" ends", func(t *testing.T) {
				ended := make(chan struct{})
				service := http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
					defer close(ended)
					head(w.Header())
					for piece := make([]byte, mega); r.Context().Err() == nil; {
						if _, err := w.Write(piece); err != nil {
							return
						}
					}
				})
				w := newWorld(t, networks(t)[1], service, options{atMost: patience})
				conn := raw(t, w, "GET "+path+" HTTP/1.1\r\nHost: x\r\n\r\n")
				await(t, "the service hears that nobody reads", ended)
				w.log.await(t, `"op":"thing.`) // and so does the request end
				_ = conn.Close()
			})
		}
	}
	t.Run("a stream may be silent for longer, and ends well", func(t *testing.T) {
		service := http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
			stream := http.NewResponseController(w)
			_ = stream.Flush()
			for range 2 {
				time.Sleep(2 * patience)
				_, _ = io.WriteString(w, "x")
				_ = stream.Flush()
			}
			time.Sleep(2 * patience)
		})
		w := newWorld(t, networks(t)[1], service, options{atMost: patience})
		conn := raw(t, w, "GET /v1/watch HTTP/1.1\r\nHost: x\r\n\r\n")
		resp, err := http.ReadResponse(bufio.NewReader(conn), nil)
		if err != nil {
			t.Fatal(err)
		}
		defer resp.Body.Close()
		if text, err := io.ReadAll(resp.Body); string(text) != "xx" || err != nil {
			t.Errorf("got %q, %v", text, err)
		}
	})
}
