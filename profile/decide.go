package profile

import "context"

// Decision is what somebody decides on a licence.
type Decision struct {
	Account string
	By      string // the account of who decides
	// Revision is that of what was looked at; 0 decides on what is there.
	Revision int64
	// Reason tells the rider why it is rejected.
	Reason string
}

// about says whether the licence is somebody else's, and still what was looked at. Errors:
// ErrOwnLicence, ErrNotSubmitted, ErrChanged.
func (d Decision) about(l *Licence) error {
	switch {
	case d.By == d.Account:
		return ErrOwnLicence
	case l.Status == Unsubmitted:
		return ErrNotSubmitted
	case d.Revision != 0 && d.Revision != l.Revision:
		return ErrChanged
	}
	return nil
}

// Approve verifies a licence.
func (r *Registry) Approve(ctx context.Context, d Decision) (View, error) {
	evidence, err := r.evidence(ctx, d.Account)
	if err != nil {
		return View{}, err
	}
	now := r.clock.Now()
	return r.decide(ctx, d, func(l *Licence) error { return l.Approve(d.By, evidence, r.policy, now) })
}

func (r *Registry) decide(ctx context.Context, d Decision, how func(*Licence) error) (View, error) {
	return r.view(r.licences.Update(ctx, d.Account, func(l *Licence) error {
		if err := d.about(l); err != nil {
			return err
		}
		return how(l)
	}))
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
func (r *Registry) Reject(ctx context.Context, d Decision) (View, error) {
	now := r.clock.Now()
	return r.decide(ctx, d, func(l *Licence) error { return l.Reject(d.By, d.Reason, now) })
}
