package opscli

import (
	"fmt"
	"strconv"
	"strings"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"freecar/car/carapi"
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
	detail("CLAIM", func(c carapi.FleetCar) string {
		if c.Claim == nil {
			return ""
		}
		return c.Claim.Kind + " " + c.Claim.ID + " since " + when(c.Claim.At)
	}),
	detail("REGISTERED", func(c carapi.FleetCar) string { return when(c.RegisteredAt) }),
}

var carList = listing[carapi.ListRequest, carapi.FleetCar]{
	use: "list", short: "List the fleet, newest first", items: "cars",
	example: `  freecar ops cars list
  freecar ops cars list --state non_operational
  freecar ops cars list --all --json | jq -r 'select(.charge_percent < 20) | .plate'`,
	route: carapi.List, columns: carColumns,
	flags: func(cmd *cobra.Command, f *pflag.FlagSet, r *carapi.ListRequest) {
		choice(cmd, r, &r.State, "state", "only those in a state")
		f.StringVar(&r.Plate, "plate", "", "only the car with this plate")
	},
}

var carIDs = candidates(carList, nil,
	func(c carapi.FleetCar) string { return c.ID },
	func(c carapi.FleetCar) string { return c.Plate + ", " + c.Model + ", " + c.State })

func (t *tool) cars() *cobra.Command {
	return t.group("cars", "The fleet", "", `  freecar ops cars list --state available
  freecar ops cars create --plate "B FC 1001E" --model "Renault Zoe"`,
		carList.command(t),
		single[carapi.RegisterRequest, carapi.FleetCar]{
			use: "create --plate <plate> --model <model>", short: "Add a car to the fleet",
			long: `Add a car to the fleet. With a position it is there at once; without one it waits until
its device speaks.`,
			example: `  freecar ops cars create --plate "B FC 1001E" --model "Renault Zoe"
  freecar ops cars create --plate "B FC 1002E" --model "VW ID.3" --position 52.52,13.405 --charge 80`,
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
		}.command(t),
	)
}

func asNumber(s string) (float64, error) { return strconv.ParseFloat(s, 64) }

func asPosition(s string) (wire.Position, error) {
	latitude, longitude, found := strings.Cut(s, ",")
	var p wire.Position
	var err error
	if p.Latitude, err = strconv.ParseFloat(strings.TrimSpace(latitude), 64); err == nil && found {
		p.Longitude, err = strconv.ParseFloat(strings.TrimSpace(longitude), 64)
	}
	if err != nil || !found {
		return p, fmt.Errorf("a position is latitude,longitude in degrees: 52.52,13.405 is one")
	}
	return p, nil
}
