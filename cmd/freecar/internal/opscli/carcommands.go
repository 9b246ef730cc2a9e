package opscli

import (
	"cmp"
	"fmt"
	"time"

	"github.com/go-json-experiment/json"
	"github.com/go-json-experiment/json/jsontext"
	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"freecar/car/carapi"
	"freecar/internal/kitx"
)

// carCommand tells cars to lock or to unlock, and may wait for what becomes of it.
func (t *tool) carCommand(what, short string, route *kitx.Route[carapi.StaffCommandRequest, carapi.FleetCommand]) *cobra.Command {
	var wait bool
	return bulk[carapi.StaffCommandRequest, carapi.FleetCommand]{
		use: what + " <car>...", short: short, thing: "car", things: "cars",
		long: short + `. A car takes the command when it is reached; --wait says what became of
it, and fails when the car refuses or cannot be reached.`,
		example: fmt.Sprintf("  freecar ops cars %s \"B-FC 1001\" --wait", what),
		route:   route, named: carNamed, complete: carIDs,
		id: func(r *carapi.StaffCommandRequest) *string { return &r.ID },
		flags: func(_ *cobra.Command, f *pflag.FlagSet, _ *carapi.StaffCommandRequest) {
			f.BoolVar(&wait, "wait", false, "wait for the car")
		},
		follow: func(i *invocation, r carapi.StaffCommandRequest, c carapi.FleetCommand, raw jsontext.Value) (carapi.FleetCommand, jsontext.Value, error) {
			if !wait {
				return c, raw, nil
			}
			return i.settled(r.ID, c, raw)
		},
		done: func(c carapi.FleetCommand) string { return what + ": " + c.State },
	}.command(t)
}

const lookEvery = 300 * time.Millisecond

// settled waits until a command is.
func (i *invocation) settled(car string, c carapi.FleetCommand, raw jsontext.Value) (carapi.FleetCommand, jsontext.Value, error) {
	for c.SettledAt == nil {
		i.progress.note("waiting for the car to %s", c.Kind)
		select {
		case <-i.ctx.Done():
			return c, raw, errInterrupted
		case <-time.After(lookEvery):
		}
		_, shown, err := ask(i, carapi.Show, carapi.CarRequest{ID: car})
		if err == nil {
			c, raw, err = commandOf(shown, c.ID)
		}
		if err != nil {
			return c, raw, err
		}
	}
	if c.State != "done" {
		return c, raw, fmt.Errorf("%s: %s", c.State, cmp.Or(c.Reason, "the car gave no reason"))
	}
	return c, raw, nil
}

// commandOf finds a command in what is shown of its car.
func commandOf(car jsontext.Value, id string) (c carapi.FleetCommand, raw jsontext.Value, err error) {
	var shown struct {
		Commands []jsontext.Value `json:"commands"`
	}
	if err := json.Unmarshal(car, &shown); err != nil {
		return c, nil, err
	}
	for _, raw := range shown.Commands {
		if err := json.Unmarshal(raw, &c); err != nil || c.ID == id {
			return c, raw, err
		}
	}
	return c, nil, fmt.Errorf("the car shows the command %s no longer", id)
}
