package inproc

import (
	"log"
	"net/http"
	"runtime/debug"
)

// serve runs the handler to its end, be that a panic.
func (n *Network) serve(h http.Handler, w *writer, r *http.Request) {
	whole := false
	defer func() {
		if !whole { // a panic, or runtime.Goexit
			n.report(r, recover())
		}
		w.finish(whole)
	}()
	h.ServeHTTP(w, r)
	whole = true
}

// report logs a panic; a handler that aborts on purpose is quiet.
func (n *Network) report(r *http.Request, p any) {
	if p == nil || p == http.ErrAbortHandler {
		return
	}
	printf := log.Printf
	if n.ErrorLog != nil {
		printf = n.ErrorLog.Printf
	}
	printf("inproc: panic serving %s: %v\n%s", r.Host, p, debug.Stack())
}
