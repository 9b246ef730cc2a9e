package transport

import (
	"net/http"
	"time"
)

// outlet is where an answer goes. Its client has some time for each piece: one that does
// not read would hold the request for ever.
type outlet struct {
	w          http.ResponseWriter
	connection *http.ResponseController
	patience   time.Duration
	live       bool // each piece goes out as it comes
	short      bool // the time that the server gives every answer is enough
}

// shortAtMost is the length up to which an answer is one piece.
const shortAtMost = 64 << 10

func (p *pass) newOutlet(w http.ResponseWriter, length int64) *outlet {
	return &outlet{
		w: w, connection: http.NewResponseController(w), patience: p.patience,
		live: length < 0, short: length >= 0 && length <= shortAtMost && !p.route.Stream,
	}
}

// await gives the client time for the next piece.
func (o *outlet) await() {
	if !o.short {
		_ = o.connection.SetWriteDeadline(time.Now().Add(o.patience)) // not every connection has one
	}
}

func (o *outlet) write(piece []byte) error {
	o.await()
	if _, err := o.w.Write(piece); err != nil {
		return err
	}
	return o.flush()
}

func (o *outlet) flush() error {
	if !o.live {
		return nil
	}
	o.await()
	return o.connection.Flush()
}
