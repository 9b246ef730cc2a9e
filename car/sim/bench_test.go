package sim

import (
	"fmt"
	"testing"
	"time"

	"freecar/car/carapi"
	"freecar/internal/clock"
	"freecar/internal/wire"
)

// BenchmarkSecond is what 24 driving cars cost in a second of their life, but for the
// calls: four looks for readings that are due.
func BenchmarkSecond(b *testing.B) {
	now := clock.NewManual(noon)
	f, err := New(Config{BaseURL: "http://platform", DeviceID: "d", DeviceSecret: "s", Clock: now})
	if err != nil {
		b.Fatal(err)
	}
	cars := make([]carapi.DeviceCar, 24)
	for i := range cars {
		cars[i] = carapi.DeviceCar{ID: fmt.Sprint(i), Lock: "unlocked", LastReading: &carapi.LastReading{
			Position: wire.FromPosition(centre), ChargePercent: 1e9}}
	}
	f.enrol(cars)
	readings := 0
	for b.Loop() {
		for range 4 {
			now.Advance(passEvery)
			for _, r := range f.dueReadings(now.Now()) {
				f.cars[r.carID].sent = r
				readings++
			}
		}
	}
	if seconds := now.Now().Sub(noon) / time.Second; readings < 24*int(seconds) {
		b.Fatalf("%d readings in %d s", readings, seconds)
	}
}
