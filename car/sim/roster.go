package sim

import (
	"context"
	"time"

	"github.com/go-kit/log/level"

	"freecar/car/carapi"
)

// refreshRoster asks again which cars the fleet has, if the answer is older than age or
// no longer good. Failures are logged and followed by a pause.
func (f *Fleet) refreshRoster(ctx context.Context, age time.Duration) {
	f.rosters.Lock()
	defer f.rosters.Unlock()
	now := f.config.Clock.Now()
	if now.Before(f.rosterAt.Add(min(age, f.rosterFor))) || f.noRoster.reason(now) != nil {
		return
	}
	changed, err := f.loadRoster(ctx)
	switch {
	case err == nil:
		f.rosterAt, f.rosterFor = now, rosterEvery
		if changed || f.size() == 0 {
			f.rosterFor = rosterAgain
		}
		f.noRoster.worked()
	case ctx.Err() == nil:
		d := f.noRoster.failed(now, err)
		level.Warn(f.logger).Log("msg", "reading the roster failed", "err", err, "again_in", d)
	}
}

func (f *Fleet) loadRoster(ctx context.Context) (changed bool, err error) {
	var cars []carapi.DeviceCar
	for request := (carapi.DeviceCarsRequest{}); ; {
		page, err := call(ctx, f.platform, carapi.DeviceCars, request)
		if err != nil {
			return false, err
		}
		cars = append(cars, page.Items...)
		if page.NextCursor == nil {
			return f.enrol(cars), nil
		}
		request.Cursor = *page.NextCursor
	}
}

// enrol takes new cars up where they were last seen and drops those that are gone; it
// says whether there were any. Of the others the fleet knows more than the platform.
func (f *Fleet) enrol(listed []carapi.DeviceCar) (changed bool) {
	f.mu.Lock()
	defer f.mu.Unlock()
	cars := make(map[string]*member, len(listed))
	for _, c := range listed {
		m := f.cars[c.ID]
		switch {
		case m == nil:
			m, changed = f.newMember(c), true
		case c.LastReading != nil:
			k := toKnown(c)
			m.catchUp(k.position, k.odometer)
		}
		cars[c.ID] = m
	}
	changed = changed || len(cars) != len(f.cars)
	if changed {
		level.Info(f.logger).Log("msg", "the fleet changed", "cars", len(cars), "before", len(f.cars))
	}
	f.cars = cars
	return changed
}

func (f *Fleet) size() int {
	f.mu.Lock()
	defer f.mu.Unlock()
	return len(f.cars)
}

func (f *Fleet) newMember(c carapi.DeviceCar) *member {
	random := f.randomFor(c.ID)
	k := known{position: parkingPlace(random), charge: 80, lock: lock(c.Lock)} // nobody ever heard of it
	if c.LastReading != nil {
		k = toKnown(c)
	}
	return &member{vehicle: newVehicle(k, f.config.Standing, random, f.config.Clock.Now())}
}
