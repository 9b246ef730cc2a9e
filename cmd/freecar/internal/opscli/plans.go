package opscli

import (
	"fmt"
	"strings"

	"github.com/spf13/cobra"

	"freecar/internal/kitx"
	"freecar/trip/tripapi"
)

var planColumns = []column[tripapi.Plan]{
	col("ID", func(p tripapi.Plan) string { return p.ID }),
	figure("VERSION", func(p tripapi.Plan) string { return integer(p.Version) }),
	col("NAME", func(p tripapi.Plan) string { return p.Name }),
	figure("UNLOCK", func(p tripapi.Plan) string { return amount(p.Unlock) }),
	col("PER MINUTE", func(p tripapi.Plan) string { return rates(p.PerMinute, "min") }),
	figure("PAUSED MINUTE", func(p tripapi.Plan) string { return amount(p.PerPausedMinute) }),
	col("PER KM", func(p tripapi.Plan) string { return rates(p.PerKilometre, "km") }),
	figure("CAP", func(p tripapi.Plan) string { return amount(p.Cap) }),
	figure("HOLD", func(p tripapi.Plan) string { return amount(p.Hold) }),
}

// rates reads "0.30 EUR, from 60 min 0.20 EUR".
func rates(segments []tripapi.Segment, unit string) string {
	var all []string
	for _, s := range segments {
		rate := amount(s.Rate)
		if s.Interval > 1 {
			rate += fmt.Sprintf(" per %d %s", s.Interval, unit)
		}
		if s.Start > 0 {
			rate = fmt.Sprintf("from %d %s %s", s.Start, unit, rate)
		}
		all = append(all, rate)
	}
	return strings.Join(all, ", ")
}

func (t *tool) plans() *cobra.Command {
	return t.group("plans", "Pricing plans", "", "  freecar ops plans list",
		listing[kitx.None, tripapi.Plan]{
			use: "list", short: "List the pricing plans in force", items: "plans",
			example: `  freecar ops plans list
  freecar ops plans list --json | jq '{id, unlock}'`,
			route: tripapi.Plans, columns: planColumns,
		}.command(t),
	)
}
