package user

import (
	"time"

	"freecar/internal/errs"
	"freecar/internal/money"
)

// HoldState says what became of a hold.
type HoldState string

// What becomes of a hold.
const (
	Placed   HoldState = "placed"
	Captured HoldState = "captured"
	Released HoldState = "released"
)

// Hold sets money aside for one trip.
type Hold struct {
	ID        string
	TripID    string
	AccountID string // empty for a hold that was released before it was placed
	Amount    money.Money
	Captured  money.Money // what the trip cost; zero until then
	Refunded  money.Money // what was given back of it
	State     HoldState
	PlacedAt  time.Time
	SettledAt time.Time // zero while placed
	Version   int64
}

// mostHeld bounds a hold and a fare: 100,000.00. A larger one is a bug of the caller.
const mostHeld = 10_000_000

var (
	// ErrHoldDiffers refuses a repetition that says something else than the first time.
	ErrHoldDiffers = errs.E(errs.Conflict, "hold_differs", "The trip has a hold or a capture that differs from this one.")
	// ErrHoldCaptured refuses to release what was paid.
	ErrHoldCaptured = errs.E(errs.Conflict, "hold_captured", "The trip is paid.")
	// ErrHoldReleased refuses to use what was given back.
	ErrHoldReleased = errs.E(errs.Conflict, "hold_released", "The trip's hold was released.")
	// ErrNothingCaptured refuses to give back what was never taken.
	ErrNothingCaptured = errs.E(errs.Conflict, "nothing_captured", "The trip has not been charged, so there is nothing to refund.")
	// ErrRefundTooMuch refuses to give back more than the trip cost; the detail says what is left.
	ErrRefundTooMuch = errs.E(errs.Conflict, "refund_too_much", "The refunds of a trip are at most what it was charged.")
)

// NewHold sets money of the wallet aside. Errors: Conflict insufficient_funds.
func NewHold(newID func() string, tripID string, w Wallet, amount money.Money, now time.Time) (Hold, Change, error) {
	if err := w.Covers(amount); err != nil {
		return Hold{}, Change{}, err
	}
	h := Hold{
		ID:        newID(),
		TripID:    tripID,
		AccountID: w.AccountID,
		Amount:    amount,
		Captured:  money.Of(0),
		Refunded:  money.Of(0),
		State:     Placed,
		PlacedAt:  now,
		Version:   1,
	}
	b := booking{newID: newID, hold: &h, now: now}
	b.move(EntryHold, WalletOf(h.AccountID), HeldOf(h.AccountID), amount)
	return h, b.change(HoldPlaced), nil
}

// VoidHold is the hold of a trip that was given up before it held anything. It is there
// so that a hold that was on its way finds the place taken.
func VoidHold(newID func() string, tripID string, now time.Time) (Hold, Change) {
	return Hold{
		ID:        newID(),
		TripID:    tripID,
		Amount:    money.Of(0),
		Captured:  money.Of(0),
		Refunded:  money.Of(0),
		State:     Released,
		PlacedAt:  now,
		SettledAt: now,
		Version:   1,
	}, Change{Event: HoldReleased, At: now}
}

// Repeats says whether placing the hold again is a repetition. Errors: Conflict
// hold_released for one that was given back, or never placed, else hold_differs.
func (h *Hold) Repeats(accountID string, amount money.Money) error {
	switch {
	case h.State == Released:
		return ErrHoldReleased
	case h.AccountID != accountID || h.Amount != amount:
		return ErrHoldDiffers
	}
	return nil
}

// Capture pays the fare and gives the held money back; a fare of zero only gives back.
// Again with the same fare it changes nothing.
// Errors: Conflict hold_differs after a capture of another fare, hold_released.
func (h *Hold) Capture(newID func() string, fare money.Money, now time.Time) (Change, error) {
	switch {
	case fare.Amount == 0:
		return h.Release(newID, now)
	case h.State == Captured && h.Captured == fare:
		return Change{}, nil
	case h.State == Captured:
		return Change{}, ErrHoldDiffers
	case h.State == Released:
		return Change{}, ErrHoldReleased
	}
	b := booking{newID: newID, hold: h, now: now}
	h.settle(Captured, now)
	h.Captured = fare
	b.move(EntryRelease, HeldOf(h.AccountID), WalletOf(h.AccountID), h.Amount)
	b.move(EntryCapture, WalletOf(h.AccountID), Revenue, fare)
	return b.change(HoldCaptured), nil
}

// Release gives the held money back. Again it changes nothing.
// Errors: Conflict hold_captured.
func (h *Hold) Release(newID func() string, now time.Time) (Change, error) {
	switch h.State {
	case Released:
		return Change{}, nil
	case Captured:
		return Change{}, ErrHoldCaptured
	}
	b := booking{newID: newID, hold: h, now: now}
	h.settle(Released, now)
	b.move(EntryRelease, HeldOf(h.AccountID), WalletOf(h.AccountID), h.Amount)
	return b.change(HoldReleased), nil
}

func (h *Hold) settle(state HoldState, now time.Time) {
	h.State = state
	h.SettledAt = now
	h.Version++
}

// booking gathers the entries of one change of a hold.
type booking struct {
	newID   func() string
	hold    *Hold
	now     time.Time
	why     Correction // of what staff book
	entries []Entry
}

// move books an amount; nothing moves no money.
func (b *booking) move(kind EntryKind, from, to LedgerAccount, amount money.Money) {
	if amount.Amount == 0 {
		return
	}
	b.entries = append(b.entries, Entry{
		ID:         b.newID(),
		At:         b.now,
		Kind:       kind,
		AccountID:  b.hold.AccountID,
		TripID:     b.hold.TripID,
		From:       from,
		To:         to,
		Amount:     amount,
		Correction: b.why,
	})
}

func (b *booking) change(event EventName) Change {
	return Change{Event: event, At: b.now, Entries: b.entries}
}
