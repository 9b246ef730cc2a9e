package opscli

import (
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"freecar/car/carapi"
	"freecar/internal/ids"
	"freecar/internal/kitx"
	"freecar/internal/wire"
)

var carColumns = []column[carapi.FleetCar]{
	col("ID", func(c carapi.FleetCar) string { return c.ID }),
	col("PLATE", func(c carapi.FleetCar) string { return c.Plate }),
	col("MODEL", func(c carapi.FleetCar) string { return c.Model }),
	col("STATE", func(c carapi.FleetCar) string { return c.State }),
	col("LOCK", func(c carapi.FleetCar) string { return c.Lock }),
	figure("CHARGE", func(c carapi.FleetCar) string { return measure(c.ChargePercent, 0, "%") }),
	col("POSITION", func(c carapi.FleetCar) string { return place(c.Position) }),
	col("SEEN", func(c carapi.FleetCar) string { return whenever(c.LastSeenAt) }),
	detail("ODOMETER", func(c carapi.FleetCar) string { return measure(c.OdometerKM, 1, " km") }),
	detail("PLAN", func(c carapi.FleetCar) string { return c.PricingPlanID }),
	detail("DEVICE", func(c carapi.FleetCar) string { return text(c.DeviceID) }),
	detail("CLAIM", func(c carapi.FleetCar) string { return claim(c.Claim) }),
	detail("OUT OF SERVICE", func(c carapi.FleetCar) string { return outage(c.Outage) }),
	detail("REGISTERED", func(c carapi.FleetCar) string { return when(c.RegisteredAt) }),
}

var shownCarColumns = append(columnsOf(carColumns, func(c carapi.ShownCar) carapi.FleetCar { return c.FleetCar }),
	detail("RANGE", func(c carapi.ShownCar) string { return integer(c.RangeKM) + " km" }),
	detail("COMMANDS", func(c carapi.ShownCar) string {
		var all []string
		for _, command := range c.Commands {
			all = append(all, commandLine(command))
		}
		return strings.Join(all, "\n")
	}),
	detail("CHANGED", func(c carapi.ShownCar) string { return when(c.ChangedAt) }),
)

func claim(c *carapi.FleetClaim) string {
	if c == nil {
		return ""
	}
	return c.Kind + " " + c.ID + " since " + when(c.At)
}

func outage(o *carapi.FleetOutage) string {
	switch {
	case o == nil:
		return ""
	case o.Pending:
		return "as soon as it is free: " + o.Reason
	default:
		return "since " + when(o.At) + ": " + o.Reason
	}
}

// commandLine reads "lock, done, by staff, 2026-01-31 12:45:00Z".
func commandLine(c carapi.FleetCommand) string {
	line := fmt.Sprintf("%s, %s, by %s, %s", c.Kind, c.State, c.By, when(c.CreatedAt))
	if c.Reason != "" {
		line += ": " + c.Reason
	}
	return line
}

var carList = listing[carapi.ListRequest, carapi.FleetCar]{
	use: "list", short: "List the fleet, newest first", items: "cars",
	example: `  freecar ops cars list --state non_operational
  freecar ops cars list --max-charge 20 --bbox 13.3,52.4,13.5,52.6
  freecar ops cars list --silent-for 30m
  freecar ops cars list --all --json | jq -r 'select(.claim == null) | .plate'`,
	route: carapi.List, columns: carColumns,
	flags: func(cmd *cobra.Command, f *pflag.FlagSet, r *carapi.ListRequest) {
		choice(cmd, r, &r.State, "state", "only those in a state")
		f.StringVar(&r.Plate, "plate", "", "only the car with this plate")
		f.StringVar(&r.DeviceID, "device", "", "only those that the device with this id speaks for")
		f.StringVar(&r.BBox, "bbox", "", "only those in a box: `west,south,east,north` in degrees")
		given(f, &r.MaxCharge, "max-charge", "only those with at most so many `percent` of charge", asNumber)
		given(f, &r.SilentSince, "silent-for", "only those that have not been heard of for so `long`, 30m say", asPast)
	},
}

func carID(c carapi.FleetCar) string { return c.ID }

var carIDs = candidates(carList, nil, carID,
	func(c carapi.FleetCar) string { return c.Plate + ", " + c.Model + ", " + c.State })

// carNamed takes a car's plate for its id.
func carNamed(i *invocation, name string) (string, error) {
	if ids.Valid(name) {
		return name, nil
	}
	return lookUp(i, carList, carapi.ListRequest{Plate: name}, fmt.Sprintf("car with the plate %q", name), carID)
}

func carState(c carapi.ShownCar) string { return c.State }

