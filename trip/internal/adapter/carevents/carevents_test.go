package carevents_test

import (
	"context"
	"testing"
	"time"

	"github.com/go-json-experiment/json"

	"freecar/car/carapi"
	"freecar/internal/events"
	"freecar/internal/wire"
	"freecar/trip/internal/adapter/carevents"
)

// bus hands one event to whoever consumes.
type bus struct {
	events.Bus
	event events.Event
}

func (b bus) Consume(ctx context.Context, _ string, _ []string, handle events.Handler) error {
	return handle(ctx, b.event)
}

// told is what the trips heard.
type told struct {
	unlocked time.Time
	heard    string
}

func (t *told) Advance(_ context.Context, id string) error {
	t.heard = "advance " + id
	return nil
}

func (t *told) Unlocked(_ context.Context, id string, at time.Time) error {
	t.heard, t.unlocked = "unlocked "+id, at
	return nil
}

func TestConsume(t *testing.T) {
	noon := wire.FromTime(time.Date(2026, 1, 31, 12, 0, 0, 0, time.UTC))
	command := func(claim, step, state string) *carapi.CarCommand {
		return &carapi.CarCommand{ClaimID: claim, Step: step, State: state, SettledAt: &noon}
	}
	claim := func(kind string) *carapi.CarClaim { return &carapi.CarClaim{Kind: kind, ID: "t", AccountID: "1"} }
	for name, c := range map[string]struct {
		car  carapi.CarEvent
		want string
	}{
		"the unlock of a start is all that its trip needs": {carapi.CarEvent{CarState: carapi.CarState{Claim: claim("trip")}, Command: command("t", "unlocking", "done")}, "unlocked t"},
		"one that failed is looked at":                     {carapi.CarEvent{CarState: carapi.CarState{Claim: claim("trip")}, Command: command("t", "unlocking", "failed")}, "advance t"},
		"that of a pause is looked at":                     {carapi.CarEvent{CarState: carapi.CarState{Claim: claim("trip")}, Command: command("t", "resuming-1", "done")}, "advance t"},
		"somebody else's is looked at":                     {carapi.CarEvent{CarState: carapi.CarState{Claim: claim("trip")}, Command: command("before", "unlocking", "done")}, "advance t"},
		"no command is looked at":                          {carapi.CarEvent{CarState: carapi.CarState{Claim: claim("trip")}}, "advance t"},
		"a reservation has nothing to go on with":          {carapi.CarEvent{CarState: carapi.CarState{Claim: claim("reservation")}, Command: command("t", "unlocking", "done")}, ""},
		"nor has a car that nobody has":                    {carapi.CarEvent{Command: command("t", "unlocking", "done")}, ""},
	} {
		t.Run(name, func(t *testing.T) {
			data, err := json.Marshal(c.car)
			if err != nil {
				t.Fatal(err)
			}
			var got told
			if err := carevents.Consume(t.Context(), bus{event: events.Event{Data: data}}, "trip", &got); err != nil || got.heard != c.want {
				t.Errorf("got %q, %v, want %q", got.heard, err, c.want)
			}
			if c.want == "unlocked t" && !got.unlocked.Equal(noon.Time) {
				t.Errorf("unlocked at %v", got.unlocked)
			}
		})
	}
}
