package peer

import (
	"context"
	"errors"
	"fmt"
	"io"
	"maps"
	"net"
	"net/http"
	"slices"
	"strconv"
	"sync"
	"time"

	zipkin "github.com/openzipkin/zipkin-go"
	"github.com/openzipkin/zipkin-go/model"

	"freecar/internal/auth"
	"freecar/internal/errs"
	"freecar/internal/kitx"
)

// tried are the instances that a call has been to.
type tried struct {
	mu   sync.Mutex // two tries may be under way
	list []*instance
}

func (t *tried) has(i *instance) bool { return slices.Contains(t.list, i) }

// hop is what each service keeps of the time that is left, so that the callee gives up
// first, and looks elsewhere first.
func hop(left time.Duration) time.Duration { return max(5*time.Millisecond, left/20) }

// try sends the request to one instance that the call has not been to. One that cannot
// even be reached does not count: nothing of the call has left, so that the next may have
// it, whatever it is.
func (p *Peer) try(ctx context.Context, request any) (any, error) {
	c := request.(*call)
	for {
		resp, target, err := p.exchange(ctx, c)
		if err == nil {
			return resp, nil
		}
		if target == nil || !Unsent(err) || !c.whole() || ctx.Err() != nil || !p.balancer.left(c.been) {
			return nil, err
		}
	}
}

// Unsent says that no connection came about.
func Unsent(err error) bool {
	failed, ok := errors.AsType[*net.OpError](err)
	return ok && failed.Op == "dial"
}

func (p *Peer) exchange(ctx context.Context, c *call) (*http.Response, *instance, error) {
	target := p.balancer.pick(c)
	if target == nil {
		return nil, nil, unreachable(p.config.Callee, errors.New("peer: no instance left to try"))
	}
	r, err := p.outgoing(ctx, c, target)
	if err != nil {
		return nil, nil, err
	}
	target.inFlight.Add(1)
	over := true // also after a panic
	leave := func() { target.inFlight.Add(-1) }
	defer func() {
		if over {
			leave()
		}
	}()
	t := attempt{call: c, target: target, request: r, begin: time.Now(), answers: target.answers.Load()}
	resp, err := p.config.Transport.RoundTrip(r)
	if err == nil {
		err = taken(r, resp)
	}
	if err != nil {
		return nil, target, p.explain(ctx, t, err)
	}
	p.balancer.answered(target)
	if _, all := resp.Body.(*whole); !all {
		over = false
		resp.Body = &body{ReadCloser: resp.Body, done: leave, broke: func(err error) {
			if ctx.Err() == nil && !c.spec.Stream { // which is cut off for a reader who is slow, too
				p.balancer.eject(target, err)
			}
		}}
	}
	return resp, target, nil
}

// attempt is what is known of a try while it is under way.
type attempt struct {
	call    *call
	target  *instance
	request *http.Request
	begin   time.Time
	answers uint64 // of the instance, before
}

// enough is the time in which a callee that is well answers something. Who comes with less
// learns nothing of it.
const enough = 100 * time.Millisecond

// early goes by the time that the callee was given, too: a caller that is late itself, on a
// machine that has too much to do, blames nobody.
func (t attempt) early() bool {
	given := time.Since(t.begin)
	if end, ok := t.request.Context().Deadline(); ok {
		given = min(given, end.Sub(t.begin))
	}
	return given < enough
}

// silent says that nothing at all came from the instance meanwhile, for anybody: it hangs.
// One that is slow over one thing, and answers others, does not.
func (t attempt) silent() bool { return !t.early() && t.target.answers.Load() == t.answers }

// outgoing is the request as this instance gets it.
func (p *Peer) outgoing(ctx context.Context, c *call, target *instance) (*http.Request, error) {
	r := c.request.WithContext(ctx)
	u := *r.URL
	u.Scheme, u.Host = "http", target.address
	r.URL, r.Host = &u, ""
	r.Header = make(http.Header, len(c.request.Header)+ours)
	maps.Copy(r.Header, c.request.Header) // values are replaced here, never changed
	switch {
	case c.request.GetBody != nil:
		var err error
		if r.Body, err = c.request.GetBody(); err != nil {
			return nil, err
		}
	case c.request.Body != nil && c.request.Body != http.NoBody:
		r.Body = &upload{ReadCloser: c.request.Body}
	}
	for _, name := range perHop {
		delete(r.Header, name) // what a client says in our name
	}
	markHarmless(r.Header, c)
	if end, ok := ctx.Deadline(); ok {
		left := time.Until(end)
		if left -= hop(left); left <= 0 {
			return nil, tooEarly{errTimeout}
		}
		r.Header.Set(kitx.DeadlineHeader, strconv.FormatInt(max(1, left.Milliseconds()), 10))
	}
	requestID := kitx.RequestID(ctx)
	if requestID != "" {
		r.Header.Set(kitx.RequestIDHeader, requestID)
	}
	text, err := p.config.Authority.Mint(auth.From(ctx), p.config.Caller, p.config.Callee, requestID)
	if err != nil {
		return nil, err
	}
	r.Header.Set(kitx.AssertionHeader, text)
	if span := zipkin.SpanFromContext(ctx); span != nil {
		inject(r.Header, span.Context())
	}
	return r, nil
}

