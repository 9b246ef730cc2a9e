package opscli

import (
	"fmt"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"freecar/internal/wire"
	"freecar/trip/tripapi"
	"freecar/user/userapi"
)

var tripColumns = []column[tripapi.OpsTrip]{
	col("ID", func(t tripapi.OpsTrip) string { return t.ID }),
	col("STATE", func(t tripapi.OpsTrip) string { return t.State }),
	col("ACCOUNT", func(t tripapi.OpsTrip) string { return t.AccountID }),
	col("PLATE", func(t tripapi.OpsTrip) string { return t.Plate }),
	col("STARTED", func(t tripapi.OpsTrip) string { return whenever(t.StartedAt) }),
	col("ENDED", func(t tripapi.OpsTrip) string { return whenever(t.EndedAt) }),
	figure("DISTANCE", func(t tripapi.OpsTrip) string { return kilometres(t.DistanceM) }),
	figure("FARE", func(t tripapi.OpsTrip) string { return amount(t.Fare.Total) }),
	detail("CAR", func(t tripapi.OpsTrip) string { return t.CarID }),
	detail("MODEL", func(t tripapi.OpsTrip) string { return t.Model }),
	detail("CREATED", func(t tripapi.OpsTrip) string { return when(t.CreatedAt) }),
	detail("PLAN", func(t tripapi.OpsTrip) string {
		return fmt.Sprintf("%s, version %d", t.Fare.PlanID, t.Fare.PlanVersion)
	}),
	detail("FOR", func(t tripapi.OpsTrip) string { return fareLines(t.Fare) }),
	detail("REASON", func(t tripapi.OpsTrip) string { return text(t.Reason) }),
	detail("ENDED BY", func(t tripapi.OpsTrip) string { return text(t.EndedBy) }),
	detail("NOTE", func(t tripapi.OpsTrip) string { return text(t.EndNote) }),
}

func kilometres(m int64) string { return fmt.Sprintf("%d.%01d km", m/1000, m%1000/100) }

func fareLines(f tripapi.Fare) string {
	all := ""
	for n, line := range f.Lines {
		if n > 0 {
			all += "\n"
		}
		all += fmt.Sprintf("%10s  %s", amount(line.Amount), line.Text)
	}
	return all
}

var tripList = listing[tripapi.OpsListRequest, tripapi.OpsTrip]{
	use: "list", short: "List trips, newest first", items: "trips",
	example: `  freecar ops trips list --state in_progress
  freecar ops trips list --account ada@example.com
  freecar ops trips list --car "B-FC 1001" --limit 5
  freecar ops trips list --all --json | jq -s 'map(.fare.total.amount) | add'`,
	route: tripapi.OpsList, columns: tripColumns,
	flags: func(cmd *cobra.Command, f *pflag.FlagSet, r *tripapi.OpsListRequest) {
		choice(cmd, r, &r.State, "state", "only those in a state")
		f.StringVar(&r.AccountID, "account", "", "only those of the `account`: its id or address")
		f.StringVar(&r.CarID, "car", "", "only those with the `car`: its id or plate")
		f.BoolVar(&r.Stuck, "stuck", false, "only those that have not got on for a minute though it was their turn")
	},
	prepare: func(i *invocation, r *tripapi.OpsListRequest) (err error) {
		if r.AccountID, err = accountNamed(i, r.AccountID); err != nil || r.CarID == "" {
			return err
		}
		r.CarID, err = carNamed(i, r.CarID)
		return err
	},
}

var tripIDs = candidates(tripList, nil,
	func(t tripapi.OpsTrip) string { return t.ID },
	func(t tripapi.OpsTrip) string { return t.State + ", " + t.Plate + ", " + when(t.CreatedAt) })

var liveTrips = candidates(tripList,
	func(r *tripapi.OpsListRequest) { r.State = "in_progress" },
	func(t tripapi.OpsTrip) string { return t.ID },
	func(t tripapi.OpsTrip) string { return t.Plate + ", account " + t.AccountID + ", " + when(t.CreatedAt) })

