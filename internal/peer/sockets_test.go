package peer_test

import (
	"bufio"
	"bytes"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/go-kit/kit/sd"
	"github.com/openzipkin/zipkin-go/reporter"
	"github.com/prometheus/client_golang/prometheus"

	"freecar/internal/obs"
	"freecar/internal/peer"
)

// eventually is how long a test waits for what comes soon.
const eventually = 20 * time.Second

// scripted is a real server that does as it is told, and counts what reaches it.
type scripted struct {
	*httptest.Server
	does  atomic.Pointer[http.HandlerFunc]
	calls atomic.Int64
	conns atomic.Int64
}

func newScripted(t *testing.T, does http.HandlerFunc) *scripted {
	t.Helper()
	s := &scripted{}
	s.tell(does)
	s.Server = httptest.NewUnstartedServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		s.calls.Add(1)
		body, _ := io.ReadAll(r.Body) // or the server does not notice that a caller leaves
		r.Body = io.NopCloser(bytes.NewReader(body))
		(*s.does.Load())(w, r)
	}))
	s.Config.ConnState = func(_ net.Conn, state http.ConnState) {
		if state == http.StateNew {
			s.conns.Add(1)
		}
	}
	s.Start()
	t.Cleanup(s.Close)
	return s
}

func (s *scripted) tell(does http.HandlerFunc) { s.does.Store(&does) }

func (s *scripted) address() string { return s.Listener.Addr().String() }

func answers(code int, body string) http.HandlerFunc {
	return func(w http.ResponseWriter, _ *http.Request) {
		w.WriteHeader(code)
		_, _ = io.WriteString(w, body)
	}
}

func hangs(_ http.ResponseWriter, r *http.Request) { <-r.Context().Done() }

// wired is a rig whose callee is behind sockets.
type wired struct {
	*rig
	log *journal
}

// wire makes a peer of what listens at the addresses.
func wire(t *testing.T, addresses []string, change ...func(*peer.Config)) *wired {
	t.Helper()
	w := &wired{rig: &rig{t: t, registry: prometheus.NewRegistry()}, log: &journal{}}
	logger, err := obs.NewLogger(w.log, "debug")
	if err != nil {
		t.Fatal(err)
	}
	transport := peer.NewTransport()
	t.Cleanup(transport.CloseIdleConnections)
	c := peer.Config{Caller: t.Name(), Callee: "car", Instances: sd.FixedInstancer(addresses), Transport: transport, Authority: authority,
		Obs:    obs.NewPlatform(logger, w.registry, reporter.NewNoopReporter(), 0).For("trip"),
		Tuning: peer.Tuning{MinCalls: 1_000_000, Timeout: time.Minute}}
	for _, f := range change {
		f(&c)
	}
	w.Peer = peer.New(c)
	t.Cleanup(w.Close)
	return w
}

// journal is a log that tests read.
type journal struct {
	mu   sync.Mutex
	text strings.Builder
}

func (j *journal) Write(b []byte) (int, error) {
	j.mu.Lock()
	defer j.mu.Unlock()
	return j.text.Write(b)
}

// lines are those that hold the text.
func (j *journal) lines(text string) (found []string) {
	j.mu.Lock()
	defer j.mu.Unlock()
	for line := range strings.Lines(j.text.String()) {
		if strings.Contains(line, text) {
			found = append(found, line)
		}
	}
	return found
}

// until waits for a condition.
func until(t *testing.T, what string, ok func() bool) {
	t.Helper()
	for deadline := time.Now().Add(eventually); !ok(); <-time.After(time.Millisecond) {
		if time.Now().After(deadline) {
			t.Fatal("never: " + what)
		}
	}
}

// bare is a listener that speaks whatever it is told to, connection by connection.
type bare struct {
	net.Listener
	conns    atomic.Int64
	requests atomic.Int64
}

// speak has each connection handled by talk, which gets its number from 1 on and its
// requests as they come.
func speak(t *testing.T, talk func(conn net.Conn, number int64, next func() (*http.Request, error))) *bare {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	b := &bare{Listener: l}
	var wg sync.WaitGroup
	wg.Go(func() {
		for {
			conn, err := l.Accept()
			if err != nil {
				return
			}
			number := b.conns.Add(1)
			wg.Go(func() {
				defer conn.Close()
				stop := make(chan struct{})
				defer close(stop)
				go func() { // a test's end is the end of its connections
					select {
					case <-t.Context().Done():
						_ = conn.Close()
					case <-stop:
					}
				}()
				from := bufio.NewReader(conn)
				talk(conn, number, func() (*http.Request, error) {
					r, err := http.ReadRequest(from)
					if err != nil {
						return nil, err
					}
					b.requests.Add(1)
					body, err := io.ReadAll(r.Body)
					r.Body = io.NopCloser(bytes.NewReader(body))
					return r, err
				})
			})
		}
	})
	t.Cleanup(func() { _ = l.Close(); wg.Wait() })
	return b
}

func (b *bare) address() string { return b.Addr().String() }

// says answers each request of each connection with the same bytes, and hangs up when the
// client does.
func says(text string) func(net.Conn, int64, func() (*http.Request, error)) {
	return func(conn net.Conn, _ int64, next func() (*http.Request, error)) {
		for {
			if _, err := next(); err != nil {
				return
			}
			if _, err := fmt.Fprint(conn, text); err != nil {
				return
			}
		}
	}
}
