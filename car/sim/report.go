package sim

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/go-kit/log/level"

	"freecar/car/carapi"
)

const (
	parkedEvery = 30 * time.Second // far below the time after which a silent car is out of the fleet
	batch       = 1000             // readings a call
)

// due says that a reading is worth a report: its status changed, or its time has come.
func (f *Fleet) due(m *member, now reading) bool {
	every := f.config.TelemetryEvery
	if now.locked {
		every = max(every, parkedEvery)
	}
	return !now.sameStatus(m.sent) || now.at.Sub(m.sent.at) >= every
}

// report sends what collect gives for this moment. What could not be sent is given again
// by a later collect: nothing queues up while the platform is away.
func (f *Fleet) report(ctx context.Context, collect func(now time.Time) []reading) {
	f.reports.Lock()
	defer f.reports.Unlock()
	now := f.config.Clock.Now()
	readings := collect(now)
	if len(readings) == 0 || f.noReport.reason(now) != nil {
		return
	}
	for part := range slices.Chunk(readings, batch) {
		if err := f.send(ctx, part); err != nil {
			if ctx.Err() == nil {
				d := f.noReport.failed(now, err)
				level.Warn(f.logger).Log("msg", "reporting failed", "err", err, "again_in", d)
			}
			return
		}
	}
	f.noReport.worked()
}

// dueReadings lets all cars live until now and gives the readings that are due, by car.
func (f *Fleet) dueReadings(now time.Time) []reading {
	f.mu.Lock()
	defer f.mu.Unlock()
	var readings []reading
	for id, m := range f.cars {
		m.advance(now)
		if r := readingOf(id, m.vehicle); r.at.After(m.sent.at) && f.due(m, r) {
			readings = append(readings, r)
		}
	}
	slices.SortFunc(readings, func(a, b reading) int { return strings.Compare(a.carID, b.carID) })
	return readings
}

// reportRoad reports a car that went further than it told.
func (f *Fleet) reportRoad(ctx context.Context, carID string) {
	collect := func(now time.Time) []reading { return f.untold(carID, now) }
	if len(collect(f.config.Clock.Now())) > 0 {
		f.report(ctx, collect)
	}
}

func (f *Fleet) untold(carID string, now time.Time) []reading {
	f.mu.Lock()
	defer f.mu.Unlock()
	m := f.cars[carID]
	if m == nil {
		return nil
	}
	m.advance(now)
	r := readingOf(carID, m.vehicle)
	if r.odometerM <= m.sent.odometerM || !r.at.After(m.sent.at) {
		return nil
	}
	return []reading{r}
}

func (f *Fleet) send(ctx context.Context, readings []reading) error {
	answer, err := call(ctx, f.platform, carapi.Telemetry, fromReadings(readings))
	if err != nil {
		return err
	}
	f.mu.Lock()
	for _, r := range readings {
		if m := f.cars[r.carID]; m != nil {
			m.sent = r
		}
	}
	f.mu.Unlock()
	f.done.readings.Add(int64(answer.Accepted))
	f.done.refused.Add(int64(len(answer.Refused)))
	f.learn(ctx, answer.Refused)
	return nil
}

// learn looks at why readings were refused: another fleet may have driven the cars
// further, or they are no longer ours.
func (f *Fleet) learn(ctx context.Context, refused []carapi.RefusedReading) {
	if len(refused) == 0 {
		return
	}
	codes := map[string]int{}
	for _, r := range refused {
		codes[r.Code]++
	}
	level.Warn(f.logger).Log("msg", "readings were refused", "count", len(refused), "codes", fmt.Sprint(codes))
	if codes["odometer_fell"] > 0 || codes["odometer_jumped"] > 0 || codes["not_bound"] > 0 {
		f.refreshRoster(ctx, rosterAgain)
	}
}
