package userd_test

import (
	"bytes"
	"context"
	"net/http"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/go-json-experiment/json"
	"go.uber.org/goleak"

	"freecar/internal/auth"
	"freecar/internal/auth/assertion"
	"freecar/internal/auth/keys"
	"freecar/internal/clock"
	"freecar/internal/events"
	"freecar/internal/ids"
	"freecar/internal/inproc"
	"freecar/internal/kitx"
	"freecar/internal/obs"

	"freecar/user/userapi"
	"freecar/user/userd"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

var noon = time.Date(2030, 5, 1, 12, 0, 0, 0, time.UTC)

// house is a running service with a door for everybody.
type house struct {
	*userd.Service
	clock  *clock.Manual
	keys   keys.Set
	mint   *assertion.Authority
	events *recorder
	// letters is what nobody on the bus could handle.
	letters *letters
	// shown is what operators see.
	shown *obs.Platform
}

// recorder is a bus that remembers.
type recorder struct {
	mu   sync.Mutex
	seen []events.Event
	news chan struct{}
	// consumed is what the audit consumes, handle what it does with it.
	consumed []string
	handle   events.Handler
}

func (r *recorder) Publish(_ context.Context, batch []events.Event) error {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.seen = append(r.seen, batch...)
	select {
	case r.news <- struct{}{}:
	default:
	}
	return nil
}

// The rest of the bus: nobody else is on it.
func (r *recorder) Broadcast(context.Context, []events.Event) error { return nil }
func (r *recorder) Declare(context.Context, string, []string) error { return nil }
func (r *recorder) Feed(ctx context.Context, _ []string, _, _ func(), _ func(events.Event)) error {
	<-ctx.Done()
	return nil
}
func (r *recorder) Consume(ctx context.Context, _ string, types []string, handle events.Handler) error {
	if slices.Contains(types, events.ByStaff) {
		r.mu.Lock()
		r.consumed, r.handle = types, handle
		r.mu.Unlock()
	}
	<-ctx.Done()
	return nil
}

func (r *recorder) types() (types []string) {
	r.mu.Lock()
	defer r.mu.Unlock()
	for _, e := range r.seen {
		types = append(types, e.Type)
	}
	return types
}

func openHouse(t *testing.T, dir string) *house {
	t.Helper()
	set, err := keys.LoadOrCreate(filepath.Join(dir, "keys.json"))
	if err != nil {
		t.Fatal(err)
	}
	h := &house{clock: clock.NewManual(noon), keys: set, events: &recorder{news: make(chan struct{}, 1)}, letters: &letters{}, shown: obs.Discard()}
	h.mint = assertion.NewAuthority(set.Assertion, h.clock)
	h.Service, err = userd.New(t.Context(), userd.Config{
		Path:      filepath.Join(dir, "user.db"),
		Obs:       h.shown.For(userapi.Name),
		Clock:     h.clock,
		IDs:       ids.Random{},
		Bus:       h.events,
		Authority: h.mint,

		DeadLetters: h.letters,
		Keys:        set.Signing,
		SealKey:     set.Sealing,
	})
	if err != nil {
		t.Fatal(err)
	}
	return h
}

func newHouse(t *testing.T) *house {
	t.Helper()
	h := openHouse(t, t.TempDir())
	t.Cleanup(func() { h.close(t) })
	return h
}

func (h *house) close(t *testing.T) {
	t.Helper()
	if err := h.Close(); err != nil {
		t.Error(err)
	}
}

// door is how one principal comes in.
type door struct {
	house *house
	who   auth.Principal
	via   string // the service that asks for them
	key   string // idempotency key
	last  http.Header
}

func (h *house) as(account string, roles auth.Roles) *door {
	return &door{house: h, who: auth.Principal{Subject: account, Session: "s", Roles: roles}, via: "gateway"}
}

func (h *house) stranger() *door { return &door{house: h, via: "gateway"} }

// trip is the trip service, acting for an account.
func (h *house) trip(account string) *door {
	return &door{house: h, who: auth.Principal{Subject: account, Roles: auth.Rider}, via: "trip"}
}

// Do makes a door a kitx.Peer.
func (d *door) Do(_ context.Context, _ kitx.Spec, r *http.Request) (*http.Response, error) {
	text, err := d.house.mint.Mint(d.who, d.via, userapi.Name, "r-1")
	if err != nil {
		return nil, err
	}
	r.Header.Set(kitx.AssertionHeader, text)
	if d.key != "" {
		r.Header.Set(kitx.KeyHeader, d.key)
	}
	network := inproc.NewNetwork()
	network.Listen("user", d.house.Handler())
	r.URL.Scheme, r.URL.Host = "http", "user"
	resp, err := network.RoundTrip(r)
	if err == nil {
		d.last = resp.Header
	}
	return resp, err
}

// answer is what came back.
type answer struct {
	Status int
	Code   string `json:"code"`
	Errors []struct {
		Field string `json:"field"`
		Code  string `json:"code"`
	} `json:"errors"`
}

// bad is the first field that is wrong, with its code.
func (a answer) bad() string {
	if len(a.Errors) == 0 {
		return ""
	}
	return a.Errors[0].Field + " " + a.Errors[0].Code
}

// send sends a request as it would come over the wire.
func (d *door) send(t *testing.T, method, path, body string) answer {
	t.Helper()
	r, err := http.NewRequestWithContext(t.Context(), method, path, strings.NewReader(body))
	if err != nil {
		t.Fatal(err)
	}
	resp, err := d.Do(t.Context(), kitx.Spec{}, r)
	if err != nil {
		t.Fatal(err)
	}
	var raw bytes.Buffer
	if _, err := raw.ReadFrom(resp.Body); err != nil {
		t.Fatal(err)
	}
	a := answer{Status: resp.StatusCode}
	if resp.StatusCode >= 400 {
		if err := json.Unmarshal(raw.Bytes(), &a); err != nil {
			t.Errorf("%s %s: %v in %s", method, path, err, raw.Bytes())
		}
	}
	return a
}

// must fails the test on an error of a call.
func must[T any](t *testing.T) func(T, error) T {
	t.Helper()
	return func(v T, err error) T {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
		return v
	}
}
