// Package wallet reaches riders' money in the user service.
package wallet

import (
	"context"
	"errors"

	"freecar/internal/auth"
	"freecar/internal/errs"
	"freecar/internal/kitx"
	"freecar/internal/money"
	"freecar/internal/wire"
	"freecar/trip"
	"freecar/user/userapi"
)

// Wallet is the port over userapi.
type Wallet struct{ users kitx.Peer }

var _ trip.Wallet = Wallet{}

// New takes the way to the user service.
func New(users kitx.Peer) Wallet { return Wallet{users: users} }

// Hold sets money aside.
func (w Wallet) Hold(ctx context.Context, tripID, account string, amount money.Money) error {
	_, err := userapi.PlaceHold.Call(ctx, w.users, userapi.PlaceHoldRequest{TripID: tripID, AccountID: account, Amount: wire.FromMoney(amount)})
	if errors.Is(err, trip.ErrFunds) {
		return trip.ErrFunds.Because(err)
	}
	return hidden(err)
}

// Capture takes the fare.
func (w Wallet) Capture(ctx context.Context, tripID string, fare money.Money) error {
	_, err := userapi.CaptureHold.Call(ctx, w.users, userapi.CaptureHoldRequest{TripID: tripID, Amount: wire.FromMoney(fare)})
	return hidden(err)
}

// Release gives the hold back.
func (w Wallet) Release(ctx context.Context, tripID string) error {
	_, err := userapi.ReleaseHold.Call(ctx, w.users, userapi.ReleaseHoldRequest{TripID: tripID})
	return hidden(err)
}

// Solvent looks into the account's wallet as the account itself.
func (w Wallet) Solvent(ctx context.Context, account string) error {
	wallet, err := userapi.GetWallet.Call(auth.OnBehalf(ctx, account), w.users, kitx.None{})
	if err == nil && wallet.Available.Amount < 0 {
		return trip.ErrDebt
	}
	return hidden(err)
}

// hidden keeps a refusal that the port does not know from reaching the rider as if it
// were about the rider's request: it is a fault between us.
func hidden(err error) error {
	if err == nil || errs.IsFault(err) || errs.KindOf(err) == errs.Conflict || errs.KindOf(err) == errs.Denied {
		return err
	}
	return errs.E(errs.Internal, "internal", "Something broke on our side.").Because(err)
}
