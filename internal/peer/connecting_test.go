package peer_test

import (
	"context"
	"io"
	"net/http"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"freecar/internal/errs"
	"freecar/internal/kitx"
	"freecar/internal/peer"
)

var uploading = kitx.Spec{Op: "car.Upload", Method: "POST", Path: "/v1/upload", Stream: true}

// pieces is a body that comes a letter at a time, each after a wait.
type pieces struct {
	text string
	wait func()
}

func (p *pieces) Read(b []byte) (int, error) {
	p.wait()
	if p.text == "" {
		return 0, io.EOF
	}
	n := copy(b[:1], p.text)
	p.text = p.text[n:]
	return n, nil
}

func (p *pieces) Close() error { return nil }

func TestConnecting(t *testing.T) {
	const timeout = 5 * time.Second
	ended := func(ctx context.Context) bool { synctest.Wait(); return ctx.Err() != nil }
	bubble := func(name string, f func(*testing.T)) {
		t.Run(name, func(t *testing.T) { synctest.Test(t, f) })
	}
	bubble("the callee has its time, and no more", func(t *testing.T) {
		ctx, _, _, cancel := peer.BoundedToConnect(t.Context(), timeout)
		defer cancel()
		time.Sleep(timeout - time.Millisecond)
		if ended(ctx) {
			t.Error("it ended early")
		}
		time.Sleep(time.Millisecond)
		if !ended(ctx) || errs.KindOf(context.Cause(ctx)) != errs.Timeout {
			t.Errorf("got %v", context.Cause(ctx))
		}
	})
	bubble("a sender's time is not the callee's, who has all of it after each piece", func(t *testing.T) {
		ctx, paced, _, cancel := peer.BoundedToConnect(t.Context(), timeout)
		defer cancel()
		body := paced(&pieces{text: "abcdef", wait: func() { time.Sleep(3 * timeout) }})
		for range 6 {
			if _, err := body.Read(make([]byte, 8)); err != nil {
				t.Fatal(err)
			}
			time.Sleep(timeout - time.Millisecond)
			if ended(ctx) {
				t.Fatal("it ended early")
			}
		}
		time.Sleep(time.Millisecond)
		if !ended(ctx) {
			t.Error("who took all of the body and says nothing has no end")
		}
	})
	bubble("an answer that begins before the body's end has no bound", func(t *testing.T) {
		ctx, paced, connected, cancel := peer.BoundedToConnect(t.Context(), timeout)
		defer cancel()
		connected()
		if _, err := paced(&pieces{text: "a", wait: func() {}}).Read(make([]byte, 8)); err != nil {
			t.Fatal(err)
		}
		time.Sleep(time.Hour)
		if ended(ctx) {
			t.Error("it ended")
		}
	})
	t.Run("a body that comes slowly reaches the callee", func(t *testing.T) {
		var got string
		r := newRig(t, 1, func(r *http.Request) (*http.Response, error) {
			b, err := io.ReadAll(r.Body)
			got = string(b)
			if err == nil && r.Context().Err() != nil {
				err = context.Cause(r.Context())
			}
			if err != nil {
				return nil, err
			}
			return status(200)
		}, with(func(u *peer.Tuning) { u.Timeout = 500 * time.Millisecond }))
		req := request(t, uploading, "")
		late := make(chan struct{})
		time.AfterFunc(800*time.Millisecond, func() { close(late) })
		req.Body, req.GetBody = &pieces{text: "abc", wait: func() { <-late }}, nil
		resp, err := r.Do(t.Context(), uploading, req)
		if err != nil || got != "abc" {
			t.Fatalf("got %q, %v", got, err)
		}
		_ = resp.Body.Close()
	})
	t.Run("one that can be sent again is", func(t *testing.T) {
		r := newRig(t, 1, drainBody)
		req, err := http.NewRequest(uploading.Method, uploading.Path, strings.NewReader("abc"))
		if err != nil {
			t.Fatal(err)
		}
		resp, err := r.Do(t.Context(), uploading, req)
		if err != nil {
			t.Fatal(err)
		}
		_ = resp.Body.Close()
	})
}
