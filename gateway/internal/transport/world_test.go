package transport_test

import (
	"bytes"
	"context"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/go-kit/kit/sd"
	"github.com/openzipkin/zipkin-go/reporter"
	"github.com/prometheus/client_golang/prometheus"

	"freecar/gateway"
	"freecar/gateway/internal/transport"
	"freecar/internal/auth"
	"freecar/internal/auth/assertion"
	"freecar/internal/clock"
	"freecar/internal/inproc"
	"freecar/internal/kitx"
	"freecar/internal/leaktest"
	"freecar/internal/obs"
	"freecar/internal/peer"
	"freecar/internal/serve"
)

func TestMain(m *testing.M) { leaktest.Main(m) }

const mega = 1 << 20

func line(spec kitx.Spec, rate gateway.Rate, key gateway.KeyRule) gateway.Route {
	return gateway.Route{Spec: kitx.NewRaw(spec).Spec(), Rate: rate, Key: key}
}

var uploadLine = line(kitx.Spec{Op: "thing.Upload", Method: "PUT", Path: "/objects/{key}", Who: auth.Anyone(), MaxBody: 2 * mega, Stream: true}, gateway.RateUsual, gateway.KeyNone)

// table has a route of every sort.
var table = []gateway.Route{
	line(kitx.Spec{Op: "thing.Get", Method: "GET", Path: "/v1/things/{id}", Who: auth.Anyone()}, gateway.RateUsual, gateway.KeyNone),
	line(kitx.Spec{Op: "thing.Delete", Method: "DELETE", Path: "/v1/things/{id}", Who: auth.Anyone()}, gateway.RateUsual, gateway.KeyOptional),
	line(kitx.Spec{Op: "thing.Open", Method: "POST", Path: "/v1/open", Who: auth.Anyone()}, gateway.RateUsual, gateway.KeyOptional),
	line(kitx.Spec{Op: "thing.Add", Method: "POST", Path: "/v1/things", Who: auth.Only(auth.Rider)}, gateway.RateUsual, gateway.KeyOptional),
	line(kitx.Spec{Op: "thing.Pay", Method: "POST", Path: "/v1/pay", Who: auth.Only(auth.Rider)}, gateway.RateUsual, gateway.KeyRequired),
	line(kitx.Spec{Op: "thing.SignUp", Method: "POST", Path: "/v1/accounts", Who: auth.Anyone()}, gateway.RateSignUp, gateway.KeyNone),
	line(kitx.Spec{Op: "thing.SignIn", Method: "POST", Path: "/v1/sessions", Who: auth.Anyone()}, gateway.RateSignIn, gateway.KeyNone),
	line(kitx.Spec{Op: "thing.Report", Method: "POST", Path: "/v1/telemetry", Who: auth.Only(auth.Device), MaxBody: mega}, gateway.RateDevice, gateway.KeyNone),
	uploadLine,
	line(kitx.Spec{Op: "thing.Watch", Method: "GET", Path: "/v1/watch", Who: auth.Anyone(), Stream: true}, gateway.RateUsual, gateway.KeyNone),
	line(kitx.Spec{Op: "dead.Get", Method: "GET", Path: "/v1/dead", Who: auth.Anyone()}, gateway.RateUsual, gateway.KeyNone),
	line(kitx.Spec{Op: "dead.Upload", Method: "PUT", Path: "/v1/dead", Who: auth.Anyone(), MaxBody: 2 * mega, Stream: true}, gateway.RateUsual, gateway.KeyNone),
}

// tokens is a verifier that knows its tokens by heart.
type tokens map[string]auth.Principal

func (t tokens) Verify(token string) (auth.Principal, time.Time, error) {
	p, ok := t[token]
	if !ok {
		return auth.Principal{}, time.Time{}, auth.ErrUnauthenticated
	}
	return p, time.Now().Add(time.Hour), nil
}

var known = tokens{
	"rider":  {Subject: "1", Session: "s1", Roles: auth.Rider},
	"other":  {Subject: "2", Session: "s2", Roles: auth.Rider},
	"device": {Subject: "3", Roles: auth.Device},
	"forger": {Subject: "4", Roles: auth.Rider, Service: "trip"},
}

// nobodyRevoked is a list that stays empty.
type nobodyRevoked struct{}

func (nobodyRevoked) Check(auth.Principal) error { return nil }

func (nobodyRevoked) Watch(auth.Principal, func()) func() { return func() {} }

// world is a gateway with one service behind it and one that is dead.
type world struct {
	base    string
	client  *http.Client
	handler http.Handler
	health  *serve.Health
	metrics *prometheus.Registry
	log     *journal
	// authority is that of the service's assertions.
	authority *assertion.Authority
}

type options struct {
	limiter gateway.Limiter
	limits  gateway.Limits
	revoked gateway.Revocations // nil: nobody is
	// before are instances of the service where nobody listens.
	before []string
	atMost time.Duration // of a request; 0 is the usual
}

// network is what carries requests: to the gateway and from it.
type network struct {
	name   string
	listen func(*testing.T, http.Handler) (address string)
	tripTo http.RoundTripper
}

