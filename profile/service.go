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
	// Reader is nil where a person looks at the photos.
	Reader Reader
	Clock  clock.Clock
	Policy Policy
	// Log takes what nobody else is told: photos that could not be read. err holds
	// nothing of what a photo says.
	Log func(ctx context.Context, msg, account string, err error)
}

// Registry is the Service.
type Registry struct {
	licences Repository
	photos   Photos
	reader   Reader
	clock    clock.Clock
	policy   Policy
	log      func(ctx context.Context, msg, account string, err error)
}

var _ Service = (*Registry)(nil)

// NewRegistry makes the service.
func NewRegistry(c Config) *Registry {
	if c.Log == nil {
		c.Log = func(context.Context, string, string, error) {}
	}
	return &Registry{licences: c.Licences, photos: c.Photos, reader: c.Reader, clock: c.Clock, policy: c.Policy, log: c.Log}
}

// view says how a licence stands at this moment.
func (r *Registry) view(l Licence, err error) (View, error) {
	if err != nil {
		return View{}, err
	}
	return View{Licence: l, Verdict: l.Verdict(r.policy, r.clock.Now())}, nil
}

// Submit sends or corrects a licence.
func (r *Registry) Submit(ctx context.Context, account string, f Form) (View, error) {
	now := r.clock.Now()
	s, err := r.policy.Read(f, DateOf(now))
	if err != nil {
		return View{}, err
	}
	return r.view(r.licences.Update(ctx, account, func(l *Licence) error { return l.Submit(s, now) }))
}

// Licence is the account's.
func (r *Registry) Licence(ctx context.Context, account string) (View, error) {
	l, err := r.licences.Licence(ctx, account)
	if err == nil && l.Status == Unsubmitted { // there is but a photo
		return View{}, ErrNotSubmitted
	}
	return r.view(l, err)
}

// Inspect is an account's licence, for whoever decides on it.
func (r *Registry) Inspect(ctx context.Context, account string) (Inspection, error) {
	v, err := r.Licence(ctx, account)
	if err != nil {
		return Inspection{}, err
	}
	holder, err := r.licences.Holder(ctx, v.NumberKey())
	if err != nil && !isMissing(err) {
		return Inspection{}, err
	}
	if holder == account {
		holder = ""
	}
	return Inspection{View: v, DuplicateOf: holder, Fields: v.Reading.Compare(v.Submission)}, nil
}

// Licences lists submitted licences.
func (r *Registry) Licences(ctx context.Context, f Filter) (Views, error) {
	page, err := r.licences.Licences(ctx, f)
	if err != nil {
		return Views{}, err
	}
	views := Views{Next: page.Next}
	for _, l := range page.Licences {
		v, _ := r.view(l, nil)
		views.Views = append(views.Views, v)
	}
	return views, nil
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
