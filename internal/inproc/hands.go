package inproc

import "time"

// hands are the goroutines that run handlers. One that is done waits a moment for the next
// request: its stack has the size that handlers need, and a new goroutine's would grow
// there anew, copied at every step, with each request.
type hands struct{ next chan func() }

// idleAtMost is how long one waits.
const idleAtMost = 100 * time.Millisecond

func newHands() hands { return hands{next: make(chan func())} }

// do has work done at once, by one that waits or by a new one.
func (h hands) do(work func()) {
	select {
	case h.next <- work:
	default:
		go h.work(work)
	}
}

func (h hands) work(work func()) {
	idle := time.NewTimer(idleAtMost)
	defer idle.Stop()
	for {
		work()
		work = nil // and with it the request
		idle.Reset(idleAtMost)
		select {
		case work = <-h.next:
		case <-idle.C:
			return
		}
	}
}
