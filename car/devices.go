package car

import (
	"context"
	"time"

	"freecar/internal/errs"
)

// DeviceCars lists the device's cars.
func (f *Fleet) DeviceCars(ctx context.Context, deviceID, after string, limit int) ([]Car, error) {
	return f.cars.DeviceCars(ctx, deviceID, after, limit)
}

// Bind gives cars to a device. It looks for a revocation afterwards: one that comes
// meanwhile either is seen here, or finds the cars that were bound here.
func (f *Fleet) Bind(ctx context.Context, deviceID string, carIDs []string, at time.Time) error {
	err := f.changeAll(ctx, carIDs, func(car *Car, now time.Time) {
		car.Bind(deviceID, at, f.policy, now)
	})
	if err != nil {
		return err
	}
	revoked, err := f.cars.DeviceRevoked(ctx, deviceID)
	if err != nil || !revoked {
		return err
	}
	return f.unbind(ctx, deviceID)
}

// Unbind takes its cars from a revoked device.
func (f *Fleet) Unbind(ctx context.Context, deviceID string) error {
	if err := f.cars.RevokeDevice(ctx, deviceID); err != nil {
		return err
	}
	return f.unbind(ctx, deviceID)
}

func (f *Fleet) unbind(ctx context.Context, deviceID string) error {
	carIDs, err := f.cars.CarsOfDevice(ctx, deviceID)
	if err != nil {
		return err
	}
	return f.changeAll(ctx, carIDs, func(car *Car, now time.Time) { car.Unbind(deviceID, now) })
}

// changeAll changes many cars, some at a time. Unknown ones are left out.
func (f *Fleet) changeAll(ctx context.Context, carIDs []string, change func(*Car, time.Time)) error {
	return together(len(carIDs), func(i int) error {
		_, err := f.update(ctx, carIDs[i], func(car *Car, now time.Time) error {
			change(car, now)
			return nil
		})
		if errs.KindOf(err) == errs.NotFound {
			return nil
		}
		return err
	})
}
