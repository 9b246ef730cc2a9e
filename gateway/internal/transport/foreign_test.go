package transport_test

import (
	"context"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"freecar/gateway/internal/transport"
	"freecar/internal/kitx"
	"freecar/internal/obs"
	"freecar/internal/serve"
)

// TestForeignFaults are those of something that stands between us and a service.
func TestForeignFaults(t *testing.T) {
	for status, want := range map[int]int{500: 500, 502: 503, 503: 503, 504: 504, 599: 503} {
		page := http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Content-Type", "text/html")
			w.Header().Set("Server", "proxy-7.internal")
			w.WriteHeader(status)
			_, _ = w.Write([]byte("<html>proxy-7.internal</html>"))
		})
		w := newWorld(t, networks(t)[0], page, options{})
		resp, body := w.do(t, "GET", "/v1/things/1", nil)
		if resp.StatusCode != want || resp.Header.Get("Content-Type") != "application/problem+json" || !strings.Contains(body, `"code"`) ||
			strings.Contains(body, "proxy-7") || resp.Header.Get("Server") != "" || want == 503 && resp.Header.Get("Retry-After") == "" {
			t.Errorf("%d: got %d %v %s", status, resp.StatusCode, resp.Header, body)
		}
	}
}

// page is what something that stands between us and a service answers.
type page struct {
	status int
	header http.Header
}

func (p page) Do(context.Context, kitx.Spec, *http.Request) (*http.Response, error) {
	return &http.Response{StatusCode: p.status, Header: p.header, Body: http.NoBody}, nil
}

// TestForeignFaultsSayWhen: who stands between us and a service may know when to come again.
func TestForeignFaultsSayWhen(t *testing.T) {
	for _, c := range []struct {
		status     int
		says, want string
	}{
		{503, "", "1"}, {503, "120", "120"}, {503, "0", "1"}, {503, "Wed, 21 Oct 2026 07:28:00 GMT", "1"},
		{504, "", ""}, {504, "30", "30"},
	} {
		fault := page{c.status, http.Header{}}
		if c.says != "" {
			fault.header.Set("Retry-After", c.says)
		}
		door, err := transport.NewServer(transport.Config{
			Obs: obs.Discard().For("gateway"), Table: table[:1], Verifier: known, Revoked: nobodyRevoked{}, Health: &serve.Health{},
			Peers: map[string]kitx.Peer{"thing": fault},
		})
		if err != nil {
			t.Fatal(err)
		}
		w := httptest.NewRecorder()
		door.ServeHTTP(w, httptest.NewRequest("GET", "/v1/things/1", nil))
		if got := w.Header().Get("Retry-After"); got != c.want {
			t.Errorf("%d with %q: got %q, want %q", c.status, c.says, got, c.want)
		}
	}
}
