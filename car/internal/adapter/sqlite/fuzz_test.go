package sqlite_test

import (
	"encoding/binary"
	"fmt"
	"path/filepath"
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

// FuzzReadings reports what a fuzzer made of times and odometers to the real store, one by
// one and in batches, and holds what it keeps against a model: the newest, the whole of it.
func FuzzReadings(f *testing.F) {
	reading := func(at int64, odometer uint16, together byte) []byte {
		return append(binary.LittleEndian.AppendUint16(binary.LittleEndian.AppendUint64(nil, uint64(at)), odometer), together)
	}
	f.Add(append(reading(1000, 5, 0), reading(500, 6, 0)...))
	f.Add(append(reading(0, 5, 0), reading(-1000, 6, 0)...))
	f.Add(append(append(reading(1, 5, 1), reading(3, 9, 1)...), reading(2, 10, 0)...))
	f.Add(append(reading(2_000_000, 5, 0), reading(2_000_001, 4, 0)...))
	cars, err := sqlite.NewCars(f.Context(), filepath.Join(f.TempDir(), "car.db"), endpoint.Event, clock.System{})
	if err != nil {
		f.Fatal(err)
	}
	f.Cleanup(func() { _ = cars.Close() })
	plates := 0
	f.Fuzz(func(t *testing.T, script []byte) {
		now := time.Now().UTC().Truncate(time.Millisecond)
		policy := car.DefaultPolicy()
		plates++
		c := car.New(car.Registration{ID: ids.Random{}.New(), Plate: fmt.Sprint("F ", plates)}, now)
		if _, _, err := cars.Create(t.Context(), c, idem.Key{}); err != nil {
			t.Fatal(err)
		}
		if _, err := cars.Update(t.Context(), c.ID, func(c *car.Car) error { c.Bind(device, now, policy, now); return nil }); err != nil {
			t.Fatal(err)
		}
		var model *car.Reading
		var batch []car.Reading
		report := func() {
			verdicts, err := cars.SaveReadings(t.Context(), batch, judge)
			if err != nil {
				t.Fatal(err)
			}
			for i, r := range batch {
				newer := model == nil || r.At.After(model.At) && r.OdometerM >= model.OdometerM && r.OdometerM-model.OdometerM <= policy.JumpsM
				if newer != (verdicts[i].Err == nil) {
					t.Fatalf("after %+v comes %+v: %v", model, r, verdicts[i].Err)
				}
				if newer {
					model = &r
				}
			}
			batch = nil
			kept, err := cars.Car(t.Context(), c.ID)
			if err != nil {
				t.Fatal(err)
			}
			if (kept.Last == nil) != (model == nil) || model != nil && *kept.Last != *model {
				t.Fatalf("kept %+v, not %+v", kept.Last, model)
			}
		}
		for ; len(script) >= 11; script = script[11:] {
			at := time.UnixMilli(int64(binary.LittleEndian.Uint64(script)) % (1 << 45)).UTC()
			r := car.Reading{CarID: c.ID, DeviceID: device, At: at, ReceivedAt: now, OdometerM: int64(binary.LittleEndian.Uint16(script[8:])),
				Position: geo.Position{Latitude: float64(int8(script[0])) / 2, Longitude: float64(int8(script[1]))}, ChargePercent: float64(script[8]) / 3, Locked: script[9]%2 == 0}
			if r.Check(policy) != nil {
				continue
			}
			if batch = append(batch, r); script[10]%2 == 0 {
				report()
			}
		}
		report()
	})
}
