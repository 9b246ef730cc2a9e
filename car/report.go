package car

import (
	"cmp"
	"context"
	"slices"
	"time"
)

// Report takes readings of a device's cars.
func (f *Fleet) Report(ctx context.Context, deviceID string, readings []Reading) (Report, error) {
	possible, indices, refused := f.check(deviceID, readings)
	verdicts, err := f.cars.SaveReadings(ctx, possible, func(before Standing, r Reading) error {
		return before.Judge(deviceID, r, f.policy)
	})
	if err != nil {
		return Report{}, err
	}
	report := Report{Refused: refused}
	spotted := map[string]Sighting{}
	var back []string
	for i, v := range verdicts {
		if v.Err != nil {
			report.Refused = append(report.Refused, Refusal{Index: indices[i], Err: v.Err})
			continue
		}
		report.Accepted++
		f.spot(ctx, v.Before, possible[i], spotted)
		if v.Before.State == NonContactable {
			back = append(back, possible[i].CarID)
		}
	}
	f.regain(ctx, back)
	slices.SortFunc(report.Refused, func(a, b Refusal) int { return cmp.Compare(a.Index, b.Index) })
	if len(spotted) > 0 {
		f.announcer.Announce(ctx, spotted)
	}
	return report, nil
}

// check sorts out the readings that no car can send.
func (f *Fleet) check(deviceID string, readings []Reading) (possible []Reading, indices []int, refused []Refusal) {
	now := f.clock.Now()
	for i, r := range readings {
		r.DeviceID, r.ReceivedAt = deviceID, now
		if err := r.Check(f.policy); err != nil {
			refused = append(refused, Refusal{Index: i, Err: err})
			continue
		}
		possible, indices = append(possible, r), append(indices, i)
	}
	return possible, indices, refused
}

// spot lets the search see a reading that was saved. Nobody searches for cars that are
// rented, so only the others' moves are told to other instances.
func (f *Fleet) spot(ctx context.Context, before Standing, r Reading, spotted map[string]Sighting) {
	sighting := r.Sighting()
	noticeable := f.index.Spot(r.CarID, sighting)
	if before.standsOpen(r) {
		f.secure(ctx, r.CarID)
	}
	if before.droveOff(r, f.policy) {
		f.droveOff(ctx, r)
	}
	if _, already := spotted[r.CarID]; before.State == Available && (noticeable || already) {
		spotted[r.CarID] = sighting
	}
}

// standsOpen says, of a reading that was saved, whether it is worth asking the car: one
// that nobody has and that is open by what we know or by what it says.
func (s Standing) standsOpen(r Reading) bool {
	claimed := s.State == Reserved || s.State == Stopped || s.State == OnTrip
	return !claimed && (s.Lock == Unlocked || s.Lock == Locked && !r.Locked)
}

// secure closes a car that was left open; if that fails, its next reading does it.
func (f *Fleet) secure(ctx context.Context, carID string) {
	spare := f.ids.New()
	_, err := f.update(ctx, carID, func(car *Car, now time.Time) error {
		car.Secure(spare, f.policy, now)
		return nil
	})
	if err != nil {
		f.log(ctx, "a car stands open for now", carID, err)
	}
}

// droveOff tells the trip of a car that drives though it was locked; if that fails, the
// car's next reading does it.
func (f *Fleet) droveOff(ctx context.Context, r Reading) {
	_, err := f.update(ctx, r.CarID, func(car *Car, _ time.Time) error {
		car.DroveOff(r, f.policy)
		return nil
	})
	if err != nil {
		f.log(ctx, "a locked car drives and its trip does not know yet", r.CarID, err)
	}
}

// regain brings cars back that spoke, often a whole fleet at once; where that fails, the
// car's next reading does it.
func (f *Fleet) regain(ctx context.Context, carIDs []string) {
	_ = together(len(carIDs), func(i int) error {
		_, err := f.update(ctx, carIDs[i], func(car *Car, now time.Time) error {
			car.RegainContact(f.policy, now)
			return nil
		})
		if err != nil {
			f.log(ctx, "a car spoke and stays out of the fleet for now", carIDs[i], err)
		}
		return nil
	})
}
