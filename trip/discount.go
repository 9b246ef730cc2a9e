package trip

import (
	"fmt"
	"slices"

	"freecar/internal/money"
)

// Discount is what a promotion takes off a fare. A trip pins it at the start; the zero
// Discount takes nothing off.
type Discount struct {
	// PromotionID and Code say where it is from.
	PromotionID, Code string
	// PercentOff is 1 to 100, or 0 for an amount.
	PercentOff int64
	// AmountOff is in minor units, or 0 for a percentage.
	AmountOff int64
	// FareAtLeast is what the discount leaves to pay, in minor units, where the fare
	// comes to so much; 0 is nothing.
	FareAtLeast int64
}

// Less is the fare with the discount, as a line of its own. A percentage is rounded down
// to a whole minor unit; the total falls neither below zero nor below what the discount
// leaves to pay. Since each of these grows with the fare, so does the result: a fare never
// falls while a trip runs, with a discount or without.
func (f Fare) Less(d Discount) Fare {
	off := d.AmountOff
	if d.PercentOff > 0 {
		off = f.Total.Amount * d.PercentOff / 100
	}
	left := max(f.Total.Amount-off, min(f.Total.Amount, d.FareAtLeast), 0)
	if left == f.Total.Amount {
		return f
	}
	return f.limited(linePromotion, d.text(), money.Money{Amount: left, Currency: f.Total.Currency})
}

// promoted says that a promotion took something off.
func (f Fare) promoted() bool {
	return slices.ContainsFunc(f.Lines, func(l Line) bool { return l.Code == linePromotion })
}

// free says that nothing was owed, and not because of a promotion, or because it was given
// up.
func (f Fare) free() bool { return f.Total.Amount == 0 && !f.promoted() && !f.writtenOff() }

const linePromotion = "promotion"

func (d Discount) text() string {
	if d.PercentOff > 0 {
		return fmt.Sprintf("%s: %d %% off", d.Code, d.PercentOff)
	}
	return d.Code + ": " + money.Of(d.AmountOff).String() + " off"
}
