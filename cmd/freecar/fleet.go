package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"os"
	"path/filepath"
	"sync"
	"time"

	"github.com/go-kit/log"
	"golang.org/x/sync/errgroup"

	"freecar/car/carapi"
	"freecar/car/sim"
	"freecar/internal/auth"
	"freecar/internal/errs"
	"freecar/internal/kitx"
	"freecar/internal/repeat"
	"freecar/internal/wire"
	"freecar/user/userapi"
)

// fleet is the simulated cars and the device they report through.
type fleet struct {
	Cars int
}

// simDevice is kept between starts.
type simDevice struct {
	ID     string `json:"id"`
	Secret string `json:"secret"`
	Cars   int    `json:"cars"`
}

const demoSeed = 1

// startFleet makes sure that the demo cars exist and have a device, and drives them. It
// prepares as staff would, and drives through the device routes alone.
func startFleet(ctx context.Context, d *development) (fleet, error) {
	n := d.config.DemoCars
	if n == 0 {
		return fleet{}, nil
	}
	staff := auth.With(ctx, auth.Principal{Subject: "dev", Roles: auth.Fleet | auth.Admin})
	garage := d.platform.peer("dev", carapi.Name)
	cars, err := ensureCars(staff, garage, sim.DemoFleet(n, demoSeed), silent)
	if err != nil {
		return fleet{}, fmt.Errorf("the demo fleet: %w", err)
	}
	device, err := ensureDevice(staff, d.platform.peer("dev", userapi.Name), filepath.Join(d.config.DataDir, "keys", "sim-device.json"), cars)
	if err == nil {
		err = awaitBound(auth.With(ctx, auth.Principal{Subject: device.ID, Roles: auth.Device}), garage, n)
	}
	if err != nil {
		return fleet{}, fmt.Errorf("the demo fleet's device: %w", err)
	}
	cityFleet, err := sim.New(sim.Config{
		BaseURL: "http://" + reachable(d.config.HTTPAddr), DeviceID: device.ID, DeviceSecret: device.Secret,
		HTTPClient: &http.Client{}, Logger: log.With(d.logger, "service", "sim"),
	})
	if err != nil {
		return fleet{}, err
	}
	d.process.Go("simulated fleet", cityFleet.Run)
	return fleet{Cars: len(cars)}, nil
}

// progress is told how many of all are done.
type progress func(done, all int)

func silent(int, int) {}

// ensureCars registers the cars that are missing and returns the ids of all. cars is the
// car service, or the gateway in the name of staff.
func ensureCars(ctx context.Context, cars kitx.Peer, wanted []sim.DemoCar, tell progress) ([]string, error) {
	known, err := carsByPlate(ctx, cars)
	if err != nil {
		return nil, err
	}
	var (
		mu   sync.Mutex
		done int
	)
	g, ctx := errgroup.WithContext(ctx)
	g.SetLimit(16)
	for _, c := range wanted {
		g.Go(func() error {
			mu.Lock()
			id := known[c.Plate]
			mu.Unlock()
			if id == "" {
				made, err := patiently(ctx, func() (carapi.FleetCar, error) { return carapi.Register.Call(ctx, cars, registration(c)) })
				if err != nil {
					return err
				}
				id = made.ID
			}
			mu.Lock()
			defer mu.Unlock()
			known[c.Plate] = id
			done++
			tell(done, len(wanted))
			return nil
		})
	}
	if err := g.Wait(); err != nil {
		return nil, err
	}
	ids := make([]string, 0, len(wanted))
	for _, c := range wanted {
		ids = append(ids, known[c.Plate])
	}
	return ids, nil
}

func registration(c sim.DemoCar) carapi.RegisterRequest {
	position := wire.FromPosition(c.Position)
	return carapi.RegisterRequest{Plate: c.Plate, Model: c.Model, Position: &position, ChargePercent: &c.ChargePercent, OdometerKM: &c.OdometerKM}
}

// patiently asks again when a rate limit says when: nothing was done then.
func patiently[T any](ctx context.Context, ask func() (T, error)) (T, error) {
	for {
		answer, err := ask()
		no, limited := errors.AsType[*errs.Error](err)
		if !limited || no.Kind != errs.RateLimited || ctx.Err() != nil {
			return answer, err
		}
		repeat.Rest(ctx, max(no.RetryAfter, time.Second))
	}
}

func carsByPlate(ctx context.Context, cars kitx.Peer) (map[string]string, error) {
	known := map[string]string{}
	request := carapi.ListRequest{Paging: wire.Paging{Limit: 100}}
	for {
		page, err := patiently(ctx, func() (wire.Page[carapi.FleetCar], error) { return carapi.List.Call(ctx, cars, request) })
		if err != nil {
			return nil, err
		}
		for _, c := range page.Items {
			known[c.Plate] = c.ID
		}
		if page.NextCursor == nil {
			return known, nil
		}
		request.Cursor = *page.NextCursor
	}
}

// ensureDevice gives the cars a device, which is kept in a file (none for an empty path);
// a fleet that has grown gets a new one.
func ensureDevice(ctx context.Context, users kitx.Peer, path string, cars []string) (simDevice, error) {
	d, err := readDevice(path)
	if err != nil || d.Cars == len(cars) && d.ID != "" {
		return d, err
	}
	made, err := userapi.RegisterDevice.Call(ctx, users, userapi.RegisterDeviceRequest{Name: "simulated fleet", CarIDs: cars})
	if err != nil {
		return d, err
	}
	d = simDevice{ID: made.ID, Secret: made.Secret, Cars: len(cars)}
	if path == "" {
		return d, nil
	}
	raw, err := json.Marshal(d)
	if err != nil {
		return d, errs.E(errs.Internal, "internal", "").Because(err)
	}
	return d, writeSecret(path, string(raw))
}

// awaitBound waits until the platform has bound so many cars to the device, which an event
// does; a fleet that began earlier would miss their first commands. cars is the car
// service, or the gateway, in the name of the device. After a while it is content with
// fewer: the fleet asks again itself.
func awaitBound(ctx context.Context, cars kitx.Peer, n int) error {
	for end := time.Now().Add(boundWithin); ; {
		bound, err := patiently(ctx, func() (wire.Page[carapi.DeviceCar], error) {
			return carapi.DeviceCars.Call(ctx, cars, carapi.DeviceCarsRequest{})
		})
		if err != nil || len(bound.Items) >= n || time.Now().After(end) {
			return err
		}
		repeat.Rest(ctx, boundEvery)
	}
}

const (
	boundWithin = 10 * time.Second
	boundEvery  = 100 * time.Millisecond
)

// readDevice is the device of a file; none when there is no file, or none that is whole.
func readDevice(path string) (d simDevice, err error) {
	if path == "" {
		return d, nil
	}
	raw, err := os.ReadFile(path)
	if errors.Is(err, os.ErrNotExist) {
		return d, nil
	}
	if err == nil && json.Unmarshal(raw, &d) != nil {
		return simDevice{}, nil
	}
	return d, err
}
