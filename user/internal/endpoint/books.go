package endpoint

import (
	"context"

	"freecar/internal/kitx"
	"freecar/internal/money"
	"freecar/internal/wire"
	"freecar/user"
	"freecar/user/userapi"
)

// OpsWallet is an account's wallet, for staff.
func (e Endpoints) OpsWallet(ctx context.Context, r userapi.AccountRequest) (userapi.Wallet, error) {
	if _, err := e.people.Account(ctx, r.ID); err != nil {
		return userapi.Wallet{}, err
	}
	wallet, err := e.bank.Wallet(ctx, r.ID)
	if err != nil {
		return userapi.Wallet{}, err
	}
	return fromWallet(wallet), nil
}

// OpsEntries lists what moved an account's wallet, for staff.
func (e Endpoints) OpsEntries(ctx context.Context, r userapi.OpsEntriesRequest) (wire.Page[userapi.OpsEntry], error) {
	if _, err := e.people.Account(ctx, r.ID); err != nil {
		return wire.Page[userapi.OpsEntry]{}, err
	}
	page, err := e.bank.WalletEntries(ctx, r.ID, toPaging(r.Paging))
	return wire.NewPage(page.Items, page.Next, fromOpsEntry), err
}

// Adjust corrects a wallet.
func (e Endpoints) Adjust(ctx context.Context, r userapi.AdjustRequest) (userapi.OpsEntry, error) {
	done, err := e.bank.Adjust(ctx, user.AdjustWallet{AccountID: r.ID, Amount: r.Amount.ToMoney(), Reason: r.Reason,
		By: caller(ctx), Key: kitx.KeyOf(ctx, userapi.Adjust.Spec().Op, r.Keyed)})
	return corrected(ctx, done, err)
}

// Refund gives some of a trip's fare back.
func (e Endpoints) Refund(ctx context.Context, r userapi.RefundRequest) (userapi.OpsEntry, error) {
	var amount *money.Money
	if r.Amount != nil {
		given := r.Amount.ToMoney()
		amount = &given
	}
	done, err := e.bank.Refund(ctx, user.RefundTrip{TripID: r.ID, Amount: amount, Reason: r.Reason,
		By: caller(ctx), Key: kitx.KeyOf(ctx, userapi.Refund.Spec().Op, r.Keyed)})
	return corrected(ctx, done, err)
}

func corrected(ctx context.Context, done user.Corrected, err error) (userapi.OpsEntry, error) {
	if err == nil && done.Replayed {
		kitx.MarkReplayed(ctx)
	}
	return fromOpsEntry(done.Entry), err
}

// GetHold is a trip's hold.
func (e Endpoints) GetHold(ctx context.Context, r userapi.GetHoldRequest) (userapi.Hold, error) {
	hold, err := e.bank.HoldOf(ctx, r.TripID)
	return fromHold(hold), err
}

// CheckBooks adds up the ledger.
func (e Endpoints) CheckBooks(ctx context.Context, _ kitx.None) (userapi.Books, error) {
	books, err := e.bank.CheckBooks(ctx)
	return fromBooks(books), err
}

func fromOpsEntry(e user.WalletEntry) userapi.OpsEntry {
	return userapi.OpsEntry{WalletEntry: fromEntry(e), AccountID: e.AccountID, BookedBy: orNull(e.By), Reason: orNull(e.Reason)}
}

func fromBooks(b user.Books) userapi.Books {
	w := userapi.Books{Balanced: b.Balanced(), Entries: b.Entries, Sum: b.Sum, Crooked: b.Crooked, Unequal: make([]string, 0, len(b.Unequal))}
	for _, account := range b.Unequal {
		w.Unequal = append(w.Unequal, string(account))
	}
	return w
}
