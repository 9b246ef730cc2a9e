package profile

import (
	"context"

	"freecar/internal/clock"
	"freecar/internal/errs"
)

// Config is what the service works with.
type Config struct {
	Licences Repository
	Photos   Photos
	Clock    clock.Clock
	Policy   Policy
}

// Registry is the Service.
type Registry struct {
	licences Repository
	photos   Photos
	clock    clock.Clock
	policy   Policy
}

var _ Service = (*Registry)(nil)

// NewRegistry makes the service.
func NewRegistry(c Config) *Registry {
	return &Registry{licences: c.Licences, photos: c.Photos, clock: c.Clock, policy: c.Policy}
}

// Submit sends or corrects a licence.
func (r *Registry) Submit(ctx context.Context, account string, f Form) (Licence, error) {
	now := r.clock.Now()
	s, err := r.policy.Read(f, DateOf(now))
	if err != nil {
		return Licence{}, err
	}
	return r.licences.Update(ctx, account, func(l *Licence) error {
		l.Submit(s, now)
		return nil
	})
}

// Licence is the account's.
func (r *Registry) Licence(ctx context.Context, account string) (Licence, error) {
	l, err := r.licences.Licence(ctx, account)
	if err == nil && l.Status == Unsubmitted { // there is but a photo
		return Licence{}, ErrNotSubmitted
	}
	return l, err
}

// Licences lists submitted licences.
func (r *Registry) Licences(ctx context.Context, f Filter) (Page, error) {
	return r.licences.Licences(ctx, f)
}

// Check judges the account at this moment.
func (r *Registry) Check(ctx context.Context, account string) (Verdict, error) {
	l, err := r.licences.Licence(ctx, account)
	if isMissing(err) {
		l, err = New(account), nil
	}
	if err != nil {
		return Verdict{}, err
	}
	return l.Verdict(r.policy, r.clock.Now()), nil
}

func isMissing(err error) bool { return errs.KindOf(err) == errs.NotFound }
