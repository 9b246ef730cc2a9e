package inproc_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"log"
	"net/http"
	"strings"
	"sync"
	"testing"

	"freecar/internal/inproc"
)

// Who leaves early, and what the other side sees of it.
func TestEnding(t *testing.T) {
	onEach(t, "a request that is given up reaches the handler", func(t *testing.T, x exchange) {
		begun, ended := make(chan struct{}), make(chan error, 1)
		client, base := x.serve(func(_ http.ResponseWriter, r *http.Request) {
			close(begun)
			<-r.Context().Done()
			ended <- r.Context().Err()
		})
		ctx, cancel := context.WithCancel(t.Context())
		go func() { <-begun; cancel() }()
		_, err := client.RoundTrip(x.request(http.MethodGet, base, nil).WithContext(ctx))
		if got := <-ended; !errors.Is(err, context.Canceled) || !errors.Is(got, context.Canceled) {
			t.Errorf("the client got %v, the handler %v", err, got)
		}
	})
	onEach(t, "a request that was given up before is not sent", func(t *testing.T, x exchange) {
		client, base := x.serve(func(http.ResponseWriter, *http.Request) { t.Error("it was sent") })
		ctx, cancel := context.WithCancel(t.Context())
		cancel()
		body := &closing{Reader: strings.NewReader("x"), closed: make(chan struct{})}
		_, err := client.RoundTrip(x.request(http.MethodPost, base, body).WithContext(ctx))
		if <-body.closed; !errors.Is(err, context.Canceled) {
			t.Errorf("got %v", err)
		}
	})
	onEach(t, "a handler that goes on writing to a client that left ends", func(t *testing.T, x exchange) {
		begun, ended := make(chan struct{}), make(chan error, 1)
		client, base := x.serve(func(w http.ResponseWriter, r *http.Request) {
			close(begun)
			<-r.Context().Done()
			var err error
			for err == nil { // long enough to fill every buffer between the two
				_, err = w.Write(make([]byte, 1<<16))
			}
			ended <- err
		})
		ctx, cancel := context.WithCancel(t.Context())
		go func() { <-begun; cancel() }()
		_, err := client.RoundTrip(x.request(http.MethodGet, base, nil).WithContext(ctx))
		if got := <-ended; err == nil || got == nil {
			t.Errorf("the client got %v, the handler %v", err, got)
		}
	})
	onEach(t, "cancelling after the headers breaks the body off", func(t *testing.T, x exchange) {
		client, base := x.serve(func(w http.ResponseWriter, r *http.Request) {
			_ = http.NewResponseController(w).Flush()
			<-r.Context().Done()
		})
		ctx, cancel := context.WithCancel(t.Context())
		resp := x.send(client, x.request(http.MethodGet, base, nil).WithContext(ctx))
		cancel()
		if _, err := io.ReadAll(resp.Body); !errors.Is(err, context.Canceled) {
			t.Errorf("got %v", err)
		}
	})
	onEach(t, "a client that closes the body early cancels the handler", func(t *testing.T, x exchange) {
		ended := make(chan struct{})
		resp := x.get(func(w http.ResponseWriter, r *http.Request) {
			_, _ = io.WriteString(w, "data: 1\n\n")
			_ = http.NewResponseController(w).Flush()
			<-r.Context().Done()
			close(ended)
		})
		_ = resp.Body.Close()
		<-ended
	})
	onEach(t, "nobody listening is an error, and the body is closed", func(t *testing.T, x exchange) {
		client, _ := x.serve(func(http.ResponseWriter, *http.Request) {})
		body := &closing{Reader: strings.NewReader("x"), closed: make(chan struct{})}
		_, err := client.RoundTrip(x.request(http.MethodPost, "http://127.0.0.1:1/", body))
		if <-body.closed; err == nil {
			t.Error("there was an answer")
		}
	})
	for name, value := range map[string]any{"a panic": "boom", "http.ErrAbortHandler": http.ErrAbortHandler} {
		onEach(t, name+" before the first byte is a connection error", func(t *testing.T, x exchange) {
			client, base := x.serve(func(http.ResponseWriter, *http.Request) { panic(value) })
			if resp, err := client.RoundTrip(x.request(http.MethodGet, base, nil)); err == nil {
				_ = resp.Body.Close()
				t.Errorf("got %s", resp.Status)
			}
		})
		onEach(t, name+" later is a broken body", func(t *testing.T, x exchange) {
			resp := x.get(func(w http.ResponseWriter, _ *http.Request) {
				_, _ = io.WriteString(w, "half")
				_ = http.NewResponseController(w).Flush()
				panic(value)
			})
			if b, err := io.ReadAll(resp.Body); string(b) != "half" || err == nil {
				t.Errorf("got %q, %v", b, err)
			}
		})
	}
}

