package sqlite_test

import (
	"context"
	"fmt"
	"path/filepath"
	"sync/atomic"
	"testing"
	"time"

	"freecar/car"
	"freecar/car/internal/adapter/sqlite"
	"freecar/car/internal/endpoint"
	"freecar/internal/clock"
	"freecar/internal/geo"
	"freecar/internal/idem"
	"freecar/internal/ids"
)

const device = "device"

// benchFleet is n cars of one device.
func benchFleet(b *testing.B, n int) (*sqlite.Cars, []string) {
	b.Helper()
	cars, err := sqlite.NewCars(b.Context(), filepath.Join(b.TempDir(), "car.db"), endpoint.Event, clock.System{})
	if err != nil {
		b.Fatal(err)
	}
	b.Cleanup(func() { _ = cars.Close() })
	known := make([]string, n)
	for i := range known {
		c := car.New(car.Registration{ID: ids.Random{}.New(), Plate: fmt.Sprint("B-FC ", i), Model: "e-Up", First: benchReading("", time.Time{})}, time.Now())
		c.Last.CarID = c.ID
		if _, _, err := cars.Create(b.Context(), c, idem.Key{}); err != nil {
			b.Fatal(err)
		}
		update(b, cars, c.ID, func(c *car.Car) error { c.Bind(device, time.Now(), car.DefaultPolicy(), time.Now()); return nil })
		if _, err := cars.SaveReadings(b.Context(), []car.Reading{*benchReading(c.ID, time.Now())}, judge); err != nil {
			b.Fatal(err)
		}
		update(b, cars, c.ID, func(c *car.Car) error { c.RegainContact(car.DefaultPolicy(), time.Now()); return nil })
		known[i] = c.ID
	}
	return cars, known
}

func judge(before car.Standing, r car.Reading) error {
	return before.Judge(device, r, car.DefaultPolicy())
}

func benchReading(id string, at time.Time) *car.Reading {
	return &car.Reading{CarID: id, DeviceID: device, At: at, ReceivedAt: time.Now(), Position: geo.Position{Latitude: 52, Longitude: 13}, ChargePercent: 80, Locked: true}
}

func update(b *testing.B, cars *sqlite.Cars, id string, change func(*car.Car) error) {
	if _, err := cars.Update(context.Background(), id, change); err != nil {
		b.Error(err)
	}
}

// BenchmarkTrip is all that one trip does to its car: claim, unlock, lock, release.
func BenchmarkTrip(b *testing.B) {
	cars, known := benchFleet(b, 500)
	policy := car.DefaultPolicy()
	var next atomic.Int64
	b.SetParallelism(32)
	b.RunParallel(func(pb *testing.PB) {
		for pb.Next() {
			id, trip := known[int(next.Add(1))%len(known)], ids.Random{}.New()
			now := time.Now()
			command := func(step string, kind car.CommandKind) {
				order := ids.Random{}.New()
				update(b, cars, id, func(c *car.Car) error {
					_, err := c.Order(car.Order{ID: order, ClaimID: trip, Step: step, Kind: kind}, policy, now)
					return err
				})
				update(b, cars, id, func(c *car.Car) error {
					_, err := c.Acknowledge(car.Acknowledgement{DeviceID: device, CommandID: order, Done: true}, "", policy, now)
					return err
				})
			}
			update(b, cars, id, func(c *car.Car) error {
				return c.ClaimFor(car.Claim{Kind: car.ForTrip, ID: trip, AccountID: "1"}, policy, now)
			})
			command("unlock", car.CommandUnlock)
			command("lock", car.CommandLock)
			update(b, cars, id, func(c *car.Car) error { c.Release(car.Releasing{Kind: car.ForTrip, ID: trip}, policy, now); return nil })
		}
	})
}

// BenchmarkReadings is one call of 1,000 readings.
func BenchmarkReadings(b *testing.B) {
	cars, known := benchFleet(b, 1000)
	at := time.Now()
	for b.Loop() {
		at = at.Add(time.Second)
		batch := make([]car.Reading, len(known))
		for i, id := range known {
			batch[i] = *benchReading(id, at)
		}
		if _, err := cars.SaveReadings(b.Context(), batch, judge); err != nil {
			b.Fatal(err)
		}
	}
}

// BenchmarkListings loads the index's view of 10,000 cars.
func BenchmarkListings(b *testing.B) {
	cars, known := benchFleet(b, 10_000)
	for b.Loop() {
		n := 0
		if err := cars.Listings(b.Context(), time.Time{}, func(car.Listing) { n++ }); err != nil || n != len(known) {
			b.Fatal(n, err)
		}
	}
}
