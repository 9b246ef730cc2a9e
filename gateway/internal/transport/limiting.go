package transport

import (
	"context"
	"math"
	"net/http"
	"net/netip"
	"strconv"
	"time"

	"github.com/go-kit/kit/endpoint"
	"github.com/go-kit/log"
	"github.com/go-kit/log/level"
	"github.com/prometheus/client_golang/prometheus"

	"freecar/gateway"
	"freecar/internal/auth"
	"freecar/internal/errs"
	"freecar/internal/kitx"
)

// limiting holds requests to the limits. When they cannot be counted they pass: an
// outage of the counts is no reason for one of the platform.
type limiting struct {
	limiter gateway.Limiter
	limits  gateway.Limits
	rates   map[string]gateway.Rate
	logger  log.Logger
	refused *prometheus.CounterVec // by the limit's name
}

func newLimiting(c Config) *limiting {
	l := &limiting{limiter: c.Limiter, limits: c.Limits, rates: map[string]gateway.Rate{}, logger: c.Obs.Logger, refused: c.Obs.Metrics.RateLimited}
	l.rates[kitx.Spec{}.Op] = gateway.RateUsual // what no route takes
	for _, route := range c.Table {
		l.rates[route.Op] = route.Rate
	}
	return l
}

// before is the policy in front of an operation.
func (l *limiting) before(spec kitx.Spec) endpoint.Middleware {
	switch l.rates[spec.Op] {
	case gateway.RateUsual:
		return l.counting(l.usual)
	case gateway.RateDevice:
		return l.counting(l.device)
	case gateway.RateSignUp:
		return l.counting(l.signUps)
	case gateway.RateSignIn:
		return endpoint.Chain(l.counting(l.usual), l.attempts)
	default:
		return func(next endpoint.Endpoint) endpoint.Endpoint { return next }
	}
}

// count is an event to count: the limit and its key.
type count struct {
	limit gateway.Limit
	key   string
}

func (l *limiting) usual(r *http.Request) []count {
	counts := []count{{l.limits.Address, address(r)}}
	if subject := auth.From(r.Context()).Subject; subject != "" {
		counts = append(counts, count{l.limits.Principal, subject})
	}
	return counts
}

func (l *limiting) device(r *http.Request) []count {
	if subject := auth.From(r.Context()).Subject; subject != "" {
		return []count{{l.limits.Device, subject}}
	}
	return []count{{l.limits.Address, address(r)}}
}

func (l *limiting) signUps(r *http.Request) []count {
	return append(l.usual(r), count{l.limits.SignUps, address(r)})
}

// counting refuses what is beyond one of the limits and shows the tightest of them.
func (l *limiting) counting(of func(*http.Request) []count) endpoint.Middleware {
	return func(next endpoint.Endpoint) endpoint.Endpoint {
		return func(ctx context.Context, request any) (any, error) {
			r, w := kitx.Exchange(request)
			tightest := gateway.Verdict{Left: math.MaxInt}
			for _, c := range of(r) {
				verdict, err := l.limiter.Take(ctx, c.limit, c.key)
				switch {
				case err != nil:
					l.uncounted(c.limit, err)
				case !verdict.Allowed:
					return nil, l.refuse(w, c.limit, verdict)
				case verdict.Left < tightest.Left:
					tightest = verdict
				}
			}
			if tightest.Most > 0 {
				show(w.Header(), tightest)
			}
			return next(ctx, request)
		}
	}
}

// attempts refuses an address that failed to sign in too often, and who is signed in and
// guesses its own password. Only the answer tells a failure: until then each counts as
// one, or those under way at once would be without limit.
func (l *limiting) attempts(next endpoint.Endpoint) endpoint.Endpoint {
	return func(ctx context.Context, request any) (any, error) {
		r, w := kitx.Exchange(request)
		limit, keys := l.limits.FailedSignIns, []string{address(r)}
		if subject := auth.From(ctx).Subject; subject != "" {
			keys = append(keys, subject)
		}
		var taken []attempt
		for _, key := range keys {
			verdict, err := l.limiter.Take(ctx, limit, key)
			switch {
			case err != nil:
				l.uncounted(limit, err)
			case !verdict.Allowed:
				l.giveBack(ctx, limit, taken)
				return nil, l.refuse(w, limit, verdict)
			default:
				taken = append(taken, attempt{key, time.Now().Add(verdict.Reset)})
			}
		}
		response, failed := next(ctx, request)
		if errs.KindOf(kitx.Outcome(ctx)) != errs.Unauthenticated {
			l.giveBack(ctx, limit, taken)
		}
		return response, failed
	}
}

// attempt is a sign-in that is counted as failed, in a window that ends.
type attempt struct {
	key string
	end time.Time
}

func (l *limiting) giveBack(ctx context.Context, limit gateway.Limit, taken []attempt) {
	for _, a := range taken {
		if !time.Now().Before(a.end) {
			continue // the next window knows nothing of it
		}
		if err := l.limiter.GiveBack(context.WithoutCancel(ctx), limit, a.key); err != nil {
			l.uncounted(limit, err)
		}
	}
}

func (l *limiting) uncounted(limit gateway.Limit, err error) {
	_ = level.Warn(l.logger).Log("msg", "a request was not counted", "limit", limit.Name, "err", err)
}

func (l *limiting) refuse(w http.ResponseWriter, limit gateway.Limit, v gateway.Verdict) error {
	l.refused.WithLabelValues(limit.Name).Inc()
	show(w.Header(), v)
	return errs.E(errs.RateLimited, "rate_limited", "Too many requests; try again after the time in Retry-After.").After(v.Reset)
}

// The names of draft-ietf-httpapi-ratelimit-headers-06, in the form that net/http keeps.
const (
	headerLimit     = "Ratelimit-Limit"
	headerRemaining = "Ratelimit-Remaining"
	headerReset     = "Ratelimit-Reset"
)

// show tells the client how it stands.
func show(h http.Header, v gateway.Verdict) {
	h[headerLimit] = []string{strconv.Itoa(v.Most)}
	h[headerRemaining] = []string{strconv.Itoa(v.Left)}
	h[headerReset] = []string{strconv.Itoa(int(math.Ceil(v.Reset.Seconds())))}
}

// address is the client's as limits count it: of an IPv6 address the /64, which one
// client has to itself. It is who connects: behind a proxy all clients share one address, and
// what the proxy says of theirs (X-Forwarded-For) anybody could say.
func address(r *http.Request) string {
	peer, err := netip.ParseAddrPort(r.RemoteAddr)
	if err != nil {
		return r.RemoteAddr
	}
	a := peer.Addr().Unmap()
	if a.Is4() {
		return a.String()
	}
	const network = 64
	prefix, err := a.WithZone("").Prefix(network)
	if err != nil {
		return a.String()
	}
	return prefix.Addr().String()
}