// markHarmless tells net/http whether it may send the request again when a kept connection
// turns out to be dead: it looks whether there is a key, be it an empty one.
func markHarmless(h http.Header, c *call) {
	switch {
	case !c.harmless():
		delete(h, kitx.KeyHeader)
	case c.spec.Method != http.MethodGet && h.Get(kitx.KeyHeader) == "":
		h[kitx.KeyHeader] = []string{} // which is not sent
	}
}

// ours is about how many headers a try adds.
const ours = 8

// perHop are headers that each call has of its own, or not at all.
var perHop = []string{kitx.DeadlineHeader, kitx.AssertionHeader,
	"X-Idempotency-Key", // no service knows it, but net/http does
	"B3", "X-B3-Traceid", "X-B3-Spanid", "X-B3-Parentspanid", "X-B3-Sampled", "X-B3-Flags"}

// inject is b3.InjectHTTP with the names in the form that net/http keeps, which spares
// each request their conversion.
func inject(h http.Header, span model.SpanContext) {
	switch {
	case span.Debug:
		h["X-B3-Flags"] = []string{"1"}
	case span.Sampled != nil && *span.Sampled:
		h["X-B3-Sampled"] = []string{"1"}
	case span.Sampled != nil:
		h["X-B3-Sampled"] = []string{"0"}
	}
	h["X-B3-Traceid"] = []string{span.TraceID.String()}
	h["X-B3-Spanid"] = []string{span.ID.String()}
	if span.ParentID != nil {
		h["X-B3-Parentspanid"] = []string{span.ParentID.String()}
	}
}

var errTimeout = errs.E(errs.Timeout, "timeout", "This took too long; try again.")

func unreachable(callee string, cause error) error {
	return errs.E(errs.Unavailable, "unavailable", "The "+callee+" service cannot be reached just now; try again shortly.").
		After(time.Second).Because(cause)
}

// explain gives a failed exchange its kind.
func (p *Peer) explain(ctx context.Context, t attempt, err error) error {
	cause := context.Cause(ctx)
	late := errors.Is(cause, errTimeout)
	switch {
	case cause == errOutrun:
		p.outrun(t)
		return context.Canceled
	case !late && errors.Is(ctx.Err(), context.Canceled):
		return context.Canceled // the caller left: nobody's fault
	case Unsent(err) && ctx.Err() == nil: // a dial that took too long, too, which looks like a deadline
		p.balancer.eject(t.target, err)
		return unreachable(p.config.Callee, err)
	case late || errors.Is(err, context.DeadlineExceeded) || errors.Is(ctx.Err(), context.DeadlineExceeded):
		return p.timedOut(t, ctx.Err() != nil, err)
	case unread(t.request) != nil:
		return unread(t.request)
	}
	p.balancer.eject(t.target, err)
	if !t.call.harmless() {
		return NoAnswer(p.config.Callee, err)
	}
	return unreachable(p.config.Callee, err)
}

// outrun blames an instance that said nothing while another answered, and nothing to the
// read before, which was answered elsewhere, too: it may be slow over one thing.
func (p *Peer) outrun(t attempt) {
	if t.silent() && t.target.doubt.Swap(t.answers+1) == t.answers+1 {
		p.balancer.eject(t.target, errOutrun)
	}
}

// timedOut is the error of a try that took too long; ours says that the call's time is over,
// and not one of the transport's own.
func (p *Peer) timedOut(t attempt, ours bool, err error) error {
	if t.silent() {
		p.balancer.eject(t.target, fmt.Errorf("peer: nothing came for %v: %w", time.Since(t.begin).Round(time.Millisecond), err))
	}
	var late error = errTimeout.Because(err)
	if !t.call.harmless() && !Unsent(err) {
		late = NoAnswer(p.config.Callee, err)
	}
	if ours && t.early() {
		return tooEarly{late}
	}
	return late
}

// NoAnswer is the error of something that was sent, should not be done twice, and may or may
// not have been done.
func NoAnswer(callee string, cause error) error {
	return errs.E(errs.Timeout, "timeout", "The "+callee+" service gave no answer: look whether it was done before you try again.").Because(cause)
}

// body is a response's body that says when it is done with.
type body struct {
	io.ReadCloser
	once  sync.Once
	done  func()
	broke func(error) // nil when nobody wants to know
}

func (b *body) Read(p []byte) (int, error) {
	n, err := b.ReadCloser.Read(p)
	if err != nil && err != io.EOF && b.broke != nil {
		b.broke(err)
	}
	return n, err
}

func (b *body) Close() error {
	err := b.ReadCloser.Close()
	b.once.Do(b.done)
	return err
}
