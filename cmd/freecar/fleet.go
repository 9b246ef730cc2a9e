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

	"github.com/go-kit/log"
	"golang.org/x/sync/errgroup"

	"freecar/car/carapi"
	"freecar/car/sim"
	"freecar/internal/auth"
	"freecar/internal/errs"
	"freecar/internal/kitx"
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
func startFleet(ctx context.Context, d *development, logger log.Logger) (fleet, error) {
	n := d.config.DemoCars
	if n == 0 {
		return fleet{}, nil
	}
	staff := auth.With(ctx, auth.Principal{Subject: "dev", Roles: auth.Fleet | auth.Admin})
	cars, err := ensureCars(staff, d.platform.peer("dev", carapi.Name), sim.DemoFleet(n, demoSeed))
	if err != nil {
		return fleet{}, fmt.Errorf("the demo fleet: %w", err)
	}
	device, err := ensureDevice(staff, d.platform.peer("dev", userapi.Name), filepath.Join(d.config.DataDir, "keys", "sim-device.json"), cars)
	if err != nil {
		return fleet{}, fmt.Errorf("the demo fleet's device: %w", err)
	}
	cityFleet, err := sim.New(sim.Config{
		BaseURL: "http://" + reachable(d.config.HTTPAddr), DeviceID: device.ID, DeviceSecret: device.Secret,
		HTTPClient: &http.Client{}, Logger: log.With(logger, "service", "sim"),
	})
	if err != nil {
		return fleet{}, err
	}
	d.process.Go("simulated fleet", cityFleet.Run)
	return fleet{Cars: len(cars)}, nil
}

// ensureCars registers the cars that are missing and returns the ids of all.
func ensureCars(ctx context.Context, cars kitx.Peer, wanted []sim.DemoCar) ([]string, error) {
	known, err := carsByPlate(ctx, cars)
	if err != nil {
		return nil, err
	}
	var (
		mu sync.Mutex
		g  errgroup.Group
	)
	g.SetLimit(16)
	for _, c := range wanted {
		if known[c.Plate] != "" {
			continue
		}
		g.Go(func() error {
			position := wire.FromPosition(c.Position)
			made, err := carapi.Register.Call(ctx, cars, carapi.RegisterRequest{
				Plate: c.Plate, Model: c.Model, Position: &position, ChargePercent: &c.ChargePercent, OdometerKM: &c.OdometerKM,
			})
			mu.Lock()
			defer mu.Unlock()
			known[c.Plate] = made.ID
			return err
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

func carsByPlate(ctx context.Context, cars kitx.Peer) (map[string]string, error) {
	known := map[string]string{}
	request := carapi.ListRequest{Paging: wire.Paging{Limit: 100}}
	for {
		page, err := carapi.List.Call(ctx, cars, request)
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

// ensureDevice gives the cars a device; a fleet that has grown gets a new one.
func ensureDevice(ctx context.Context, users kitx.Peer, path string, cars []string) (simDevice, error) {
	var d simDevice
	raw, err := os.ReadFile(path)
	if err == nil && json.Unmarshal(raw, &d) == nil && d.Cars == len(cars) {
		return d, nil
	}
	if err != nil && !errors.Is(err, os.ErrNotExist) {
		return d, err
	}
	made, err := userapi.RegisterDevice.Call(ctx, users, userapi.RegisterDeviceRequest{Name: "simulated fleet", CarIDs: cars})
	if err != nil {
		return d, err
	}
	d = simDevice{ID: made.ID, Secret: made.Secret, Cars: len(cars)}
	raw, err = json.Marshal(d)
	if err != nil {
		return d, errs.E(errs.Internal, "internal", "").Because(err)
	}
	return d, writeSecret(path, string(raw))
}
