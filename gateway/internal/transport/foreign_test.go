package transport_test

import (
	"net/http"
	"strings"
	"testing"
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
