package sim

import (
	"errors"
	"math"
	"math/rand/v2"
	"testing"
	"time"

	"freecar/internal/geo"
)

var noon = time.Date(2026, 5, 4, 12, 0, 0, 0, time.UTC)

const tick = 250 * time.Millisecond

func vehicleAt(lock lock, seed uint64) *vehicle {
	k := known{position: centre, odometer: 12_345_678, charge: 80, lock: lock}
	return newVehicle(k, false, rand.New(rand.NewPCG(seed, 0)), noon)
}

// pass lets time pass in ticks and looks at the vehicle after each.
func pass(v *vehicle, d time.Duration, look func()) {
	for end := v.at.Add(d); v.at.Before(end); {
		v.advance(v.at.Add(min(tick, end.Sub(v.at))))
		look()
	}
}

func nothing() {}

// drivingVehicle is one at cruising speed.
func drivingVehicle(t *testing.T, seed uint64) *vehicle {
	t.Helper()
	v := vehicleAt(locked, seed)
	v.unlock()
	pass(v, 30*time.Second, nothing)
	if v.mode != driving || v.speed < slowest {
		t.Fatalf("30 s after the unlock: mode %v, %v m/s", v.mode, v.speed)
	}
	return v
}

func TestDriving(t *testing.T) {
	t.Run("the odometer grows by what the vehicle moves", func(t *testing.T) {
		for seed := range uint64(5) {
			v := drivingVehicle(t, seed)
			start, moved := v.odometer, 0.0
			for end := v.at.Add(time.Hour); v.at.Before(end); {
				before := v.position
				v.step(end.Sub(v.at)) // a step never goes around a corner
				moved += geo.DistanceM(before, v.position)
			}
			if driven := v.odometer - start; math.Abs(driven-moved) > 1 || driven < 15_000 {
				t.Errorf("seed %d: the odometer says %.2f m, the way was %.2f m", seed, driven, moved)
			}
		}
	})
	t.Run("it stays near home, turns, and keeps to the speed of a city", func(t *testing.T) {
		v := drivingVehicle(t, 7)
		v.charge = 1e9 // as if it never had to be charged
		quarters := map[int]bool{}
		pass(v, 12*time.Hour, func() {
			quarters[v.trip.quarter] = true
			if d := geo.DistanceM(v.position, centre); d > bound+1 {
				t.Fatalf("%.0f m from the centre", d)
			}
			if v.speed < slowest-0.01 || v.speed > fastest {
				t.Fatalf("%.1f km/h", v.speed*3.6)
			}
		})
		if len(quarters) != 4 {
			t.Errorf("it went in %d directions", len(quarters))
		}
	})
	t.Run("a vehicle of another city stays there", func(t *testing.T) {
		hamburg := geo.Position{Latitude: 53.55, Longitude: 10.0}
		v := newVehicle(known{position: hamburg, charge: 1e9, lock: unlocked}, false, rand.New(rand.NewPCG(1, 1)), noon)
		pass(v, 6*time.Hour, nothing)
		if d := geo.DistanceM(v.position, hamburg); d > bound+1 || v.odometer < 50_000 {
			t.Errorf("%.0f m from home after %.0f m", d, v.odometer)
		}
	})
	t.Run("a percent of charge lasts 2.5 to 3 km", func(t *testing.T) {
		v := drivingVehicle(t, 3)
		odometer, charge := v.odometer, v.charge
		pass(v, time.Hour, nothing)
		if km := (v.odometer - odometer) / 1000 / (charge - v.charge); km < 2.5 || km > 3 {
			t.Errorf("%.2f km a percent", km)
		}
	})
	t.Run("with an empty battery it stops for good and can be locked", func(t *testing.T) {
		v := drivingVehicle(t, 3)
		v.charge = emptyAt + 0.05
		pass(v, 10*time.Minute, nothing)
		if v.mode != standing || v.moving() || v.charge < 0 {
			t.Fatalf("mode %v, %v m/s, %v %%", v.mode, v.speed, v.charge)
		}
		v.askToStop()
		pass(v, 10*time.Minute, nothing)
		if v.mode != standing {
			t.Fatalf("it went on in mode %v", v.mode)
		}
		if err := v.lock(); err != nil {
			t.Error(err)
		}
	})
	t.Run("the same seed drives the same way", func(t *testing.T) {
		a, b := drivingVehicle(t, 9), drivingVehicle(t, 9)
		pass(a, time.Hour, nothing)
		pass(b, time.Hour, nothing)
		if a.position != b.position || a.odometer != b.odometer {
			t.Errorf("%v and %v", a.position, b.position)
		}
	})
	t.Run("a computer that slept did not drive", func(t *testing.T) {
		v := drivingVehicle(t, 2)
		before := v.odometer
		v.advance(v.at.Add(8 * time.Hour))
		if driven := v.odometer - before; driven <= 0 || driven > fastest*longestGap.Seconds() {
			t.Errorf("%.0f m", driven)
		}
	})
	t.Run("a clock that goes back changes nothing", func(t *testing.T) {
		v := drivingVehicle(t, 2)
		before := *v
		v.advance(v.at.Add(-time.Hour))
		if *v != before {
			t.Error("it lived backwards")
		}
	})
}