func (t *tool) cars() *cobra.Command {
	list := carList.command(t)
	return t.group("cars", "The fleet", "The fleet. A car is called by its id or its plate.",
		`  freecar ops cars list --state available
  freecar ops cars show "B-FC 1001"
  freecar ops cars service "B-FC 1001" --reason "A flat tyre."`,
		list,
		single[carapi.CarRequest, carapi.ShownCar]{
			use: "show <car>", short: "Show a car, and what it was told lately",
			example: `  freecar ops cars show "B-FC 1001"
  freecar ops cars show 01a20612-203f-762b-8929-d9d2a7940edc --json`,
			route: carapi.Show, columns: shownCarColumns,
			of: func(r *carapi.CarRequest) *string { return &r.ID }, named: carNamed, complete: carIDs,
		}.command(t),
		createCar.command(t), changeCar.command(t), takeOut.command(t),
		bulk[carapi.CarRequest, carapi.ShownCar]{
			use: "return <car>...", short: "Put cars back into service", thing: "car", things: "cars",
			example: `  freecar ops cars return "B-FC 1001" "B-FC 1002"`,
			route:   carapi.Return, done: carState, named: carNamed, complete: carIDs,
			id: func(r *carapi.CarRequest) *string { return &r.ID },
		}.command(t),
		bulk[carapi.CarRequest, carapi.ShownCar]{
			use: "retire <car>...", short: "Take cars out of the fleet for good", thing: "car", things: "cars", loses: "retires",
			long: "Take cars out of the fleet for good. Their trips stay in the books.",
			example: `  freecar ops cars retire "B-FC 1001"
  freecar ops cars list --silent-for 720h --json | jq -r .id | freecar ops cars retire - --yes`,
			route: carapi.Retire, done: carState, named: carNamed, complete: carIDs,
			id: func(r *carapi.CarRequest) *string { return &r.ID },
		}.command(t),
		t.carCommand("lock", "Lock cars that no rider has", carapi.Lock),
		t.carCommand("unlock", "Unlock cars that are out of service", carapi.Unlock),
		t.importCars(),
	)
}

var createCar = single[carapi.RegisterRequest, carapi.FleetCar]{
	use: "create --plate <plate> --model <model>", short: "Add a car to the fleet",
	long: `Add a car to the fleet. With a position it is there at once; without one it waits until
its device speaks.`,
	example: `  freecar ops cars create --plate "B-FC 1001" --model "Renault Zoe"
  freecar ops cars create --plate "B-FC 1002" --model "VW ID.3" --position 52.52,13.405 --charge 80`,
	route: carapi.Register, columns: carColumns,
	flags: func(cmd *cobra.Command, f *pflag.FlagSet, r *carapi.RegisterRequest) {
		f.StringVar(&r.Plate, "plate", "", "its number plate")
		f.StringVar(&r.Model, "model", "", "its make and model")
		f.StringVar(&r.PricingPlanID, "plan", "", "the id of its pricing plan (default: the usual one)")
		given(f, &r.Position, "position", "where it is: `latitude,longitude`", asPosition)
		given(f, &r.ChargePercent, "charge", "its charge in `percent` (default 100)", asNumber)
		given(f, &r.OdometerKM, "odometer", "its odometer in `km` (default 0)", asNumber)
		required(cmd, "plate", "model")
	},
}

var changeCar = bulk[carapi.ChangeRequest, carapi.ShownCar]{
	use: "change <car>...", short: "Change plate, model or plan of cars", thing: "car", things: "cars",
	long: "Change plate, model or pricing plan of cars. A trip under way keeps its plan.",
	example: `  freecar ops cars change "B-FC 1001" --plate "B-FC 2001"
  freecar ops cars list --all --json | jq -r 'select(.model == "VW ID.3") | .id' | freecar ops cars change - --plan premium`,
	route: carapi.Change, named: carNamed, complete: carIDs,
	id: func(r *carapi.ChangeRequest) *string { return &r.ID },
	flags: func(cmd *cobra.Command, f *pflag.FlagSet, r *carapi.ChangeRequest) {
		given(f, &r.Plate, "plate", "its new number plate", asText)
		given(f, &r.Model, "model", "its make and model", asText)
		given(f, &r.PricingPlanID, "plan", "the id of its pricing plan", asText)
		cmd.MarkFlagsOneRequired("plate", "model", "plan")
	},
	done: func(c carapi.ShownCar) string {
		return fmt.Sprintf("is %s, %s, plan %s", c.Plate, c.Model, c.PricingPlanID)
	},
}

var takeOut = bulk[carapi.ServiceRequest, carapi.ShownCar]{
	use: "service <car>... --reason <text>", short: "Take cars out of service", thing: "car", things: "cars",
	long: `Take cars out of service, until "freecar ops cars return". One that a rider has is refused,
or with --when-free taken as soon as it is given back.`,
	example: `  freecar ops cars service "B-FC 1001" --reason "A flat tyre."
  freecar ops cars service "B-FC 1001" --reason "New tyres are due." --when-free`,
	route: carapi.TakeOut, named: carNamed, complete: carIDs,
	id: func(r *carapi.ServiceRequest) *string { return &r.ID },
	flags: func(cmd *cobra.Command, f *pflag.FlagSet, r *carapi.ServiceRequest) {
		f.StringVar(&r.Reason, "reason", "", "why")
		f.BoolVar(&r.WhenFree, "when-free", false, "wait for the rider who has it")
		required(cmd, "reason")
	},
	done: func(c carapi.ShownCar) string {
		if c.Outage != nil && c.Outage.Pending {
			return c.State + ", out of service as soon as it is free"
		}
		return c.State
	},
}

func asNumber(s string) (float64, error) {
	x, err := kitx.ParseNumber(s)
	if err != nil {
		return 0, errors.New("a number is 12.5")
	}
	return x, nil
}

func asPosition(s string) (wire.Position, error) {
	latitude, longitude, _ := strings.Cut(s, ",")
	north, errNorth := kitx.ParseNumber(strings.TrimSpace(latitude))
	east, errEast := kitx.ParseNumber(strings.TrimSpace(longitude))
	if errNorth != nil || errEast != nil {
		return wire.Position{}, errors.New("a position is latitude,longitude in degrees: 52.52,13.405 is one")
	}
	return wire.Position{Latitude: north, Longitude: east}, nil
}

// asPast is the moment so long ago.
func asPast(s string) (wire.Time, error) {
	d, err := time.ParseDuration(s)
	return wire.FromTime(time.Now().Add(-d)), err
}