func (t *tool) trips() *cobra.Command {
	list := tripList.command(t)
	completeFlag(t, list, "account", accountIDs)
	completeFlag(t, list, "car", carIDs)
	return t.group("trips", "Riders' trips", "", `  freecar ops trips list --state in_progress
  freecar ops trips end 01a20612-203f-762b-8929-d9d2a7940edc --reason "The rider lost the phone."`,
		list,
		single[tripapi.TripRequest, tripapi.OpsTrip]{
			use: "show <trip-id>", short: "Show a trip",
			example: `  freecar ops trips show 01a20612-203f-762b-8929-d9d2a7940edc`,
			route:   tripapi.OpsGet, columns: tripColumns,
			of: func(r *tripapi.TripRequest) *string { return &r.ID }, complete: tripIDs,
		}.command(t),
		bulk[tripapi.OpsEndRequest, tripapi.OpsTrip]{
			use: "end <trip-id>... --reason <text>", short: "End trips for riders",
			thing: "trip", things: "trips", loses: "ends",
			long: `End trips wherever their cars stand, at the fare of now. With --without-lock a trip ends at
once though its car does not answer; the car goes out of service then.`,
			example: `  freecar ops trips end 01a20612-203f-762b-8929-d9d2a7940edc --reason "The rider lost the phone."
  freecar ops trips end 01a20612-203f-762b-8929-d9d2a7940edc --reason "The car is on a tow truck." --without-lock --yes`,
			route: tripapi.OpsEnd, complete: liveTrips,
			id: func(r *tripapi.OpsEndRequest) *string { return &r.ID },
			flags: func(cmd *cobra.Command, f *pflag.FlagSet, r *tripapi.OpsEndRequest) {
				f.StringVar(&r.Reason, "reason", "", "why")
				f.BoolVar(&r.WithoutLock, "without-lock", false, "do not wait for the car to lock")
				required(cmd, "reason")
			},
			done: func(t tripapi.OpsTrip) string { return t.State },
		}.command(t),
		t.refund(),
		t.writeOff(),
	)
}

var stuckTrips = candidates(tripList,
	func(r *tripapi.OpsListRequest) { r.Stuck = true },
	func(t tripapi.OpsTrip) string { return t.ID },
	func(t tripapi.OpsTrip) string { return t.State + ", " + t.Plate + ", account " + t.AccountID })

func (t *tool) writeOff() *cobra.Command {
	return bulk[tripapi.OpsWriteOffRequest, tripapi.OpsTrip]{
		use: "write-off <trip-id>... --reason <text>", short: "End stuck trips without their fares",
		thing: "trip", things: "trips", loses: "writes off",
		long: `End trips that are ending and whose fares cannot be paid, since the wallet refuses them again
and again: its store was restored from an older copy, say. What is held for them is given back,
their cars are free, and their riders can rent again. "trips list --stuck" shows them.`,
		example: `  freecar ops trips write-off 01a20612-203f-762b-8929-d9d2a7940edc --reason "The ledger was restored from a copy."`,
		route:   tripapi.OpsWriteOff, complete: stuckTrips,
		id: func(r *tripapi.OpsWriteOffRequest) *string { return &r.ID },
		flags: func(cmd *cobra.Command, f *pflag.FlagSet, r *tripapi.OpsWriteOffRequest) {
			f.StringVar(&r.Reason, "reason", "", "why")
			required(cmd, "reason")
		},
		done: func(t tripapi.OpsTrip) string { return t.State },
	}.command(t)
}

func (t *tool) refund() *cobra.Command {
	var back *wire.Money
	return single[userapi.RefundRequest, userapi.OpsEntry]{
		use: "refund <trip-id> --reason <text>", short: "Give back what a trip cost, or a part",
		long: `Give back what a trip cost, or a part of it with --amount. All refunds of a trip together
are at most what it was charged.`,
		example: `  freecar ops trips refund 01a20612-203f-762b-8929-d9d2a7940edc --reason "The car broke down."
  freecar ops trips refund 01a20612-203f-762b-8929-d9d2a7940edc --amount 3.50 --reason "A detour." --yes`,
		route: userapi.Refund, columns: entryColumns,
		of: func(r *userapi.RefundRequest) *string { return &r.ID }, complete: tripIDs,
		flags: func(cmd *cobra.Command, f *pflag.FlagSet, r *userapi.RefundRequest) {
			given(f, &back, "amount", "how much, 3.50 say (default: all that is left)", asMoney)
			f.StringVar(&r.Reason, "reason", "", "why, for the books")
			required(cmd, "reason")
		},
		prepare: func(i *invocation, r *userapi.RefundRequest) error {
			r.Amount = back
			what := "all that is left of the fare"
			if back != nil {
				what = amount(*back)
			}
			return i.confirm("This gives back %s of trip %s.", what, r.ID)
		},
	}.command(t)
}
