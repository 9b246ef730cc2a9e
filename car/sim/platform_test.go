package sim_test

import (
	"cmp"
	"fmt"
	"net/http"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/go-json-experiment/json"

	"freecar/car/carapi"
	"freecar/internal/wire"
)

// fakePlatform is the device routes, as little of them as a fleet needs. Its fields are
// set before the fleet runs; what it saw is asked for with its methods.
type fakePlatform struct {
	secret    string
	expiresIn int // seconds; default 900
	cars      []carapi.DeviceCar
	pageSize  int // of the roster; 0 for one page

	// refuse answers a request instead of the platform; nil or false lets it through.
	refuse func(w http.ResponseWriter, r *http.Request) bool

	mu       sync.Mutex
	tokens   int              // sign-ins so far; the last token is the one that is good
	revoked  bool             // the last token is no longer good
	seen     map[string]int   // requests by path
	readings []carapi.Reading // accepted, in order
	batches  []int
	faults   []string // what no fleet should do
	acks     []ack
	streams  map[*fakeStream]bool
	waiting  []carapi.DeviceCommand // sent at the start of each stream
}

type ack struct {
	carapi.AcknowledgeRequest
	command string
	at      time.Time
}

type fakeStream struct {
	commands chan carapi.DeviceCommand
	drop     chan struct{}
}

func newFakePlatform(cars ...carapi.DeviceCar) *fakePlatform {
	return &fakePlatform{
		secret: "open sesame", cars: cars,
		seen: map[string]int{}, streams: map[*fakeStream]bool{},
	}
}

func (p *fakePlatform) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	p.mu.Lock()
	p.seen[r.URL.Path]++
	refuse := p.refuse
	p.mu.Unlock()
	if refuse != nil && refuse(w, r) {
		return
	}
	if r.URL.Path == "/v1/sessions" {
		p.signIn(w, r)
		return
	}
	if !p.authentic(r) {
		refuseWith(w, http.StatusUnauthorized, "")
		return
	}
	switch path := r.URL.Path; {
	case r.Method == http.MethodGet && path == "/v1/devices/cars":
		answer(w, http.StatusOK, p.listed(r.URL.Query().Get("cursor")))
	case r.Method == http.MethodGet && path == "/v1/devices/commands":
		p.stream(w, r)
	case r.Method == http.MethodPost && path == "/v1/telemetry":
		p.telemetry(w, r)
	case r.Method == http.MethodPost && strings.HasSuffix(path, "/ack"):
		p.acknowledge(w, r)
	default:
		http.NotFound(w, r)
	}
}

func answer(w http.ResponseWriter, status int, body any) {
	b, err := json.Marshal(body)
	if err != nil {
		panic(err)
	}
	w.WriteHeader(status)
	_, _ = w.Write(b)
}

func refuseWith(w http.ResponseWriter, status int, retryAfter string) {
	if retryAfter != "" {
		w.Header().Set("Retry-After", retryAfter)
	}
	answer(w, status, map[string]any{"status": status, "code": "refused"})
}

func (p *fakePlatform) signIn(w http.ResponseWriter, r *http.Request) {
	var credential struct {
		DeviceID     string `json:"device_id"`
		DeviceSecret string `json:"device_secret"`
	}
	if err := json.UnmarshalRead(r.Body, &credential); err != nil || credential.DeviceID != device || credential.DeviceSecret != p.secret {
		refuseWith(w, http.StatusUnauthorized, "")
		return
	}
	p.mu.Lock()
	p.tokens++
	p.revoked = false
	token := fmt.Sprint("token ", p.tokens)
	p.mu.Unlock()
	answer(w, http.StatusCreated, map[string]any{"access_token": token, "refresh_token": "r", "token_type": "Bearer",
		"expires_in": cmp.Or(p.expiresIn, 900), "account": nil})
}

func (p *fakePlatform) authentic(r *http.Request) bool {
	p.mu.Lock()
	defer p.mu.Unlock()
	return !p.revoked && r.Header.Get("Authorization") == fmt.Sprint("Bearer token ", p.tokens)
}

// listed is the page of cars behind the one of that id.
func (p *fakePlatform) listed(cursor string) wire.Page[carapi.DeviceCar] {
	p.mu.Lock()
	defer p.mu.Unlock()
	rest := p.cars[slices.IndexFunc(p.cars, func(c carapi.DeviceCar) bool { return c.ID == cursor })+1:]
	next := ""
	if p.pageSize > 0 && len(rest) > p.pageSize {
		rest = rest[:p.pageSize]
		next = rest[p.pageSize-1].ID
	}
	return wire.NewPage(rest, next, func(c carapi.DeviceCar) carapi.DeviceCar { return c })
}

