package car

import (
	"context"
	"time"

	"freecar/internal/idem"
)

// Change changes a car's description.
func (f *Fleet) Change(ctx context.Context, carID string, d Details) (Car, error) {
	return f.update(ctx, carID, func(car *Car, now time.Time) error { return car.Describe(d, now) })
}

// TakeOut takes a car out of service.
func (f *Fleet) TakeOut(ctx context.Context, carID, reason string, whenFree bool) (Car, error) {
	return f.update(ctx, carID, func(car *Car, now time.Time) error { return car.TakeOut(reason, whenFree, now) })
}

// Return brings a car back into service.
func (f *Fleet) Return(ctx context.Context, carID string) (Car, error) {
	spare := f.ids.New()
	return f.update(ctx, carID, func(car *Car, now time.Time) error { return car.Return(spare, f.policy, now) })
}

// Retire removes a car for ever.
func (f *Fleet) Retire(ctx context.Context, carID string) (Car, error) {
	return f.update(ctx, carID, func(car *Car, now time.Time) error { return car.Retire(now) })
}

// OrderByStaff tells a car that no rider has to lock or unlock.
func (f *Fleet) OrderByStaff(ctx context.Context, carID string, kind CommandKind, k idem.Key) (Ordered, error) {
	id := f.ids.New()
	saved, replayed, err := f.cars.UpdateKeyed(ctx, carID, k, func(car *Car) error {
		_, err := car.OrderByStaff(id, kind, f.policy, f.clock.Now())
		return err
	})
	if err != nil {
		return Ordered{}, err
	}
	if !replayed {
		f.Learn(saved)
	}
	// Whether it was queued now or waited already: when it was answered it did wait.
	command, _ := saved.WaitingLock()
	return Ordered{Command: command, Replayed: replayed}, nil
}
