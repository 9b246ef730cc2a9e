package transport_test

import (
	"bytes"
	"fmt"
	"io"
	"net"
	"net/http"
	"sync"
	"syscall"
	"testing"
	"time"

	"github.com/go-kit/kit/sd"
	"github.com/openzipkin/zipkin-go/reporter"
	"github.com/prometheus/client_golang/prometheus"

	"freecar/gateway"
	"freecar/gateway/internal/adapter/memory"
	"freecar/gateway/internal/transport"
	"freecar/internal/auth"
	"freecar/internal/auth/assertion"
	"freecar/internal/clock"
	"freecar/internal/kitx"
	"freecar/internal/obs"
	"freecar/internal/peer"
	"freecar/internal/serve"
)

const connections = 64

// BenchmarkGateway is the gateway's price: the process's CPU for a request through it,
// less that of one straight to the service. The service answers 190 bytes of JSON; client,
// gateway and service share the process and speak over sockets. The table is as long as
// the real one, the route asked for is its last, somebody is signed in, requests are
// counted and logged.
func BenchmarkGateway(b *testing.B) {
	answer := []byte(`{"id":"` + string(bytes.Repeat([]byte("x"), 190-len(`{"id":""}`))) + `"}`)
	service := listen(b, http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", "application/json")
		_, _ = w.Write(answer)
	}))
	door := listen(b, benchGateway(b, service))
	direct := cpuPerRequest(b, service, 50_000)
	b.ResetTimer()
	through := cpuPerRequest(b, door, b.N)
	b.ReportMetric(micros(direct), "direct-cpu-µs/op")
	b.ReportMetric(micros(through), "through-cpu-µs/op")
	b.ReportMetric(micros(through-direct), "gateway-cpu-µs/op")
}

func micros(d time.Duration) float64 { return float64(d.Nanoseconds()) / 1000 }

func benchGateway(b *testing.B, service string) http.Handler {
	logger, err := obs.NewLogger(io.Discard, "info")
	if err != nil {
		b.Fatal(err)
	}
	platform := obs.NewPlatform(logger, prometheus.NewRegistry(), reporter.NewNoopReporter(), 0.01)
	transportTo := peer.NewTransport()
	b.Cleanup(transportTo.CloseIdleConnections)
	to := peer.New(peer.Config{Caller: "gateway", Callee: "bench", Instances: sd.FixedInstancer{service}, Transport: transportTo,
		Authority: assertion.NewAuthority(bytes.Repeat([]byte{7}, 32), clock.System{}), Obs: platform.For("gateway")})
	b.Cleanup(to.Close)
	limiter := memory.NewLimiter()
	b.Cleanup(func() { _ = limiter.Close() })
	limits := gateway.DefaultLimits()
	limits.Address.Most, limits.Principal.Most = 1<<40, 1<<40
	var routes []gateway.Route
	for i := range 39 {
		routes = append(routes, line(kitx.Spec{Op: fmt.Sprintf("bench.Get%d", i), Method: "GET", Path: fmt.Sprintf("/v1/kind-%d/{id}", i),
			Who: auth.Only(auth.Rider)}, gateway.RateUsual, gateway.KeyNone))
	}
	routes = append(routes, line(kitx.Spec{Op: "bench.Get", Method: "GET", Path: "/v1/things/{id}", Who: auth.Only(auth.Rider)}, gateway.RateUsual, gateway.KeyNone))
	h, err := transport.NewServer(transport.Config{Obs: platform.For("gateway"), Table: routes, Verifier: known, Limiter: limiter,
		Limits: limits, Peers: map[string]kitx.Peer{"bench": to}, Health: &serve.Health{}})
	if err != nil {
		b.Fatal(err)
	}
	return h
}

func listen(b *testing.B, h http.Handler) string {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		b.Fatal(err)
	}
	server := &http.Server{Handler: h}
	go func() { _ = server.Serve(l) }() // until the cleanup
	b.Cleanup(func() { _ = server.Close() })
	return l.Addr().String()
}

// cpuPerRequest sends n requests over all connections and says what one cost.
func cpuPerRequest(b *testing.B, address string, n int) time.Duration {
	client := &http.Client{Transport: &http.Transport{MaxIdleConnsPerHost: connections, DisableCompression: true}}
	defer client.CloseIdleConnections()
	send := func(times int) {
		for range times {
			r, err := http.NewRequest("GET", "http://"+address+"/v1/things/0192d6c5-0000-7000-8000-000000000000", nil)
			if err != nil {
				b.Error(err)
				return
			}
			r.Header.Set("Authorization", "Bearer rider")
			resp, err := client.Do(r)
			if err != nil {
				b.Error(err)
				return
			}
			if body, err := io.ReadAll(resp.Body); err != nil || len(body) != 190 || resp.StatusCode != 200 {
				b.Errorf("got %d with %d bytes: %v", resp.StatusCode, len(body), err)
			}
			_ = resp.Body.Close()
		}
	}
	spread := func(times int) {
		var all sync.WaitGroup
		for range connections {
			all.Go(func() { send(times) })
		}
		all.Wait()
	}
	spread(2) // connections and pools are there before the count begins
	begin := cpu(b)
	spread(n/connections + 1)
	return (cpu(b) - begin) / time.Duration(connections*(n/connections+1))
}

// cpu is what the process has used: user and system.
func cpu(b *testing.B) time.Duration {
	var usage syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &usage); err != nil {
		b.Fatal(err)
	}
	return time.Duration(usage.Utime.Nano() + usage.Stime.Nano())
}
