package sim

import (
	"errors"
	"time"

	"github.com/cenkalti/backoff/v5"
)

const (
	firstPause   = time.Second
	spread       = 0.9              // of a pause: what all devices lost at once they do not all ask for at once
	usualPause   = 30 * time.Second // at most, unless the platform asks for more
	longestPause = 10 * time.Minute // whatever the platform asks for
)

// pause says how long to leave the platform alone after failures in a row. The zero
// pause is over. It is not safe for concurrent use.
type pause struct {
	steps *backoff.ExponentialBackOff
	until time.Time
	why   error
}

// reason is the failure that the pause is for; nil when it is over.
func (p *pause) reason(now time.Time) error {
	if now.Before(p.until) {
		return p.why
	}
	return nil
}

// failed begins a pause and returns how long it is: longer with each failure, and longer by
// that than the platform asked for, since it asks all devices for the same.
func (p *pause) failed(now time.Time, why error) time.Duration {
	if p.steps == nil {
		p.steps = newSteps()
	}
	d := p.steps.NextBackOff()
	if no, ok := errors.AsType[*refusal](why); ok {
		d += no.retryAfter
	}
	p.until, p.why = now.Add(d), why
	return d
}

// worked ends the pause and makes the next one short again.
func (p *pause) worked() { *p = pause{} }

func newSteps() *backoff.ExponentialBackOff {
	steps := backoff.NewExponentialBackOff()
	steps.InitialInterval, steps.MaxInterval, steps.RandomizationFactor = firstPause, usualPause, spread
	return steps
}