func (p *fakePlatform) stream(w http.ResponseWriter, r *http.Request) {
	s := &fakeStream{commands: make(chan carapi.DeviceCommand, 100), drop: make(chan struct{})}
	p.mu.Lock()
	p.streams[s] = true
	waiting := p.waiting
	p.mu.Unlock()
	defer func() {
		p.mu.Lock()
		defer p.mu.Unlock()
		delete(p.streams, s)
	}()
	control := http.NewResponseController(w)
	send := func(format string, args ...any) {
		_, _ = fmt.Fprintf(w, format, args...)
		_ = control.Flush()
	}
	event := func(c carapi.DeviceCommand) {
		b, err := json.Marshal(c)
		if err != nil {
			panic(err)
		}
		send("event: command\nid: %s\ndata: %s\n\n", c.ID, b)
	}
	send(": connected\n\n")
	for _, c := range waiting {
		event(c)
	}
	heartbeat := time.NewTicker(10 * time.Second)
	defer heartbeat.Stop()
	for {
		select {
		case <-r.Context().Done():
			return
		case <-s.drop:
			return
		case c := <-s.commands:
			event(c)
		case <-heartbeat.C:
			send(": still here\n\n")
		}
	}
}

// tell sends a command down all open streams.
func (p *fakePlatform) tell(id, car, kind string) {
	p.mu.Lock()
	defer p.mu.Unlock()
	for s := range p.streams {
		s.commands <- carapi.DeviceCommand{ID: id, CarID: car, Kind: kind}
	}
}

// dropStreams ends all open streams.
func (p *fakePlatform) dropStreams() {
	p.mu.Lock()
	defer p.mu.Unlock()
	for s := range p.streams {
		close(s.drop)
	}
	clear(p.streams)
}

// telemetry is as strict as the platform: later times, no falling odometer.
func (p *fakePlatform) telemetry(w http.ResponseWriter, r *http.Request) {
	var request carapi.TelemetryRequest
	if err := json.UnmarshalRead(r.Body, &request, json.RejectUnknownMembers(true)); err != nil {
		refuseWith(w, http.StatusBadRequest, "")
		return
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	p.batches = append(p.batches, len(request.Readings))
	refused := []carapi.RefusedReading{}
	for i, reading := range request.Readings {
		if code := p.judge(reading); code != "" {
			refused = append(refused, carapi.RefusedReading{Index: i, Code: code})
			p.faults = append(p.faults, code)
			continue
		}
		p.readings = append(p.readings, reading)
		p.save(reading)
	}
	answer(w, http.StatusOK, carapi.TelemetryAnswer{Accepted: len(request.Readings) - len(refused), Refused: refused})
}

func (p *fakePlatform) judge(r carapi.Reading) string {
	if r.At == nil || r.Position == nil || !r.Position.ToPosition().Valid() || r.ChargePercent == nil ||
		r.OdometerKM == nil || r.SpeedKMH == nil || r.Locked == nil || r.DoorsOpen == nil {
		return "invalid"
	}
	for _, before := range p.readings {
		if before.CarID == r.CarID && !r.At.After(before.At.Time) {
			return "stale"
		}
	}
	for _, c := range p.cars {
		if c.ID == r.CarID {
			if c.LastReading != nil && *r.OdometerKM < c.LastReading.OdometerKM {
				return "odometer_fell"
			}
			return ""
		}
	}
	return "not_bound"
}

// save is what the next start of a fleet finds.
func (p *fakePlatform) save(r carapi.Reading) {
	for i := range p.cars {
		if p.cars[i].ID == r.CarID {
			p.cars[i].LastReading = &carapi.LastReading{Position: *r.Position, ChargePercent: *r.ChargePercent, OdometerKM: *r.OdometerKM}
		}
	}
}

func (p *fakePlatform) acknowledge(w http.ResponseWriter, r *http.Request) {
	id := strings.TrimSuffix(strings.TrimPrefix(r.URL.Path, "/v1/devices/commands/"), "/ack")
	a := ack{command: id, at: time.Now()}
	if err := json.UnmarshalRead(r.Body, &a.AcknowledgeRequest); err != nil {
		refuseWith(w, http.StatusBadRequest, "")
		return
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	p.acks = append(p.acks, a)
	answer(w, http.StatusOK, carapi.CommandAnswer{ID: id, State: a.Result})
}

// change changes the fake while the fleet runs.
func (p *fakePlatform) change(f func()) {
	p.mu.Lock()
	defer p.mu.Unlock()
	f()
}

func (p *fakePlatform) acksOf(id string) []ack {
	p.mu.Lock()
	defer p.mu.Unlock()
	var found []ack
	for _, a := range p.acks {
		if a.command == id {
			found = append(found, a)
		}
	}
	return found
}

// of lists the accepted readings of a car.
func (p *fakePlatform) of(car string) []carapi.Reading {
	p.mu.Lock()
	defer p.mu.Unlock()
	var found []carapi.Reading
	for _, r := range p.readings {
		if r.CarID == car {
			found = append(found, r)
		}
	}
	return found
}

func (p *fakePlatform) last(car string) carapi.Reading {
	all := p.of(car)
	if len(all) == 0 {
		return carapi.Reading{CarID: "none"}
	}
	return all[len(all)-1]
}

func (p *fakePlatform) requests(path string) int {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.seen[path]
}
