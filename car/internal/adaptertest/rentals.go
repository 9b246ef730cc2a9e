package adaptertest

import (
	"errors"
	"testing"

	"freecar/car"
	"freecar/internal/clock"
)

// rentals is what reservations and pauses need of the store.
func rentals(t *testing.T, open Open) {
	t.Run("a reading is judged by where the trip locked the car", func(t *testing.T) {
		s, again := open(t, clock.NewManual(start))
		bound(t, s, 1, "device")
		want := func(at *int64) {
			t.Helper()
			var got car.Standing
			never := errors.New("never")
			if _, err := again().SaveReadings(t.Context(), []car.Reading{reading(uuid(1), 1)}, func(before car.Standing, _ car.Reading) error {
				got = before
				return never
			}); err != nil {
				t.Fatal(err)
			}
			if (got.PausedAtM == nil) != (at == nil) || at != nil && *got.PausedAtM != *at {
				t.Errorf("paused at %v, want %v", got.PausedAtM, at)
			}
		}
		settle := func(id string) func(*car.Car) error {
			return func(c *car.Car) error {
				_, err := c.Acknowledge(car.Acknowledgement{DeviceID: "device", CommandID: id, Done: true}, uuid(9), policy, start)
				return err
			}
		}
		trip := uuid(100)
		for _, change := range []func(*car.Car) error{claim(trip), order(uuid(5), trip, "unlocking", car.CommandUnlock), settle(uuid(5))} {
			update(t, s, 1, change)
			want(nil)
		}
		update(t, s, 1, order(uuid(6), trip, "pausing-1", car.CommandLock))
		want(nil)
		paused := update(t, s, 1, settle(uuid(6)))
		want(new(int64(1000)))
		if got, err := again().Car(t.Context(), uuid(1)); err != nil || got.Pause == nil || *got.Pause != *paused.Pause {
			t.Errorf("got %+v, %v", got.Pause, err)
		}
		off := update(t, s, 1, func(c *car.Car) error {
			far := reading(uuid(1), 2)
			far.OdometerM += policy.RollsM
			c.DroveOff(far, policy)
			return nil
		})
		if got, err := again().Car(t.Context(), uuid(1)); err != nil || got.Pause == nil || *got.Pause != *off.Pause || got.Pause.DroveOffAt.IsZero() {
			t.Errorf("got %+v, %v", got.Pause, err)
		}
		update(t, s, 1, release(trip))
		want(nil)
	})
	t.Run("starts against ends of one reservation: the trip or nobody has the car", func(t *testing.T) {
		s, again := open(t, clock.NewManual(start))
		handles := []Store{s, again()}
		create(t, s, 1)
		rental := uuid(100)
		update(t, s, 1, func(c *car.Car) error {
			return c.ClaimFor(car.Claim{Kind: car.ForReservation, ID: rental, AccountID: "4503599627370497"}, policy, start)
		})
		parallel(64, func(i int) {
			change := claim(rental)
			if i%2 == 0 {
				change = func(c *car.Car) error {
					c.Release(car.Releasing{Kind: car.ForReservation, ID: rental, Spare: uuid(9)}, policy, start)
					return nil
				}
			}
			if _, err := handles[i%2].Update(t.Context(), uuid(1), change); err != nil {
				t.Error(err)
			}
		})
		found, err := s.Car(t.Context(), uuid(1))
		if err != nil || found.Claim == nil || found.Claim.Kind != car.ForTrip || found.Claim.ID != rental {
			t.Errorf("the car says %+v, %v", found.Claim, err)
		}
	})
}
