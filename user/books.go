package user

// Totals is the money in the ledger's accounts of one kind, in minor units.
type Totals struct {
	// ByKind is the sum of the balances: "wallet", "held", "revenue", "adjustments",
	// "provider". Together they are zero.
	ByKind map[string]int64
	// Debt is what riders owe: their wallets below zero, as a positive number.
	Debt int64
}

// Books is what a check of the whole ledger found.
type Books struct {
	Entries int64 // how many there are
	Sum     int64 // of all postings, in minor units: zero
	// Crooked is how many entries have postings that do not sum to zero.
	Crooked int64
	// Unequal are ledger accounts whose balance is not the sum of its postings, by name;
	// at most 100.
	Unequal []LedgerAccount
}

// Balanced says that the ledger adds up.
func (b Books) Balanced() bool { return b.Sum == 0 && b.Crooked == 0 && len(b.Unequal) == 0 }
