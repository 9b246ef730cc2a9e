package endpoint

import (
	"context"

	"freecar/internal/kitx"
	"freecar/internal/wire"
	"freecar/user"
	"freecar/user/userapi"
)

// Wallet is the caller's.
func (e Endpoints) Wallet(ctx context.Context, _ kitx.None) (userapi.Wallet, error) {
	wallet, err := e.bank.Wallet(ctx, caller(ctx))
	if err != nil {
		return userapi.Wallet{}, err
	}
	return fromWallet(wallet), nil
}

// WalletEntries lists what moved the caller's wallet.
func (e Endpoints) WalletEntries(ctx context.Context, r userapi.EntriesRequest) (wire.Page[userapi.WalletEntry], error) {
	page, err := e.bank.WalletEntries(ctx, caller(ctx), toPaging(r.Paging))
	return wire.NewPage(page.Items, page.Next, fromEntry), err
}

// OwnEntries lists the same with all that is kept of it.
func (e Endpoints) OwnEntries(ctx context.Context, r userapi.EntriesRequest) (wire.Page[userapi.OwnEntry], error) {
	page, err := e.bank.WalletEntries(ctx, caller(ctx), toPaging(r.Paging))
	return wire.NewPage(page.Items, page.Next, func(e user.WalletEntry) userapi.OwnEntry {
		return userapi.OwnEntry{WalletEntry: fromEntry(e), Reason: orNull(e.Reason)}
	}), err
}

// TopUp brings money into the caller's wallet.
func (e Endpoints) TopUp(ctx context.Context, r userapi.TopUpRequest) (userapi.TopUp, error) {
	done, err := e.bank.TopUp(ctx, user.TopUpWallet{AccountID: caller(ctx), Amount: r.Amount.ToMoney(),
		Key: kitx.KeyOf(ctx, userapi.AddTopUp.Spec().Op, r.Keyed)})
	if err == nil && done.Replayed {
		kitx.MarkReplayed(ctx)
	}
	return fromTopUp(done.TopUp), err
}

// PlaceHold sets money aside for a trip.
func (e Endpoints) PlaceHold(ctx context.Context, r userapi.PlaceHoldRequest) (userapi.Hold, error) {
	hold, err := e.bank.Hold(ctx, user.PlaceHold{TripID: r.TripID, AccountID: r.AccountID, Amount: r.Amount.ToMoney()})
	return fromHold(hold), err
}

// CaptureHold charges a trip's fare.
func (e Endpoints) CaptureHold(ctx context.Context, r userapi.CaptureHoldRequest) (userapi.Hold, error) {
	hold, err := e.bank.Capture(ctx, r.TripID, r.Amount.ToMoney())
	return fromHold(hold), err
}

// ReleaseHold ends a trip's hold.
func (e Endpoints) ReleaseHold(ctx context.Context, r userapi.ReleaseHoldRequest) (userapi.Hold, error) {
	hold, err := e.bank.Release(ctx, r.TripID)
	return fromHold(hold), err
}