func TestStopping(t *testing.T) {
	t.Run("it stands within 2 s, for 30 s, and drives on", func(t *testing.T) {
		for seed := range uint64(20) {
			v := drivingVehicle(t, seed)
			v.askToStop()
			last := v.speed
			pass(v, 2*time.Second, func() {
				if v.speed > last {
					t.Fatal("it went faster")
				}
				last = v.speed
			})
			odometer := v.odometer
			pass(v, 29*time.Second, func() {
				if v.moving() || v.odometer != odometer {
					t.Fatal("it moved while it should stand")
				}
			})
			pass(v, 2*time.Second, nothing)
			if !v.moving() {
				t.Error("it stands for more than 30 s")
			}
		}
	})
	t.Run("asked twice while it brakes, it brakes as before", func(t *testing.T) {
		v := drivingVehicle(t, 1)
		v.askToStop()
		pass(v, time.Second, nothing)
		v.askToStop()
		pass(v, time.Second, nothing)
		if v.moving() {
			t.Errorf("%.1f m/s", v.speed)
		}
	})
	t.Run("asked again while it stands, it stands for 30 s from then", func(t *testing.T) {
		v := drivingVehicle(t, 1)
		v.askToStop()
		pass(v, 20*time.Second, nothing)
		v.askToStop()
		pass(v, 29*time.Second, nothing)
		if v.moving() {
			t.Error("it went on")
		}
		pass(v, 3*time.Second, nothing)
		if !v.moving() {
			t.Error("it stands for longer")
		}
	})
	t.Run("asked before it sets off, it waits", func(t *testing.T) {
		v := vehicleAt(locked, 1)
		v.unlock()
		pass(v, 2*time.Second, nothing)
		v.askToStop()
		pass(v, 29*time.Second, nothing)
		if v.moving() || v.doorsOpen() || v.locked() {
			t.Errorf("mode %v", v.mode)
		}
	})
	t.Run("a parked one stays locked", func(t *testing.T) {
		v := vehicleAt(locked, 1)
		v.askToStop()
		pass(v, time.Minute, nothing)
		if !v.locked() {
			t.Errorf("mode %v", v.mode)
		}
	})
}

