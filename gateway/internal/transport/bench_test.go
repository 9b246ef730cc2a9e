package transport_test

import (
	"bytes"
	"io"
	"maps"
	"net/http"
	"sync"
	"syscall"
	"testing"
	"time"

	"github.com/go-kit/kit/sd"
	"github.com/go-kit/log"
	"github.com/openzipkin/zipkin-go/reporter"
	"github.com/prometheus/client_golang/prometheus"

	"freecar/gateway"
	"freecar/gateway/internal/adapter/memory"
	"freecar/gateway/internal/transport"
	"freecar/internal/auth"
	"freecar/internal/auth/assertion"
	"freecar/internal/auth/keys"
	"freecar/internal/auth/token"
	"freecar/internal/clock"
	"freecar/internal/ids"
	"freecar/internal/kitx"
	"freecar/internal/obs"
	"freecar/internal/peer"
	"freecar/internal/serve"
)

const (
	connections = 64
	answerBytes = 190
)

// BenchmarkGateway is the gateway's price: the process's CPU for a request through it,
// less that of one straight to the service. The service answers 190 bytes of JSON; client,
// gateway and service share the process and speak over sockets. A rider asks for a trip:
// the token is checked, the request counted, logged, traced and passed on.
func BenchmarkGateway(b *testing.B) {
	measure(b, func(service string) http.Handler { return benchGateway(b, service) })
}

// BenchmarkBareHop is what net/http alone takes of that price.
func BenchmarkBareHop(b *testing.B) {
	to := peer.NewTransport()
	b.Cleanup(to.CloseIdleConnections)
	measure(b, func(service string) http.Handler {
		return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			out := r.Clone(r.Context())
			out.URL.Scheme, out.URL.Host, out.RequestURI = "http", service, ""
			resp, err := to.RoundTrip(out)
			if err != nil {
				b.Error(err)
				return
			}
			defer resp.Body.Close()
			maps.Copy(w.Header(), resp.Header)
			_, _ = io.Copy(w, resp.Body)
		})
	})
}

func measure(b *testing.B, gate func(service string) http.Handler) {
	answer := []byte(`{"id":"` + string(bytes.Repeat([]byte("x"), answerBytes-len(`{"id":""}`))) + `"}`)
	service := listen(b, http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", "application/json")
		_, _ = w.Write(answer)
	}))
	door := listen(b, gate(service))
	bearer := riderToken(b)
	direct := cpuPerRequest(b, service, bearer, b.N)
	b.ResetTimer()
	through := cpuPerRequest(b, door, bearer, b.N)
	b.ReportMetric(micros(direct), "direct-cpu-µs/op")
	b.ReportMetric(micros(through), "through-cpu-µs/op")
	b.ReportMetric(micros(through-direct), "gateway-cpu-µs/op")
}

func micros(d time.Duration) float64 { return float64(d.Nanoseconds()) / 1000 }

var benchKeys = keys.New()

func riderToken(b *testing.B) string {
	key := benchKeys.Signing[0]
	issuer, err := token.NewIssuer(key.ID, key.Private(), clock.System{})
	if err != nil {
		b.Fatal(err)
	}
	text, _, err := issuer.Issue(auth.Principal{Subject: ids.NewAccount(), Session: ids.Random{}.New(), Roles: auth.Rider})
	if err != nil {
		b.Fatal(err)
	}
	return text
}

func benchGateway(b *testing.B, service string) http.Handler {
	logger, err := obs.NewLogger(io.Discard, "info")
	if err != nil {
		b.Fatal(err)
	}
	platform := obs.NewPlatform(logger, prometheus.NewRegistry(), reporter.NewNoopReporter(), 0.01)
	to := peer.NewTransport()
	b.Cleanup(to.CloseIdleConnections)
	peers := map[string]kitx.Peer{}
	for _, route := range gateway.Table() {
		if peers[route.Service()] == nil {
			p := peer.New(peer.Config{Caller: "gateway", Callee: route.Service(), Instances: sd.FixedInstancer{service}, Transport: to,
				Authority: assertion.NewAuthority(benchKeys.Assertion, clock.System{}), Obs: platform.For("gateway")})
			b.Cleanup(p.Close)
			peers[route.Service()] = p
		}
	}
	verifier, err := token.NewVerifier(benchKeys.Public(), clock.System{})
	if err != nil {
		b.Fatal(err)
	}
	cached, err := token.NewCached(verifier, 1000)
	if err != nil {
		b.Fatal(err)
	}
	limiter := memory.NewLimiter()
	b.Cleanup(func() { _ = limiter.Close() })
	limits := gateway.DefaultLimits()
	limits.Address.Most, limits.Principal.Most = 1<<40, 1<<40
	h, err := transport.NewServer(transport.Config{Obs: platform.For("gateway"), Table: gateway.Table(), Verifier: cached, Revoked: nobodyRevoked{}, Limiter: limiter,
		Limits: limits, Peers: peers, Health: &serve.Health{}})
	if err != nil {
		b.Fatal(err)
	}
	return h
}

// listen serves as a process of the platform does.
func listen(b *testing.B, h http.Handler) string {
	p := serve.NewProcess(log.NewNopLogger(), time.Second)
	b.Cleanup(func() { _ = p.Stop() })
	address, err := p.Serve("bench", "127.0.0.1:0", h)
	if err != nil {
		b.Fatal(err)
	}
	return address
}

// cpuPerRequest sends n requests over all connections and says what one cost.
func cpuPerRequest(b *testing.B, address, bearer string, n int) time.Duration {
	client := &http.Client{Transport: &http.Transport{MaxIdleConnsPerHost: connections, DisableCompression: true}}
	defer client.CloseIdleConnections()
	send := func(times int) {
		for range times {
			r, err := http.NewRequest("GET", "http://"+address+"/v1/trips/0192d6c5-0000-7000-8000-000000000000", nil)
			if err != nil {
				b.Error(err)
				return
			}
			r.Header.Set("Authorization", "Bearer "+bearer)
			resp, err := client.Do(r)
			if err != nil {
				b.Error(err)
				return
			}
			if body, err := io.ReadAll(resp.Body); err != nil || len(body) != answerBytes || resp.StatusCode != 200 {
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
