package user

import (
	"time"

	"freecar/internal/money"
)

// LedgerAccount names a pot of money. The balance of a rider's pots is theirs, that of
// revenue is earned, and that of a provider is what it owes us, as a negative number.
type LedgerAccount string

const (
	// Revenue is what trips earned, less what was refunded of it.
	Revenue LedgerAccount = "revenue"
	// Adjustments is what staff took from wallets and gave to them outside any trip: the
	// negative of what it cost the company.
	Adjustments LedgerAccount = "adjustments"
	// Payouts is what erased accounts left in their wallets: ours to give back.
	Payouts LedgerAccount = "payouts"
)

// WalletOf is what an account can spend; below zero it is a debt.
func WalletOf(accountID string) LedgerAccount { return LedgerAccount("wallet:" + accountID) }

// HeldOf is what is set aside for an account's trips.
func HeldOf(accountID string) LedgerAccount { return LedgerAccount("held:" + accountID) }

// ProviderOf is what came in through a payment provider.
func ProviderOf(name string) LedgerAccount { return LedgerAccount("provider:" + name) }

// EntryKind says why money moved.
type EntryKind string

// Why money moves. A hold and its release change what is held of the balance; all others
// change the balance.
const (
	EntryTopUp      EntryKind = "top_up"
	EntryHold       EntryKind = "hold"
	EntryCapture    EntryKind = "capture"
	EntryRelease    EntryKind = "release"
	EntryRefund     EntryKind = "refund"
	EntryAdjustment EntryKind = "adjustment"
	// EntryPayout empties the wallet of an account that is erased.
	EntryPayout EntryKind = "payout"
)

// Entry moves an amount above zero from one ledger account to another. Its two postings
// sum to zero, because there is no way to say anything else. Entries never change.
type Entry struct {
	ID        string
	At        time.Time
	Kind      EntryKind
	AccountID string // whose wallet it is about
	TripID    string // empty for none
	From, To  LedgerAccount
	Amount    money.Money
	Correction
}

// Posting is what an entry does to one ledger account.
type Posting struct {
	Account LedgerAccount
	Amount  money.Money
}

// Postings are the entry's two: they sum to zero.
func (e Entry) Postings() [2]Posting {
	return [2]Posting{{e.From, e.Amount.Negate()}, {e.To, e.Amount}}
}

// Effect is what the entry does to the rider's balance or, for a hold and its release, to
// what is held of it.
func (e Entry) Effect() money.Money {
	about := WalletOf(e.AccountID)
	if e.Kind == EntryHold || e.Kind == EntryRelease {
		about = HeldOf(e.AccountID)
	}
	if e.To == about {
		return e.Amount
	}
	return e.Amount.Negate()
}

// WalletEntry is an entry as the rider sees it.
type WalletEntry struct {
	ID         string
	At         time.Time
	Kind       EntryKind
	AccountID  string
	Amount     money.Money // the entry's Effect
	TripID     string      // empty for none
	Correction             // what staff see besides
}

// Seen is the entry as the rider sees it.
func (e Entry) Seen() WalletEntry {
	return WalletEntry{ID: e.ID, At: e.At, Kind: e.Kind, AccountID: e.AccountID, Amount: e.Effect(), TripID: e.TripID, Correction: e.Correction}
}
