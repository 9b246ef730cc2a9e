package profile

import "context"

// Approve verifies a licence.
func (r *Registry) Approve(ctx context.Context, account, by string) (View, error) {
	evidence, err := r.evidence(ctx, account)
	if err != nil {
		return View{}, err
	}
	now := r.clock.Now()
	return r.view(r.licences.Update(ctx, account, func(l *Licence) error { return l.Approve(by, evidence, r.policy, now) }))
}

// evidence looks whether the photo that the licence has now was really uploaded. The
// approval holds it against the photo of its own moment.
func (r *Registry) evidence(ctx context.Context, account string) (Evidence, error) {
	if !r.policy.PhotoRequired {
		return Evidence{}, nil
	}
	e := Evidence{Required: true}
	l, err := r.withArrived(ctx, account)
	if err != nil || l.Photo.Current == "" {
		return e, err
	}
	switch _, err := r.photos.Link(ctx, l.Photo.Current); {
	case err == nil:
		e.PhotoID = l.Photo.Current
	case !isMissing(err):
		return e, err
	}
	return e, nil
}

// Reject refuses a licence.
func (r *Registry) Reject(ctx context.Context, account, by, reason string) (View, error) {
	now := r.clock.Now()
	return r.view(r.licences.Update(ctx, account, func(l *Licence) error { return l.Reject(by, reason, now) }))
}
