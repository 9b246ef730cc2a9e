package inproc_test

import (
	"io"
	"log"
	"net/http"
	"net/http/httptest"
	"testing"

	"go.uber.org/goleak"

	"freecar/internal/inproc"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// transport is one way to carry HTTP to a handler.
type transport struct {
	name string
	// serve gives a client of the handler, and the base of its addresses.
	serve func(*testing.T, http.Handler) (http.RoundTripper, string)
}

// transports: what the suite says of ours, it also proves of the network's own.
var transports = []transport{
	{"in process", func(_ *testing.T, h http.Handler) (http.RoundTripper, string) {
		network := inproc.NewNetwork()
		network.ErrorLog = log.New(io.Discard, "", 0)
		network.Listen("car-1", h)
		return network, "http://car-1"
	}},
	{"over a socket", func(t *testing.T, h http.Handler) (http.RoundTripper, string) {
		server := httptest.NewUnstartedServer(h)
		server.Config.ErrorLog = log.New(io.Discard, "", 0)
		server.Start()
		client := &http.Transport{DisableCompression: true}
		t.Cleanup(func() {
			client.CloseIdleConnections()
			server.Close()
		})
		return client, server.URL
	}},
}

// onEach runs a part of the contract over every transport.
func onEach(t *testing.T, name string, run func(*testing.T, exchange)) {
	t.Helper()
	for _, tr := range transports {
		t.Run(name+", "+tr.name, func(t *testing.T) {
			run(t, exchange{t: t, serve: func(h http.HandlerFunc) (http.RoundTripper, string) { return tr.serve(t, h) }})
		})
	}
}

// exchange is a test's hold on the transport under test.
type exchange struct {
	t     *testing.T
	serve func(http.HandlerFunc) (http.RoundTripper, string)
}

// get asks the handler once and reads nothing yet.
func (x exchange) get(h http.HandlerFunc) *http.Response {
	x.t.Helper()
	client, base := x.serve(h)
	return x.send(client, x.request(http.MethodGet, base+"/", nil))
}

func (x exchange) request(method, url string, body io.Reader) *http.Request {
	x.t.Helper()
	r, err := http.NewRequestWithContext(x.t.Context(), method, url, body)
	if err != nil {
		x.t.Fatal(err)
	}
	return r
}

// send fails the test when there is no answer.
func (x exchange) send(client http.RoundTripper, r *http.Request) *http.Response {
	x.t.Helper()
	resp, err := client.RoundTrip(r)
	if err != nil {
		x.t.Fatal(err)
	}
	x.t.Cleanup(func() { _ = resp.Body.Close() })
	return resp
}

// text reads a whole body.
func (x exchange) text(resp *http.Response) string {
	x.t.Helper()
	b, err := io.ReadAll(resp.Body)
	if err != nil {
		x.t.Fatal(err)
	}
	return string(b)
}
