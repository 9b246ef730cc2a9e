package peer_test

import (
	"context"
	"errors"
	"io"
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"

	"freecar/internal/errs"
	"freecar/internal/kitx"
	"freecar/internal/peer"
)

func TestRetry(t *testing.T) {
	refuse := func(*http.Request) (*http.Response, error) { return nil, errRefuse }
	answer := func(code int) serve { return func(*http.Request) (*http.Response, error) { return status(code) } }
	for name, c := range map[string]struct {
		callee    serve
		instances int
		spec      kitx.Spec
		headers   []string
		tries     int
	}{
		"a read after a connection error":             {refuse, 2, read, nil, 2},
		"a read after a 503":                          {answer(503), 2, read, nil, 2},
		"a read after a 502":                          {answer(502), 2, read, nil, 2},
		"a read three times at most":                  {refuse, 5, read, nil, 3},
		"a write by nature harmless":                  {refuse, 2, again, nil, 2},
		"a write with a key":                          {answer(503), 2, write, []string{kitx.KeyHeader, "k"}, 2},
		"no write without a key":                      {refuse, 2, write, nil, 1},
		"no write without a key, whatever the answer": {answer(503), 2, write, nil, 1},
		"no stream":                                   {refuse, 2, stream, nil, 1},
		"nothing on the one instance":                 {refuse, 1, read, nil, 1},
		"nothing where there is none":                 {refuse, 0, read, nil, 0},
		"no fault of the callee":                      {answer(500), 2, read, nil, 1},
		"no timeout of the callee":                    {answer(504), 2, read, nil, 1},
		"no refusal":                                  {answer(409), 2, read, nil, 1},
		"no limit":                                    {answer(429), 2, read, nil, 1},
		"no success":                                  {answer(200), 2, read, nil, 1},
	} {
		t.Run(name, func(t *testing.T) {
			r := newRig(t, c.instances, c.callee)
			_, _ = r.call(t.Context(), c.spec, c.headers...)
			hosts := r.hosts()
			if len(hosts) != c.tries {
				t.Errorf("tried %v, want %d", hosts, c.tries)
			}
			slices.Sort(hosts)
			if len(slices.Compact(hosts)) != c.tries {
				t.Errorf("tried one twice: %v", hosts)
			}
			if got := r.counted("freecar_call_retries_total"); got != float64(max(0, c.tries-1)) {
				t.Errorf("counted %v retries", got)
			}
		})
	}
	t.Run("the second instance's answer is the answer, and the first's is drained", func(t *testing.T) {
		first := &watched{Reader: strings.NewReader("sorry")}
		r := newRig(t, 2, nil, func(c *peer.Config) {
			n := 0
			c.Transport = roundTrip(func(*http.Request) (*http.Response, error) {
				if n++; n == 1 {
					return &http.Response{StatusCode: 503, Header: http.Header{}, Body: first}, nil
				}
				return status(200)
			})
		})
		if code, err := r.call(t.Context(), read); code != 200 || err != nil || !first.ended || !first.closed {
			t.Errorf("got %d, %v, ended %t, closed %t", code, err, first.ended, first.closed)
		}
	})
	t.Run("the last answer is kept when no other try is left", func(t *testing.T) {
		r := newRig(t, 2, answer(503))
		if code, err := r.call(t.Context(), read); code != 503 || err != nil {
			t.Errorf("got %d, %v", code, err)
		}
	})
	t.Run("each try sends the whole body", func(t *testing.T) {
		var bodies []string
		r := newRig(t, 3, func(r *http.Request) (*http.Response, error) {
			b, err := io.ReadAll(r.Body)
			bodies = append(bodies, string(b))
			return nil, errors.Join(err, errRefuse)
		})
		_, _ = r.call(t.Context(), again)
		if got := strings.Join(bodies, " "); got != "body body body" {
			t.Errorf("got %s", got)
		}
	})
	t.Run("a body that can be read once is sent once", func(t *testing.T) {
		r := newRig(t, 3, refuse)
		req := request(t, again, "body")
		req.GetBody = nil
		_, _ = r.Do(t.Context(), again, req)
		if got := r.hosts(); len(got) != 1 {
			t.Errorf("tried %v", got)
		}
	})
	t.Run("our own timeout is not repeated", func(t *testing.T) {
		r := newRig(t, 3, hang, with(func(u *peer.Tuning) { u.Timeout, u.Patience = 20*time.Millisecond, time.Hour }))
		if _, err := r.call(t.Context(), read); errs.KindOf(err) != errs.Timeout || len(r.hosts()) != 1 {
			t.Errorf("got %v", err)
		}
	})
	t.Run("a caller that leaves is told so, and nothing is repeated", func(t *testing.T) {
		ctx, cancel := context.WithCancel(t.Context())
		r := newRig(t, 3, func(*http.Request) (*http.Response, error) { cancel(); return nil, errRefuse })
		_, err := r.call(ctx, read)
		if err != context.Canceled || len(r.hosts()) != 1 { // bare: a breaker above looks at it
			t.Errorf("got %v", err)
		}
		if got := r.counted("freecar_instances_ejected_total"); got != 0 {
			t.Errorf("ejected %v", got)
		}
	})
	t.Run("a storm is bounded", func(t *testing.T) {
		r := newRig(t, 3, refuse)
		for range 1000 {
			_, _ = r.call(t.Context(), read)
		}
		// 10 saved up and one for each ten calls.
		if got := len(r.hosts()); got < 1050 || got > 1111 {
			t.Errorf("%d tries for 1000 calls", got)
		}
	})
	t.Run("nobody there is a 503 that says when to come again", func(t *testing.T) {
		_, err := newRig(t, 0, refuse).call(t.Context(), read)
		if e, ok := errors.AsType[*errs.Error](err); !ok || e.Kind != errs.Unavailable || e.RetryAfter != time.Second {
			t.Errorf("got %v", err)
		}
	})
}

// watched tells whether a body was read to its end and closed.
type watched struct {
	io.Reader
	ended, closed bool
}

func (w *watched) Read(p []byte) (int, error) {
	n, err := w.Reader.Read(p)
	w.ended = w.ended || err == io.EOF
	return n, err
}

func (w *watched) Close() error { w.closed = true; return nil }
