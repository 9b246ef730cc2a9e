package trip_test

import (
	"context"
	"testing"
	"time"

	"freecar/internal/auth"
	"freecar/internal/ids"
	"freecar/trip"
	"freecar/trip/internal/adaptertest"
)

// TestFakes holds the world of these tests to the contract that the real services keep,
// too: what the saga survives here it survives there.
func TestFakes(t *testing.T) {
	adaptertest.Others(t, func(t *testing.T) adaptertest.World {
		w := newWorld()
		w.now = time.Now
		w.cars, w.purses = map[string]bool{}, map[string]int64{}
		drivers := map[string]bool{}
		return adaptertest.World{
			Cars: w, Wallet: wallet{w}, Licences: checked{w, drivers},
			As: func(account string) context.Context { return auth.OnBehalf(t.Context(), account) },
			Car: func() string {
				id := ids.Random{}.New()
				w.cars[id], w.car.Locked = true, true
				return id
			},
			Account: func(minor int64, mayDrive bool) string {
				id := ids.NewAccount()
				w.purses[id], drivers[id] = minor, mayDrive
				return id
			},
			Money: func(account string) (available, held int64) {
				held = w.heldOf(account)
				return w.purses[account] - held, held
			},
			Answer: func(_ string, done bool) {
				if done {
					w.acknowledge(trip.CommandDone)
				} else {
					w.acknowledge(trip.CommandFailed)
				}
			},
			Drive: func(_ string, metres int64, speed float64) { w.drive(1000+metres, speed, time.Now()) },
		}
	})
}

// checked has riders with a licence and without.
type checked struct {
	*world
	drivers map[string]bool
}

func (c checked) Check(ctx context.Context, account string) error {
	if !c.drivers[account] {
		return trip.ErrLicence
	}
	return c.world.Check(ctx, account)
}