// Our transport frees the handler; net/http's would wait for the client's body first.
func TestHalfABody(t *testing.T) {
	t.Run("a handler that waits for more of the body ends when the client leaves", func(t *testing.T) {
		read := make(chan error, 1)
		network := inproc.NewNetwork()
		network.Listen("car-1", http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
			_, err := io.ReadAll(r.Body)
			read <- err
		}))
		source, sink := io.Pipe()
		ctx, cancel := context.WithCancel(t.Context())
		go func() { _, _ = io.WriteString(sink, "half"); cancel() }()
		r, err := http.NewRequestWithContext(ctx, http.MethodPost, "http://car-1/", source)
		if err != nil {
			t.Fatal(err)
		}
		_, err = network.RoundTrip(r)
		if got := <-read; !errors.Is(err, context.Canceled) || !errors.Is(got, context.Canceled) {
			t.Errorf("the client got %v, the handler %v", err, got)
		}
	})
}

// Panics are not lost: our transport logs what net/http logs.
func TestErrorLog(t *testing.T) {
	for name, c := range map[string]struct {
		value any
		want  string
	}{
		"a panic is logged with its stack": {"boom", "inproc: panic serving car-1: boom\ngoroutine"},
		"an aborted answer is quiet":       {http.ErrAbortHandler, ""},
	} {
		t.Run(name, func(t *testing.T) {
			var lines bytes.Buffer
			network := inproc.NewNetwork()
			network.ErrorLog = log.New(&lines, "", 0)
			network.Listen("car-1", http.HandlerFunc(func(http.ResponseWriter, *http.Request) { panic(c.value) }))
			r, err := http.NewRequestWithContext(t.Context(), http.MethodGet, "http://car-1/", nil)
			if err != nil {
				t.Fatal(err)
			}
			if _, err = network.RoundTrip(r); err == nil {
				t.Error("there was an answer")
			}
			if got := lines.String(); !strings.HasPrefix(got, c.want) || c.want == "" && got != "" {
				t.Errorf("got %q", got)
			}
		})
	}
}

// What is listened to, closed and listened to again.
func TestListen(t *testing.T) {
	network := inproc.NewNetwork()
	ask := func() error {
		r, err := http.NewRequestWithContext(t.Context(), http.MethodGet, "http://car-1/", nil)
		if err != nil {
			t.Fatal(err)
		}
		resp, err := network.RoundTrip(r)
		if err == nil {
			_ = resp.Body.Close()
		}
		return err
	}
	ok := http.HandlerFunc(func(http.ResponseWriter, *http.Request) {})
	for i, step := range []struct {
		do   func()
		want error
	}{
		{func() {}, inproc.ErrRefused},
		{func() { network.Listen("car-1", ok) }, nil},
		{func() { network.Close("car-1") }, inproc.ErrRefused},
		{func() { network.Listen("car-1", ok) }, nil},
	} {
		t.Run(fmt.Sprintf("step %d", i+1), func(t *testing.T) {
			step.do()
			if err := ask(); !errors.Is(err, step.want) {
				t.Errorf("got %v, want %v", err, step.want)
			}
		})
	}
	t.Run("listening and closing under way harm nobody", func(t *testing.T) {
		var wg sync.WaitGroup
		for range 8 {
			wg.Go(func() { network.Listen("car-1", ok); _ = ask() })
			wg.Go(func() { network.Close("car-1") })
		}
		wg.Wait()
	})
}
