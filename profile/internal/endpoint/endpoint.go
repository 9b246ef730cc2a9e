// Package endpoint speaks the wire on one side and the domain on the other.
package endpoint

import (
	"context"

	"freecar/internal/auth"
	"freecar/internal/kitx"
	"freecar/internal/wire"
	"freecar/profile"
	"freecar/profile/profileapi"
)

// Endpoints are the operations in terms of the wire.
type Endpoints struct{ service profile.Service }

// New wraps the service.
func New(s profile.Service) Endpoints { return Endpoints{service: s} }

// GetLicence is the caller's licence.
func (e Endpoints) GetLicence(ctx context.Context, _ kitx.None) (profileapi.Licence, error) {
	l, err := e.service.Licence(ctx, caller(ctx))
	return fromLicence(l), err
}

// Personal is all that is kept of the caller's licence.
func (e Endpoints) Personal(ctx context.Context, _ kitx.None) (profileapi.Personal, error) {
	i, err := e.service.Inspect(ctx, caller(ctx))
	return profileapi.Personal{Licence: fromLicence(i.View), DecidedAt: wire.FromTimeOrNil(i.DecidedAt), Reading: fromReading(i)}, err
}

// PutLicence sends or corrects it.
func (e Endpoints) PutLicence(ctx context.Context, r profileapi.LicenceForm) (profileapi.Licence, error) {
	l, err := e.service.Submit(ctx, caller(ctx), toForm(r))
	return fromLicence(l), err
}

// AddPhoto makes room for its photo.
func (e Endpoints) AddPhoto(ctx context.Context, r profileapi.AddPhotoRequest) (wire.PhotoUpload, error) {
	attached, err := e.service.AttachPhoto(ctx, profile.AttachPhoto{Account: caller(ctx), ContentType: r.ContentType, Size: r.Size,
		Key: kitx.KeyOf(ctx, profileapi.AddPhoto.Spec().Op, r.Keyed)})
	if err == nil && attached.Replayed {
		kitx.MarkReplayed(ctx)
	}
	return wire.FromPhotoUpload(attached.Upload), err
}

// GetPhoto is where the photo can be read.
func (e Endpoints) GetPhoto(ctx context.Context, _ kitx.None) (wire.PhotoLink, error) {
	link, err := e.service.Photo(ctx, caller(ctx))
	return wire.FromPhotoLink(link), err
}

// DeletePhoto takes the photo away.
func (e Endpoints) DeletePhoto(ctx context.Context, _ kitx.None) (kitx.None, error) {
	return kitx.None{}, e.service.RemovePhoto(ctx, caller(ctx))
}

// List lists submitted licences.
func (e Endpoints) List(ctx context.Context, r profileapi.ListRequest) (wire.Page[profileapi.StaffLicence], error) {
	page, err := e.service.Licences(ctx, profile.Filter{Status: profile.Status(r.Status), Limit: r.Limit, Cursor: r.Cursor})
	return wire.NewPage(page.Views, page.Next, fromLicenceForStaff), err
}

// Inspect is an account's licence for whoever decides on it.
func (e Endpoints) Inspect(ctx context.Context, r profileapi.InspectRequest) (profileapi.Inspection, error) {
	i, err := e.service.Inspect(ctx, r.AccountID)
	return fromInspection(i), err
}

// InspectPhoto is where its photo can be read.
func (e Endpoints) InspectPhoto(ctx context.Context, r profileapi.InspectRequest) (wire.PhotoLink, error) {
	link, err := e.service.Photo(ctx, r.AccountID)
	return wire.FromPhotoLink(link), err
}

// Approve verifies a licence.
func (e Endpoints) Approve(ctx context.Context, r profileapi.ApproveRequest) (profileapi.StaffLicence, error) {
	l, err := e.service.Approve(ctx, profile.Decision{Account: r.AccountID, By: caller(ctx), Revision: r.Version})
	return fromLicenceForStaff(l), err
}

// Reject refuses a licence.
func (e Endpoints) Reject(ctx context.Context, r profileapi.RejectRequest) (profileapi.StaffLicence, error) {
	l, err := e.service.Reject(ctx, profile.Decision{Account: r.AccountID, By: caller(ctx), Revision: r.Version, Reason: r.Reason})
	return fromLicenceForStaff(l), err
}

// Check judges an account.
func (e Endpoints) Check(ctx context.Context, r profileapi.CheckRequest) (profileapi.Verdict, error) {
	v, err := e.service.Check(ctx, r.AccountID)
	return profileapi.Verdict{Verified: v.Verified, Reason: v.Reason}, err
}

func caller(ctx context.Context) string { return auth.From(ctx).Subject }
