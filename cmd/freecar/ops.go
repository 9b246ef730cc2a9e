package main

import (
	"io"
	"net/http"
	"net/http/pprof"
	"os"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/promhttp"

	"freecar/internal/errs"
	"freecar/internal/kitx"
	"freecar/internal/serve"
)

// opsHandler is for operators alone: metrics, health, profiles.
func opsHandler(registry *prometheus.Registry, health *serve.Health) http.Handler {
	mux := http.NewServeMux()
	mux.Handle("GET /metrics", promhttp.HandlerFor(registry, promhttp.HandlerOpts{}))
	mux.HandleFunc("GET /healthz", health.Live)
	mux.HandleFunc("GET /readyz", health.Ready)
	mux.HandleFunc("GET /debug/pprof/", pprof.Index)
	mux.HandleFunc("GET /debug/pprof/cmdline", cmdline)
	mux.HandleFunc("GET /debug/pprof/profile", pprof.Profile)
	mux.HandleFunc("GET /debug/pprof/symbol", pprof.Symbol)
	mux.HandleFunc("GET /debug/pprof/trace", pprof.Trace)
	return mux
}

// cmdline is pprof's, without what flags keep secret.
func cmdline(w http.ResponseWriter, _ *http.Request) {
	w.Header().Set("Content-Type", "text/plain; charset=utf-8")
	_, _ = io.WriteString(w, strings.Join(withoutSecrets(os.Args), "\x00")) // the client may be gone
}

// withoutSecrets hides the values of flags that are passwords and secrets.
func withoutSecrets(args []string) []string {
	shown := slices.Clone(args)
	for i, arg := range args {
		name, _, inOne := strings.Cut(arg, "=")
		if !strings.HasPrefix(name, "-") || !strings.HasSuffix(name, "password") && !strings.HasSuffix(name, "secret") {
			continue
		}
		if inOne {
			shown[i] = name + "=…"
		} else if i+1 < len(args) {
			shown[i+1] = "…"
		}
	}
	return shown
}

// door listens before there is something behind it, and says so.
type door struct {
	mu     sync.RWMutex
	inside http.Handler
}

var errStarting = errs.E(errs.Unavailable, "starting", "The platform is starting; try again shortly.").After(time.Second)

func (d *door) open(h http.Handler) {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.inside = h
}

// ServeHTTP hands the request in.
func (d *door) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	d.mu.RLock()
	inside := d.inside
	d.mu.RUnlock()
	if inside == nil {
		kitx.WriteError(r.Context(), w, errStarting)
		return
	}
	inside.ServeHTTP(w, r)
}
