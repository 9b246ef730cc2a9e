package blob

import (
	"context"
	"errors"

	"freecar/internal/clock"
	"freecar/internal/errs"
	"freecar/internal/ids"
)

// Config is what the service works with.
type Config struct {
	Objects Repository
	Store   Store
	Links   Links
	Clock   clock.Clock
	IDs     ids.Source
	// Log takes what nobody else is told: bytes that could not be deleted, and that the
	// sweep will delete.
	Log func(ctx context.Context, msg, id string, err error)
}

// Vault is the Service.
type Vault struct {
	objects Repository
	store   Store
	links   Links
	clock   clock.Clock
	ids     ids.Source
	log     func(ctx context.Context, msg, id string, err error)
}

var _ Service = (*Vault)(nil)

// NewVault makes the service.
func NewVault(c Config) *Vault {
	return &Vault{objects: c.Objects, store: c.Store, links: c.Links, clock: c.Clock, ids: c.IDs, log: c.Log}
}

// Create makes room for an object.
func (v *Vault) Create(ctx context.Context, d Draft) (Room, error) {
	o, err := NewObject(v.ids.New(), d, v.clock.Now())
	if err != nil {
		return Room{}, err
	}
	if err := v.objects.Create(ctx, o); err != nil {
		return Room{}, err
	}
	upload, err := v.links.Upload(o, o.UploadBefore)
	return Room{Object: o, Upload: upload}, err
}

// Link is where an object can be read.
func (v *Vault) Link(ctx context.Context, id string, viewer Viewer) (View, error) {
	o, err := v.visible(ctx, id, viewer)
	if err != nil {
		return View{}, err
	}
	if o, err = v.confirmed(ctx, o); err != nil {
		return View{}, err
	}
	link, err := v.links.Download(o, v.clock.Now().Add(LinkLife))
	return View{Object: o, Link: link}, err
}

// Content gives the bytes of a stored object.
func (v *Vault) Content(ctx context.Context, id string, viewer Viewer) (Bytes, error) {
	o, err := v.visible(ctx, id, viewer)
	if err != nil {
		return Bytes{}, err
	}
	return v.open(ctx, o)
}

// open gives the bytes of an object once they are there.
func (v *Vault) open(ctx context.Context, o Object) (Bytes, error) {
	o, err := v.confirmed(ctx, o)
	if err != nil {
		return Bytes{}, err
	}
	if o.State != Stored {
		return Bytes{}, ErrNoObject
	}
	body, err := v.store.Open(ctx, o.ID)
	return Bytes{ReadCloser: body, Object: o}, err
}

// Delete ends an object.
func (v *Vault) Delete(ctx context.Context, id string, viewer Viewer) error {
	if _, err := v.visible(ctx, id, viewer); err != nil {
		return err
	}
	return v.delete(ctx, id)
}

func (v *Vault) delete(ctx context.Context, id string) error {
	now := v.clock.Now()
	if _, err := v.objects.Update(ctx, id, func(o *Object) error { return o.Delete(now) }); err != nil {
		return err
	}
	if err := v.store.Delete(ctx, id); err != nil {
		v.log(ctx, "bytes are left to the sweep", id, err)
	}
	return nil
}

// EraseOwner ends all objects of an account. It gets no more before they are listed: none
// can slip in behind the list.
func (v *Vault) EraseOwner(ctx context.Context, account string) error {
	if err := v.objects.Refuse(ctx, account); err != nil {
		return err
	}
	for after := ""; ; {
		owned, err := v.objects.OwnedBy(ctx, account, after, sweepBatch)
		if err != nil {
			return err
		}
		for _, o := range owned {
			if err := v.delete(ctx, o.ID); err != nil && !isMissing(err) {
				return err
			}
			after = o.ID
		}
		if len(owned) < sweepBatch {
			return nil
		}
	}
}

// visible finds an object; one that the viewer may not see is as good as none.
func (v *Vault) visible(ctx context.Context, id string, viewer Viewer) (Object, error) {
	o, err := v.objects.Object(ctx, id)
	if err != nil {
		return Object{}, err
	}
	if o.State == Deleted || !viewer.may(o) {
		return Object{}, ErrNoObject
	}
	return o, nil
}

// confirmed looks for the bytes of a pending object; without them it stays pending.
// Errors: ErrNoObject when it is deleted, or is now because its bytes are wrong, or is
// about to be because its owner is erased.
func (v *Vault) confirmed(ctx context.Context, o Object) (Object, error) {
	if o.State != Pending {
		return o, nil
	}
	content, err := v.store.Stat(ctx, o.ID)
	if isMissing(err) {
		return o, nil
	}
	if err != nil {
		return o, err
	}
	now := v.clock.Now()
	o, err = v.objects.Update(ctx, o.ID, func(o *Object) error { return o.Confirm(content, now) })
	if err == nil && o.State == Deleted || errors.Is(err, ErrErased) {
		err = ErrNoObject
	}
	return o, err
}

func isMissing(err error) bool { return errs.KindOf(err) == errs.NotFound }

func movedOn(err error) bool { return errors.Is(err, errMovedOn) || isMissing(err) }
