package user

import (
	"context"
	"time"

	"freecar/internal/auth"
	"freecar/internal/errs"
)

// Erased accounts are tombstones: what money did stays in the books under their id, and
// nothing says any more whose it was.
const Erased Status = "erased"

var (
	// ErrRentalLive keeps an account as long as a trip needs it.
	ErrRentalLive = errs.E(errs.Conflict, "rental_live", "A trip is not settled yet; end it and try again.")
	// ErrInDebt keeps an account that owes something.
	ErrInDebt = errs.E(errs.Conflict, "wallet_in_debt", "The wallet is in debt; pay it first.")
	// ErrTopUpPending keeps an account to which money is on its way.
	ErrTopUpPending = errs.E(errs.Conflict, "top_up_pending", "A payment is under way; try again in a while.")
	// ErrAccountErased refuses to use or change a tombstone.
	ErrAccountErased = errs.E(errs.Conflict, "account_erased", "This account was erased.")
)

// Estate is what an account leaves behind.
type Estate struct {
	Wallet
	Holds   bool // some are placed
	Pending bool // some top-ups are
}

// Erase makes a tombstone of the account. What is left in the wallet moves to where finance
// pays it out from. Again it changes nothing.
// Errors: Conflict rental_live, wallet_in_debt, top_up_pending.
func (a *Account) Erase(newID func() string, e Estate, now time.Time) (Change, error) {
	switch {
	case a.Status == Erased:
		return Change{}, nil
	case e.Holds || e.Held.Amount != 0:
		return Change{}, ErrRentalLive
	case e.Pending:
		return Change{}, ErrTopUpPending
	case e.Available.Negative():
		return Change{}, ErrInDebt
	}
	access := AccessChange{Revokes: true, EndsSessions: true, NeedsAdmin: a.leads()}
	*a = Account{ID: a.ID, Status: Erased, CreatedAt: a.CreatedAt, Version: a.Version}
	c := a.changed(AccountErased, access, now)
	if e.Available.Amount > 0 {
		c.Entries = []Entry{{ID: newID(), At: now, Kind: EntryPayout, AccountID: a.ID,
			From: WalletOf(a.ID), To: Payouts, Amount: e.Available}}
	}
	return c, nil
}

// EraseMe forgets a person.
func (p *people) EraseMe(ctx context.Context, accountID string) error {
	return p.with.Accounts.Erase(ctx, accountID, func(a *Account, e Estate) (Change, error) {
		return a.Erase(p.with.IDs.New, e, p.with.Clock.Now())
	})
}

// Mine is the account of who asks. A token may be a moment older than its account's end.
func (p *people) Mine(ctx context.Context, accountID string) (Account, error) {
	a, err := p.with.Accounts.Account(ctx, accountID)
	if err == nil && a.Status == Erased {
		return Account{}, auth.ErrUnauthenticated
	}
	return a, err
}
