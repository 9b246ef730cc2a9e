package main

import (
	"bufio"
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"sync"
	"time"

	"freecar/car/carapi"
)

// answeringCars do what they are told at once, and never lose patience: unlike the
// simulated fleet they leave the platform no time to come back.
type answeringCars struct {
	company *doomed
	app     app
	ids     []string
	cancel  context.CancelFunc
	loops   sync.WaitGroup

	mu   sync.Mutex
	cars map[string]*answeringCar
}

type answeringCar struct {
	locked, silent bool
	km, kmh        float64
	busy           bool // a rider of the test has it
}

// answerFor registers cars with a device, and answers for them.
func (c *doomed) answerFor(n int) *answeringCars {
	c.t.Helper()
	f := &answeringCars{company: c, cars: map[string]*answeringCar{}}
	for i := range n {
		id := c.staff.ask(http.MethodPost, "/v1/ops/cars", m{"plate": fmt.Sprintf("B-CR %d", 1000+i), "model": "Cupra Born",
			"position": m{"latitude": 52.52, "longitude": 13.405 + float64(i)/1000}, "charge_percent": 80, "odometer_km": 100},
			fmt.Sprintf("car-%d", i), http.StatusCreated).text(c.t, "id")
		f.ids = append(f.ids, id)
		f.cars[id] = &answeringCar{locked: true, km: 100}
	}
	device := c.staff.ask(http.MethodPost, "/v1/ops/devices", m{"name": "answering cars", "car_ids": f.ids}, "", http.StatusCreated)
	credentials := m{"device_id": device.text(c.t, "id"), "device_secret": device.text(c.t, "secret")}
	f.app = app{doomed: c}.signsIn(credentials)
	f.app.get("/v1/devices/cars", func(a answer) bool { items, _ := a.body["items"].([]any); return len(items) == n })
	for _, id := range f.ids {
		f.change(id, func(*answeringCar) {})
	}
	ctx, cancel := context.WithCancel(context.Background())
	f.cancel = cancel
	f.loops.Go(func() { f.again(ctx, 30*time.Millisecond, f.listen) })
	f.loops.Go(func() { f.again(ctx, 500*time.Millisecond, func(ctx context.Context) { f.report(ctx) }) })
	return f
}

func (f *answeringCars) stop() { f.cancel(); f.loops.Wait() }

func (f *answeringCars) again(ctx context.Context, pause time.Duration, do func(context.Context)) {
	for ctx.Err() == nil {
		do(ctx)
		select {
		case <-ctx.Done():
		case <-time.After(pause): // as a car's own clock has it
		}
	}
}

// report sends a reading of each car, and gives the cars whose readings were taken.
func (f *answeringCars) report(ctx context.Context) (taken map[string]bool) {
	f.mu.Lock()
	var readings []m
	for i, id := range f.ids {
		car := f.cars[id]
		readings = append(readings, m{"car_id": id, "at": time.Now().UTC().Format(time.RFC3339Nano), "position": m{"latitude": 52.52, "longitude": 13.405 + float64(i)/1000},
			"charge_percent": 80, "odometer_km": car.km, "speed_kmh": car.kmh, "locked": car.locked, "doors_open": false})
	}
	f.mu.Unlock()
	var got carapi.TelemetryAnswer
	if !f.post(ctx, "/v1/telemetry", m{"readings": readings}, &got) {
		return nil
	}
	taken = map[string]bool{}
	for _, id := range f.ids {
		taken[id] = true
	}
	for _, refused := range got.Refused {
		taken[f.ids[refused.Index]] = false
	}
	return taken
}

// post says whether it was done, and decodes the answer unless into is nil.
func (f *answeringCars) post(ctx context.Context, path string, body, into any) bool {
	raw, _ := json.Marshal(body)
	c := f.app.client()
	r, err := http.NewRequestWithContext(ctx, http.MethodPost, c.base+path, bytes.NewReader(raw))
	if err != nil {
		return false
	}
	r.Header.Set("Content-Type", "application/json")
	r.Header.Set("Authorization", "Bearer "+c.token)
	resp, err := c.http.Do(r)
	if err != nil {
		return false
	}
	defer resp.Body.Close()
	return resp.StatusCode == http.StatusOK && (into == nil || json.NewDecoder(resp.Body).Decode(into) == nil)
}

// listen follows the commands until the stream ends.
func (f *answeringCars) listen(ctx context.Context) {
	c := f.app.client()
	r, err := http.NewRequestWithContext(ctx, http.MethodGet, c.base+"/v1/devices/commands", nil)
	if err != nil {
		return
	}
	r.Header.Set("Authorization", "Bearer "+c.token)
	endless := *c.http
	endless.Timeout = 0
	resp, err := endless.Do(r)
	if err != nil {
		return
	}
	defer resp.Body.Close()
	lines := bufio.NewScanner(resp.Body)
	for lines.Scan() {
		data, is := bytes.CutPrefix(lines.Bytes(), []byte("data:"))
		var command carapi.DeviceCommand
		if is && json.Unmarshal(data, &command) == nil && command.ID != "" {
			f.obey(ctx, command)
		}
	}
}

// obey does what a command says; what cannot be acknowledged comes again on the next stream.
func (f *answeringCars) obey(ctx context.Context, command carapi.DeviceCommand) {
	f.mu.Lock()
	car := f.cars[command.CarID]
	if car == nil || car.silent {
		f.mu.Unlock()
		return
	}
	switch command.Kind {
	case "lock":
		car.locked = true
	case "unlock":
		car.locked = false
	} // that it is asked to stop is advice, which its driver does not take
	f.mu.Unlock()
	f.post(ctx, "/v1/devices/commands/"+command.ID+"/ack", m{"result": "done"}, nil)
}

// change changes what a car does, and has the platform know of it: a reading that its death
// swallowed, or that it refuses (no car drives so far so soon), is followed by another.
func (f *answeringCars) change(id string, change func(*answeringCar)) {
	f.mu.Lock()
	change(f.cars[id])
	f.mu.Unlock()
	f.company.until("the car's reading is taken", func() bool {
		ctx, cancel := context.WithTimeout(context.Background(), 5*time.Second)
		defer cancel()
		return f.report(ctx)[id]
	})
}

// take finds a car for a rider; give gives it back.
func (f *answeringCars) take() string {
	f.mu.Lock()
	defer f.mu.Unlock()
	for _, id := range f.ids {
		if car := f.cars[id]; !car.busy {
			car.busy, car.silent, car.kmh = true, false, 0
			return id
		}
	}
	f.company.t.Error("all cars are taken")
	return f.ids[0]
}

func (f *answeringCars) give(id string) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.cars[id].busy, f.cars[id].silent, f.cars[id].kmh = false, false, 0
}