func networks(t *testing.T) []network {
	within := inproc.NewNetwork()
	sockets := peer.NewTransport()
	t.Cleanup(sockets.CloseIdleConnections)
	n := 0
	return []network{
		{"in process", func(_ *testing.T, h http.Handler) string {
			n++
			address := string(rune('a'+n)) + ":1"
			within.Listen(address, h)
			return address
		}, within},
		{"over sockets", func(t *testing.T, h http.Handler) string {
			server := httptest.NewServer(h)
			t.Cleanup(server.Close)
			return server.Listener.Addr().String()
		}, sockets},
	}
}

// everywhere runs a test over each network.
func everywhere(t *testing.T, service http.Handler, test func(*testing.T, *world)) {
	for _, n := range networks(t) {
		t.Run(n.name, func(t *testing.T) { test(t, newWorld(t, n, service, options{})) })
	}
}

func newWorld(t *testing.T, n network, service http.Handler, o options) *world {
	w := &world{metrics: prometheus.NewRegistry(), log: &journal{written: make(chan struct{}, 1)}, health: &serve.Health{},
		authority: assertion.NewAuthority(bytes.Repeat([]byte{7}, 32), clock.System{})}
	logger, err := obs.NewLogger(w.log, "info")
	if err != nil {
		t.Fatal(err)
	}
	platform := obs.NewPlatform(logger, w.metrics, reporter.NewNoopReporter(), 0)
	connect := func(callee string, addresses ...string) *peer.Peer {
		p := peer.New(peer.Config{Caller: "gateway", Callee: callee, Instances: sd.FixedInstancer(addresses),
			Transport: n.tripTo, Authority: w.authority, Obs: platform.For("gateway"),
			Tuning: peer.Tuning{MinCalls: 1_000}}) // circuits are process-wide: one test's faults are no other's
		t.Cleanup(p.Close)
		return p
	}
	var revoked gateway.Revocations = nobodyRevoked{}
	if o.revoked != nil {
		revoked = o.revoked
	}
	address := n.listen(t, service)
	w.handler, err = transport.NewServer(transport.Config{
		Obs: platform.For("gateway"), Table: table, Verifier: known, Revoked: revoked, Limiter: o.limiter, Limits: o.limits, Health: w.health, AtMost: o.atMost,
		Peers: map[string]kitx.Peer{"thing": connect("thing", append(o.before, address)...), "dead": connect("dead", nobody(t))},
	})
	if err != nil {
		t.Fatal(err)
	}
	w.base = "http://" + n.listen(t, w.handler)
	w.client = &http.Client{Transport: n.tripTo}
	return w
}

// nobody is an address where nobody listens.
func nobody(t *testing.T) string {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	return l.Addr().String()
}

// request makes a request; each header is "Name: value".
func (w *world) request(t *testing.T, method, path string, body io.Reader, headers ...string) *http.Request {
	t.Helper()
	r, err := http.NewRequestWithContext(t.Context(), method, w.base+path, body)
	if err != nil {
		t.Fatal(err)
	}
	for _, h := range headers {
		name, value, _ := strings.Cut(h, ": ")
		r.Header.Add(name, value)
	}
	return r
}

// do sends a request and reads the answer whole.
func (w *world) do(t *testing.T, method, path string, body io.Reader, headers ...string) (*http.Response, string) {
	t.Helper()
	resp, err := w.client.Do(w.request(t, method, path, body, headers...))
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close()
	text, err := io.ReadAll(resp.Body)
	if err != nil {
		t.Fatal(err)
	}
	return resp, string(text)
}

// counted sums a counter's children.
func (w *world) counted(t *testing.T, name string) (sum float64) {
	t.Helper()
	families, err := w.metrics.Gather()
	if err != nil {
		t.Fatal(err)
	}
	for _, family := range families {
		if family.GetName() == name {
			for _, m := range family.GetMetric() {
				sum += m.GetCounter().GetValue()
			}
		}
	}
	return sum
}

// journal is a log that tests read.
type journal struct {
	mu      sync.Mutex
	text    strings.Builder
	written chan struct{}
}

func (j *journal) Write(b []byte) (int, error) {
	j.mu.Lock()
	defer j.mu.Unlock()
	select {
	case j.written <- struct{}{}:
	default: // there is news already
	}
	return j.text.Write(b)
}

// await waits for a line that holds the text.
func (j *journal) await(t *testing.T, text string) {
	t.Helper()
	for !strings.Contains(j.String(), text) {
		await(t, "a line with "+text, j.written)
	}
}

func (j *journal) String() string {
	j.mu.Lock()
	defer j.mu.Unlock()
	return j.text.String()
}

// chunked hides a body's length.
type chunked struct{ io.Reader }

// await fails the test when the event does not come.
func await(t *testing.T, what string, event <-chan struct{}) {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), eventually)
	defer cancel()
	select {
	case <-event:
	case <-ctx.Done():
		t.Fatal("never: " + what)
	}
}
