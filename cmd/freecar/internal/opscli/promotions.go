package opscli

import (
	"errors"
	"strconv"
	"strings"
	"time"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"freecar/internal/wire"
	"freecar/trip/tripapi"
)

var promotionColumns = []column[tripapi.Promotion]{
	col("ID", func(p tripapi.Promotion) string { return p.ID }),
	col("CODE", func(p tripapi.Promotion) string { return p.Code }),
	figure("OFF", func(p tripapi.Promotion) string { return discount(p) }),
	col("FROM", func(p tripapi.Promotion) string { return when(p.ValidFrom) }),
	col("UNTIL", func(p tripapi.Promotion) string { return whenever(p.ValidUntil) }),
	figure("REDEEMED", func(p tripapi.Promotion) string { return integer(p.Redeemed) }),
	figure("OF", func(p tripapi.Promotion) string { return number(p.TotalLimit) }),
	col("ENDED", func(p tripapi.Promotion) string { return whenever(p.EndedAt) }),
	detail("EACH RIDER", func(p tripapi.Promotion) string { return integer(p.AccountLimit) }),
	detail("FIRST TRIP ONLY", func(p tripapi.Promotion) string { return yesNo(p.FirstTripOnly) }),
	detail("LEAVES AT LEAST", func(p tripapi.Promotion) string { return amountIf(p.MinimumFare) }),
	detail("CREATED", func(p tripapi.Promotion) string { return when(p.CreatedAt) }),
}

func discount(p tripapi.Promotion) string {
	if p.PercentOff != nil {
		return number(p.PercentOff) + "%"
	}
	return amountIf(p.AmountOff)
}

var promotionList = listing[tripapi.ListPromotionsRequest, tripapi.Promotion]{
	use: "list", short: "List promotions, newest first", items: "promotions",
	example: `  freecar ops promotions list
  freecar ops promotions list --json | jq 'select(.ended_at == null) | {code, redeemed}'`,
	route: tripapi.ListPromotions, columns: promotionColumns,
}

var promotionIDs = candidates(promotionList, nil,
	func(p tripapi.Promotion) string { return p.ID },
	func(p tripapi.Promotion) string { return p.Code + ", " + discount(p) })

func (t *tool) promotions() *cobra.Command {
	return t.group("promotions", "Discounts by code", "", `  freecar ops promotions list
  freecar ops promotions create --code WELCOME --percent 20 --first-trip`,
		promotionList.command(t),
		createPromotion.command(t),
		bulk[tripapi.PromotionRequest, tripapi.Promotion]{
			use: "end <promotion-id>...", short: "End promotions", thing: "promotion", things: "promotions", loses: "ends",
			long:    "End promotions. Trips that began with one keep it.",
			example: `  freecar ops promotions end 01a20612-203f-762b-8929-d9d2a7940edc`,
			route:   tripapi.EndPromotion, complete: promotionIDs,
			id:   func(r *tripapi.PromotionRequest) *string { return &r.ID },
			done: func(p tripapi.Promotion) string { return p.Code + " ended " + whenever(p.EndedAt) },
		}.command(t),
	)
}

var createPromotion = single[tripapi.CreatePromotionRequest, tripapi.Promotion]{
	use: "create --code <code> --percent <n>", short: "Offer a discount by code",
	long: "Offer a discount by code: a percentage or an amount. Times are RFC 3339, or dates (UTC).",
	example: `  freecar ops promotions create --code WELCOME --percent 20 --first-trip
  freecar ops promotions create --code SUMMER --amount 5.00 --until 2026-09-01 --limit 1000 --limit-each 2`,
	route: tripapi.CreatePromotion, columns: promotionColumns,
	flags: func(cmd *cobra.Command, f *pflag.FlagSet, r *tripapi.CreatePromotionRequest) {
		f.StringVar(&r.Code, "code", "", "what riders type: 3 to 32 letters, digits, - and _")
		given(f, &r.PercentOff, "percent", "how many `percent` off", asInteger)
		given(f, &r.AmountOff, "amount", "how much `money` off, 5.00 say", asMoney)
		given(f, &r.MinimumFare, "minimum-fare", "how much `money` is left to pay in any case", asMoney)
		f.BoolVar(&r.FirstTripOnly, "first-trip", false, "only for a rider's first trip")
		given(f, &r.ValidFrom, "from", "from what `time` on (default: now)", asTime)
		given(f, &r.ValidUntil, "until", "until what `time` (default: until it is ended)", asTime)
		given(f, &r.TotalLimit, "limit", "how many `trips` in all (default: any number)", asInteger)
		given(f, &r.AccountLimit, "limit-each", "how many `trips` of each rider (default: 1)", asInteger)
		required(cmd, "code")
		cmd.MarkFlagsOneRequired("percent", "amount")
		cmd.MarkFlagsMutuallyExclusive("percent", "amount")
	},
}

func number(n *int64) string {
	if n == nil {
		return ""
	}
	return integer(*n)
}

func asInteger(s string) (int64, error) { return strconv.ParseInt(s, 10, 64) }

// asTime reads a moment, or the beginning of a day.
func asTime(s string) (wire.Time, error) {
	if len(s) == len(time.DateOnly) {
		s = strings.TrimSpace(s) + "T00:00:00Z"
	}
	var t wire.Time
	if t.UnmarshalText([]byte(s)) != nil {
		return t, errors.New("a time is 2026-01-31T13:45:00Z as in RFC 3339, or a date")
	}
	return t, nil
}
