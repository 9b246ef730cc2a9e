package serve

import (
	"net/http"
	"sync/atomic"
)

// Health answers /healthz and /readyz. Alive is 503 until the process was ready once and
// 200 ever after; ready is 200 while it should get requests.
type Health struct {
	wasReady atomic.Bool
	ready    atomic.Bool
}

// SetReady opens or closes the door.
func (h *Health) SetReady(ready bool) {
	if ready {
		h.wasReady.Store(true)
	}
	h.ready.Store(ready)
}

// Live serves /healthz.
func (h *Health) Live(w http.ResponseWriter, _ *http.Request) { status(w, h.wasReady.Load()) }

// Ready serves /readyz.
func (h *Health) Ready(w http.ResponseWriter, _ *http.Request) { status(w, h.ready.Load()) }

func status(w http.ResponseWriter, ok bool) {
	w.Header().Set("Content-Type", "application/json")
	w.Header().Set("Cache-Control", "no-store")
	if !ok {
		w.WriteHeader(http.StatusServiceUnavailable)
		_, _ = w.Write([]byte(`{"status":"unavailable"}`))
		return
	}
	_, _ = w.Write([]byte(`{"status":"ok"}`))
}
