package peer

import (
	"context"
	"errors"
	"net/http"
	"sync"
	"time"

	"github.com/go-kit/kit/endpoint"
)

// hedge is a try that reads, and a second one that begins beside it, on another instance,
// when its answer does not come in time: an instance that hangs must not take all of a
// call's time, and one that is slow must not lose what it has done. The first of the two
// that answers is kept and the other is given up. A write is not hedged: the instance may be
// at it still, and its key would be refused elsewhere.
//
// The first try runs on its caller's goroutine, the second one on the timer's.
type hedge struct {
	retrier    *retrier
	next       endpoint.Endpoint
	ctx        context.Context // of the call
	call       *call
	leaveFirst context.CancelCauseFunc

	mu          sync.Mutex
	leaveSecond context.CancelFunc // nil when there is none
	kept        bool               // one of the two has answered

	second struct { // what follows is read when it has ended
		ended    sync.WaitGroup
		kept     bool
		response any
		err      error
		panicked any
	}
}

// errOutrun is why a try was given up whose hedge has answered.
var errOutrun = errors.New("peer: another instance answered first")

// hedges says that a try may be hedged.
func (r *retrier) hedges(c *call, n int) bool {
	return n < triesAtMost && r.among != nil && len(r.among.all()) > 1 && c.spec.Class() == "read"
}

// patience is how long a try waits alone: as long as an instance that is well may take, at
// least. Since each hop has less time than the one before, a service loses its patience
// with whom it asks before its own caller does with it.
func (r *retrier) patience(ctx context.Context) time.Duration {
	if r.config.Tuning.Patience > 0 {
		return r.config.Tuning.Patience
	}
	end, _ := ctx.Deadline() // each read has one
	return max(enough, time.Until(end)*2/5)
}

// hedged is one try, or two of them: beside.
func (r *retrier) hedged(ctx context.Context, next endpoint.Endpoint, c *call) (_ any, _ error, beside bool) {
	h := &hedge{retrier: r, next: next, ctx: ctx, call: c}
	ctx, h.leaveFirst = context.WithCancelCause(ctx) // ends with the call
	h.second.ended.Add(1)
	timer := time.AfterFunc(r.patience(ctx), h.begin)
	defer timer.Stop() // after a panic
	response, err := next(ctx, c)
	if timer.Stop() {
		return response, err, false
	}
	if answered(response, err) && h.keep() && h.leaveSecond != nil {
		h.leaveSecond()
	}
	h.second.ended.Wait()
	if h.second.kept {
		discard(response)
		return h.second.response, h.second.err, true
	}
	discard(h.second.response)
	if h.second.panicked != nil {
		discard(response)
		panic(h.second.panicked)
	}
	return response, err, h.leaveSecond != nil
}

// begin is the second try.
func (h *hedge) begin() {
	defer h.second.ended.Done()
	defer func() { h.second.panicked = recover() }() // is the caller's to bear
	ctx, leave := context.WithCancel(h.ctx)          // ends with the call
	if !h.starts(leave) {
		leave()
		return
	}
	h.retrier.retried.Inc()
	c := *h.call
	c.hedge = true
	h.second.response, h.second.err = h.next(ctx, &c)
	if answered(h.second.response, h.second.err) && h.keep() {
		h.second.kept = true
		h.leaveFirst(errOutrun)
	}
}

// starts says that a second try is of use, and affordable.
func (h *hedge) starts(leave context.CancelFunc) bool {
	h.mu.Lock()
	defer h.mu.Unlock()
	if h.kept || h.ctx.Err() != nil || !h.retrier.among.awake(h.call.been) || !h.retrier.budget.withdraw() {
		return false
	}
	h.leaveSecond = leave
	return true
}

// keep is true for the first of the two that asks. Its answer is nobody's to cancel then.
func (h *hedge) keep() bool {
	h.mu.Lock()
	defer h.mu.Unlock()
	was := h.kept
	h.kept = true
	return !was
}

// answered says that there is no need to wait for another try: a fault is not kept while
// there may be something better.
func answered(response any, err error) bool {
	resp, ok := response.(*http.Response)
	return err == nil && ok && resp.StatusCode < http.StatusInternalServerError
}
