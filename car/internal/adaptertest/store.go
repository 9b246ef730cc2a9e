// Package adaptertest holds the contract suites of the car service's driven ports, run
// over every adapter of each.
package adaptertest

import (
	"context"
	"errors"
	"fmt"
	"testing"
	"time"

	"github.com/go-json-experiment/json"

	"freecar/car"
	"freecar/internal/clock"
	"freecar/internal/events"
	"freecar/internal/geo"
	"freecar/internal/idem"
)

// Store is one handle on a repository, and how to read the events that it saved.
type Store struct {
	car.Repository
	// History lists the events of a car by version.
	History func(ctx context.Context, carID string) ([]events.Event, error)
}

// Open gives a repository on fresh storage that encodes events with Encode and reads the
// clock, and further handles on the same storage (another process).
type Open func(t *testing.T, c clock.Clock) (first Store, again func() Store)

// Encode writes an event for the suite: the domain's own snapshot.
func Encode(_ context.Context, e car.Event) (events.Event, error) {
	e.Car.Last = nil
	data, err := json.Marshal(e.Car)
	return events.Event{Type: events.Type("car", string(e.Kind)), Subject: e.Car.ID, Version: e.Car.Version, Time: e.At, Data: data}, err
}

var (
	start  = time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC)
	policy = car.DefaultPolicy()
	centre = geo.Position{Latitude: 52.52, Longitude: 13.405}
)

// uuid is a valid id that sorts by n.
func uuid(n int) string { return fmt.Sprintf("01900000-0000-7000-8000-%012d", n) }

// reading is a good one, n seconds after the start.
func reading(carID string, n int) car.Reading {
	at := start.Add(time.Duration(n) * time.Second)
	return car.Reading{CarID: carID, DeviceID: "device", At: at, ReceivedAt: at, Position: centre, ChargePercent: 80, OdometerM: 1000 + int64(n), Locked: true}
}

// fresh is a rentable car that is not saved yet, with a device of which nobody hears again.
func fresh(n int) car.Car {
	first := reading(uuid(n), 0)
	first.DeviceID, first.At = "box", time.Time{}
	c := car.New(car.Registration{ID: uuid(n), Plate: fmt.Sprintf("B-FC %d", n), Model: "e-Up", First: &first}, start)
	c.DeviceID, c.State = "box", car.Available
	return c
}

func create(t *testing.T, s Store, n int) car.Car {
	t.Helper()
	saved, replayed, err := s.Create(t.Context(), fresh(n), idem.Key{})
	if err != nil || replayed {
		t.Fatalf("create: %v, replayed %t", err, replayed)
	}
	return saved
}

// bound is a car that its device was heard of: registered, bound, regained.
func bound(t *testing.T, s Store, n int, device string) car.Car {
	t.Helper()
	create(t, s, n)
	update(t, s, n, func(c *car.Car) error { c.Bind(device, start, policy, start); return nil })
	first := reading(uuid(n), 0)
	first.DeviceID = device
	if verdicts, err := s.SaveReadings(t.Context(), []car.Reading{first}, judgeAs(device)); err != nil || verdicts[0].Err != nil {
		t.Fatal(verdicts, err)
	}
	return update(t, s, n, func(c *car.Car) error { c.RegainContact(policy, start); return nil })
}

func update(t *testing.T, s Store, n int, change func(*car.Car) error) car.Car {
	t.Helper()
	saved, err := s.Update(t.Context(), uuid(n), change)
	if err != nil {
		t.Fatal(err)
	}
	return saved
}

func claim(trip string) func(*car.Car) error {
	return func(c *car.Car) error {
		return c.ClaimFor(car.Claim{Kind: car.ForTrip, ID: trip, AccountID: "4503599627370497"}, policy, start)
	}
}

func release(trip string) func(*car.Car) error {
	return func(c *car.Car) error {
		c.Release(car.Releasing{Kind: car.ForTrip, ID: trip, Spare: uuid(999_999)}, policy, start)
		return nil
	}
}

func order(id, trip, step string, kind car.CommandKind) func(*car.Car) error {
	return func(c *car.Car) error {
		_, err := c.Order(car.Order{ID: id, ClaimID: trip, Step: step, Kind: kind}, policy, start)
		return err
	}
}

// same compares cars as a store should give them back.
func same(t *testing.T, got, want car.Car) {
	t.Helper()
	if g, w := shown(t, got), shown(t, want); g != w {
		t.Errorf("got  %s\nwant %s", g, w)
	}
}

func shown(t *testing.T, c car.Car) string {
	t.Helper()
	text, err := json.Marshal(c)
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}

func wantError(t *testing.T, err, want error) {
	t.Helper()
	if !errors.Is(err, want) {
		t.Errorf("got error %v, want %v", err, want)
	}
}
