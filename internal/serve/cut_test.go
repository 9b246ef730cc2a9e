package serve_test

import (
	"bytes"
	"context"
	"errors"
	"io"
	"net"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/go-kit/log"

	"freecar/internal/serve"
)

// TestCut is a stop whose time is over while a request is under way: work that is given up is
// a failure, and a client that is waited for is none.
func TestCut(t *testing.T) {
	const half = "POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 10\r\n\r\nhalf"
	for what, c := range map[string]struct {
		request string
		// handle says by closing begun that the stop may come.
		handle func(w http.ResponseWriter, r *http.Request, begun chan<- struct{})
		log    string
		fails  string
	}{
		"waiting for a body": {half, func(_ http.ResponseWriter, r *http.Request, begun chan<- struct{}) {
			_, _ = io.ReadFull(r.Body, make([]byte, 4))
			close(begun)
			_, _ = io.ReadAll(r.Body)
		}, `"at_work":0`, ""},
		"waiting for a reader": {"GET / HTTP/1.1\r\nHost: x\r\n\r\n", func(w http.ResponseWriter, _ *http.Request, begun chan<- struct{}) {
			for piece := make([]byte, 1<<20); ; {
				if _, err := w.Write(piece); err != nil {
					return
				}
				if begun != nil {
					close(begun)
					begun = nil
				}
			}
		}, `"at_work":0`, ""},
		"at work": {"GET / HTTP/1.1\r\nHost: x\r\n\r\n", func(_ http.ResponseWriter, r *http.Request, begun chan<- struct{}) {
			close(begun)
			<-r.Context().Done()
		}, `"at_work":1`, "stopping door: 1 requests were cut off at their work"},
		"at work with a body": {half + "whole.", func(_ http.ResponseWriter, r *http.Request, begun chan<- struct{}) {
			_, _ = io.ReadAll(r.Body)
			close(begun)
			<-r.Context().Done()
		}, `"at_work":1`, "stopping door: 1 requests were cut off at their work"},
	} {
		t.Run(what, func(t *testing.T) {
			var lines bytes.Buffer
			p := serve.NewProcess(log.NewJSONLogger(log.NewSyncWriter(&lines)), time.Second)
			begun := make(chan struct{})
			address := door(t, p, func(w http.ResponseWriter, r *http.Request) { c.handle(w, r, begun) })
			conn, err := net.Dial("tcp", address)
			if err != nil {
				t.Fatal(err)
			}
			defer conn.Close()
			if _, err := io.WriteString(conn, c.request); err != nil {
				t.Fatal(err)
			}
			<-begun
			err = p.Stop()
			if c.fails == "" && err != nil || c.fails != "" && (!errors.Is(err, context.DeadlineExceeded) || !strings.HasPrefix(err.Error(), c.fails)) {
				t.Errorf("the stop: %v", err)
			}
			if !strings.Contains(lines.String(), c.log) {
				t.Errorf("the log says %s", lines.String())
			}
		})
	}
}