func TestLock(t *testing.T) {
	t.Run("after an unlock a door opens and closes and the vehicle sets off", func(t *testing.T) {
		v := vehicleAt(locked, 4)
		v.unlock()
		doors := 0
		pass(v, setsOff+setsOffLate+tick, func() {
			if v.doorsOpen() {
				doors++
				if v.moving() || v.locked() {
					t.Fatal("it moves or is locked with open doors")
				}
			}
		})
		if open := time.Duration(doors) * tick; open != doorCloses-doorOpens || !v.moving() {
			t.Errorf("doors open for %v, %v m/s", open, v.speed)
		}
	})
	t.Run("a moving vehicle is not locked and drives on", func(t *testing.T) {
		v := drivingVehicle(t, 1)
		before := *v
		if err := v.lock(); !errors.Is(err, errMoving) || *v != before {
			t.Errorf("error %v, mode %v", err, v.mode)
		}
		v.askToStop()
		pass(v, time.Second, nothing)
		if err := v.lock(); !errors.Is(err, errMoving) {
			t.Errorf("while it brakes: %v", err)
		}
	})
	t.Run("a standing vehicle is locked and stays", func(t *testing.T) {
		v := drivingVehicle(t, 1)
		v.askToStop()
		pass(v, 2*time.Second, nothing)
		if err := v.lock(); err != nil {
			t.Fatal(err)
		}
		position := v.position
		pass(v, time.Hour, nothing)
		if !v.locked() || v.position != position {
			t.Error("it did not stay")
		}
	})
	t.Run("a second unlock changes nothing", func(t *testing.T) {
		v := drivingVehicle(t, 1)
		before := *v
		v.unlock()
		if *v != before {
			t.Errorf("mode %v", v.mode)
		}
	})
	t.Run("a parked vehicle charges a percent a minute, up to 100", func(t *testing.T) {
		v := vehicleAt(locked, 1)
		pass(v, 10*time.Minute, nothing)
		if math.Abs(v.charge-90) > 1e-6 {
			t.Errorf("%v %%", v.charge)
		}
		pass(v, time.Hour, nothing)
		if v.charge != 100 {
			t.Errorf("%v %%", v.charge)
		}
	})
	t.Run("without drivers it stands where it is, doors closed", func(t *testing.T) {
		v := newVehicle(known{position: centre, lock: locked, charge: 50}, true, rand.New(rand.NewPCG(1, 1)), noon)
		v.unlock()
		v.askToStop()
		pass(v, time.Hour, func() {
			if v.moving() || v.doorsOpen() || v.locked() {
				t.Fatalf("mode %v", v.mode)
			}
		})
		if err := v.lock(); err != nil || !v.locked() {
			t.Errorf("error %v, mode %v", err, v.mode)
		}
	})
}

func TestNewVehicle(t *testing.T) {
	for name, c := range map[string]struct {
		lock        lock
		drivesIn10s bool
		lockedThen  bool
	}{
		"locked: parked":                             {locked, false, true},
		"unlocking: parked until told again":         {unlocking, false, true},
		"nothing known of the lock: parked":          {"", false, true},
		"unlocked: drives on":                        {unlocked, true, false},
		"locking: stands, for its rider is to leave": {locking, false, false},
	} {
		t.Run(name, func(t *testing.T) {
			v := vehicleAt(c.lock, 1)
			if v.position != centre || v.odometer != 12_345_678 || v.charge != 80 {
				t.Errorf("it does not begin where it was: %+v", v)
			}
			pass(v, 10*time.Second, nothing)
			if v.moving() != c.drivesIn10s || v.locked() != c.lockedThen {
				t.Errorf("moving %v, locked %v", v.moving(), v.locked())
			}
		})
	}
}

// Whatever comes in whatever order, these hold.
func TestVehicleInvariants(t *testing.T) {
	for seed := range uint64(50) {
		random := rand.New(rand.NewPCG(seed, 99))
		v := vehicleAt(locked, seed)
		v.charge = 5 * random.Float64()
		for range 2000 {
			before := *v
			switch random.IntN(8) {
			case 0:
				v.unlock()
			case 1:
				v.askToStop()
			case 2:
				if err := v.lock(); (err != nil) != before.moving() {
					t.Fatalf("seed %d: lock at %v m/s: %v", seed, before.speed, err)
				}
			default:
				v.advance(v.at.Add(time.Duration(random.Int64N(int64(15 * time.Second)))))
			}
			switch {
			case v.odometer < before.odometer, v.at.Before(before.at):
				t.Fatalf("seed %d: the odometer or the time fell", seed)
			case v.charge < 0 || v.charge > 100:
				t.Fatalf("seed %d: %v %%", seed, v.charge)
			case v.speed < 0, v.moving() && v.mode != driving && v.mode != braking:
				t.Fatalf("seed %d: %v m/s in mode %v", seed, v.speed, v.mode)
			}
		}
	}
}

func TestReadingOf(t *testing.T) {
	t.Run("it never tells more metres than were driven, nor a speed of 0 while moving", func(t *testing.T) {
		v := drivingVehicle(t, 1)
		v.odometer, v.speed = 1234.999, 0.001
		r := readingOf("car", v)
		if r.odometerM != 1234 || r.speedKMH != 0.1 || r.locked || r.carID != "car" {
			t.Errorf("%+v", r)
		}
	})
	t.Run("a parked car says so", func(t *testing.T) {
		r := readingOf("car", vehicleAt(locked, 1))
		if r.speedKMH != 0 || !r.locked || r.doorsOpen || r.odometerM != 12_345_678 || !r.at.Equal(noon) {
			t.Errorf("%+v", r)
		}
	})
}
