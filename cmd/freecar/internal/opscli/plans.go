package opscli

import (
	"fmt"
	"strings"

	"github.com/go-json-experiment/json"
	"github.com/go-json-experiment/json/jsontext"
	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"freecar/internal/wire"
	"freecar/trip/tripapi"
)

var planColumns = []column[tripapi.StaffPlan]{
	col("ID", func(p tripapi.StaffPlan) string { return p.ID }),
	figure("VERSION", func(p tripapi.StaffPlan) string { return integer(p.Version) }),
	col("NAME", func(p tripapi.StaffPlan) string { return p.Name }),
	figure("UNLOCK", func(p tripapi.StaffPlan) string { return amount(p.Unlock) }),
	col("PER MINUTE", func(p tripapi.StaffPlan) string { return rates(p.PerMinute, "min") }),
	figure("PAUSED", func(p tripapi.StaffPlan) string { return amount(p.PerPausedMinute) }),
	col("PER KM", func(p tripapi.StaffPlan) string { return rates(p.PerKilometre, "km") }),
	figure("CAP", func(p tripapi.StaffPlan) string { return capOf(p.Cap) }),
	figure("HOLD", func(p tripapi.StaffPlan) string { return amount(p.Hold) }),
	col("RETIRED", func(p tripapi.StaffPlan) string { return yesNo(p.Retired) }),
	detail("CREATED", func(p tripapi.StaffPlan) string { return whenever(p.CreatedAt) }),
	detail("FREE FOR", func(p tripapi.StaffPlan) string { return integer(p.GraceSeconds) + " s without moving" }),
}

// capOf is what a trip costs at most; an amount of 0 is no cap.
func capOf(m wire.Money) string {
	if m.Amount == 0 {
		return ""
	}
	return amount(m)
}

// rates reads "0.30 EUR, from 60 min 0.20 EUR".
func rates(segments []tripapi.Segment, unit string) string {
	var all []string
	for _, s := range segments {
		rate := amount(s.Rate)
		switch {
		case s.Interval == 0:
			rate += " once"
		case s.Interval > 1:
			rate += fmt.Sprintf(" per %d %s", s.Interval, unit)
		}
		if s.Start > 0 {
			rate = fmt.Sprintf("from %d %s %s", s.Start, unit, rate)
		}
		all = append(all, rate)
	}
	return strings.Join(all, ", ")
}

var planList = listing[tripapi.ListPlansRequest, tripapi.StaffPlan]{
	use: "list", short: "List pricing plans", items: "plans",
	long: "List the latest version of each pricing plan, or all versions of one, the latest first.",
	example: `  freecar ops plans list
  freecar ops plans list --versions-of standard`,
	route: tripapi.ListPlans, columns: planColumns,
	flags: func(_ *cobra.Command, f *pflag.FlagSet, r *tripapi.ListPlansRequest) {
		f.StringVar(&r.ID, "versions-of", "", "all versions of the plan with this id")
	},
}

var planIDs = candidates(planList, nil,
	func(p tripapi.StaffPlan) string { return p.ID },
	func(p tripapi.StaffPlan) string { return fmt.Sprintf("%s, version %d", p.Name, p.Version) })

func (t *tool) plans() *cobra.Command {
	return t.group("plans", "Pricing plans",
		`Pricing plans. Each change makes a new version; trips keep the one that they began with.
To change a plan, save it, edit the file and put it back.`,
		`  freecar ops plans show standard --json > standard.json
  freecar ops plans put standard.json`,
		planList.command(t), t.showPlan(), t.putPlan(),
		bulk[tripapi.PlanRequest, tripapi.StaffPlan]{
			use: "retire <plan-id>...", short: "Offer plans no more", thing: "plan", things: "plans", loses: "retires",
			long:    "Offer plans no more. Trips that began with one end with it.",
			example: `  freecar ops plans retire summer-2026`,
			route:   tripapi.RetirePlan, complete: planIDs,
			id:   func(r *tripapi.PlanRequest) *string { return &r.ID },
			done: func(p tripapi.StaffPlan) string { return fmt.Sprintf("retired: %s", yesNo(p.Retired)) },
		}.command(t),
	)
}

func (t *tool) showPlan() *cobra.Command {
	cmd := &cobra.Command{
		Use: "show <plan-id>", Short: "Show the latest version of a plan",
		Example: `  freecar ops plans show standard
  freecar ops plans show standard --json > standard.json`,
		ValidArgsFunction: t.completing(planIDs, 1),
	}
	return t.leaf(cmd, one, func(i *invocation, args []string) error {
		plan, raw, err := i.latestPlan(args[0])
		if err == nil && plan == nil {
			return fmt.Errorf("there is no plan %q", args[0])
		}
		if err != nil {
			return err
		}
		return show(i, planColumns, *plan, raw)
	})
}

// latestPlan is the last version of a plan; nil when there is none.
func (i *invocation) latestPlan(id string) (*tripapi.StaffPlan, jsontext.Value, error) {
	return planList.find(i, tripapi.ListPlansRequest{ID: id}, func(p tripapi.StaffPlan) bool { return p.ID == id })
}

func (t *tool) putPlan() *cobra.Command {
	cmd := &cobra.Command{
		Use: "put <file>", Short: "Publish a plan, or the next version of one, from a JSON file",
		Long: `Publish a plan, or the next version of one, from a JSON file; - is stdin. What would change
is shown first. A file that says which version it was made from is refused when somebody
else has changed the plan since; one without a version replaces whatever is there.`,
		Example: `  freecar ops plans put standard.json
  jq '.unlock.amount = 150' standard.json | freecar ops plans put - --yes`,
		ValidArgsFunction: jsonFiles,
	}
	var key string
	cmd.Flags().StringVar(&key, "idempotency-key", "", keyUsage)
	return t.leaf(cmd, one, func(i *invocation, args []string) error {
		raw, err := i.document(args[0])
		if err != nil {
			return err
		}
		var plan tripapi.PublishPlanRequest
		if err := strictly(raw, &plan, "retired", "created_at"); err != nil {
			return fmt.Errorf("%s is no plan: %w", fileName(args[0]), err)
		}
		plan.IdempotencyKey = key
		_, now, err := i.latestPlan(plan.ID)
		if err != nil {
			return err
		}
		wanted, err := json.Marshal(plan)
		if err != nil {
			return err
		}
		changes, err := differences(now, wanted, "version", "retired", "created_at")
		if err != nil {
			return err
		}
		if yes, err := i.agreed("plan "+plan.ID, changes); err != nil || !yes {
			return err
		}
		made, answer, err := ask(i, tripapi.PublishPlan, plan)
		if err != nil {
			return err
		}
		return show(i, planColumns, made, answer)
	})
}
