package blob

import "context"

const sweepBatch = 100

// Sweep settles what is due: uploads whose time is over are confirmed or given up, and
// what was deleted is forgotten with its bytes. What fails is left to the next sweep;
// several may run at once. Errors: those of the repository's list.
func (v *Vault) Sweep(ctx context.Context) error {
	now, after := v.clock.Now(), ""
	for {
		due, err := v.objects.Due(ctx, now, after, sweepBatch)
		if err != nil {
			return err
		}
		for _, o := range due {
			if err := v.settle(ctx, o); err != nil && !movedOn(err) {
				v.log(ctx, "an object is left to the next sweep", o.ID, err)
			}
			after = o.ID
		}
		if len(due) < sweepBatch || ctx.Err() != nil {
			return nil
		}
	}
}

// settle decides about a pending object, now that no bytes can come any more, and buries
// a deleted one.
func (v *Vault) settle(ctx context.Context, o Object) error {
	if o.State == Pending {
		return v.closeUpload(ctx, o)
	}
	if err := v.store.Delete(ctx, o.ID); err != nil {
		return err
	}
	return v.objects.Forget(ctx, o.ID)
}

func (v *Vault) closeUpload(ctx context.Context, o Object) error {
	o, err := v.confirmed(ctx, o)
	if err != nil || o.State != Pending {
		return err
	}
	now := v.clock.Now()
	_, err = v.objects.Update(ctx, o.ID, func(o *Object) error { return o.Expire(now) })
	return err
}
