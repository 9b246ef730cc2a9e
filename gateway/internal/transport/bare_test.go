package transport_test

import (
	"io"
	"net/http"
	"testing"

	"freecar/internal/peer"
)

func BenchmarkBare(b *testing.B) {
	answer := make([]byte, 190)
	service := listen(b, http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { _, _ = w.Write(answer) }))
	tr := peer.NewTransport()
	door := listen(b, http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		out := r.Clone(r.Context())
		out.URL.Scheme, out.URL.Host = "http", service
		out.RequestURI = ""
		resp, err := tr.RoundTrip(out)
		if err != nil {
			panic(err)
		}
		for k, v := range resp.Header {
			w.Header()[k] = v
		}
		w.WriteHeader(resp.StatusCode)
		io.Copy(w, resp.Body)
		resp.Body.Close()
	}))
	direct := cpuPerRequest(b, service, 50_000)
	b.ResetTimer()
	through := cpuPerRequest(b, door, b.N)
	b.ReportMetric(micros(direct), "direct-cpu-µs/op")
	b.ReportMetric(micros(through), "through-cpu-µs/op")
	b.ReportMetric(micros(through-direct), "gateway-cpu-µs/op")
}
