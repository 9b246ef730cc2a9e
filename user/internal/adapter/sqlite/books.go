package sqlite

import (
	"context"

	"freecar/user"
)

// Totals sums the balances: one row per ledger account.
func (s Wallets) Totals(ctx context.Context) (user.Totals, error) {
	totals := user.Totals{ByKind: map[string]int64{}}
	rows, err := s.db.Reader().QueryContext(ctx, `SELECT substr(ledger_account, 1, instr(ledger_account || ':', ':') - 1) AS kind, sum(amount),
		sum(CASE WHEN ledger_account LIKE 'wallet:%' THEN max(-amount, 0) ELSE 0 END) FROM balances GROUP BY kind`)
	if err != nil {
		return totals, err
	}
	defer rows.Close()
	for rows.Next() {
		var kind string
		var sum, debt int64
		if err := rows.Scan(&kind, &sum, &debt); err != nil {
			return totals, err
		}
		totals.ByKind[kind] = sum
		totals.Debt += debt
	}
	return totals, rows.Err()
}

// Check holds all postings and balances against each other. Each statement sees one state
// of the file, and a write changes postings and balances together.
func (s Wallets) Check(ctx context.Context) (user.Books, error) {
	var b user.Books
	if err := s.db.Reader().QueryRowContext(ctx, `SELECT (SELECT count(*) FROM entries), (SELECT coalesce(sum(amount), 0) FROM postings),
		(SELECT count(*) FROM (SELECT 1 FROM postings GROUP BY entry_id HAVING sum(amount) <> 0))`).Scan(&b.Entries, &b.Sum, &b.Crooked); err != nil {
		return b, err
	}
	rows, err := s.db.Reader().QueryContext(ctx, `SELECT account FROM (
		SELECT ledger_account AS account, amount AS balance, 0 AS posted FROM balances
		UNION ALL SELECT ledger_account, 0, amount FROM postings)
		GROUP BY account HAVING sum(balance) <> sum(posted) ORDER BY account LIMIT 100`)
	if err != nil {
		return b, err
	}
	b.Unequal, err = collect(rows, func(row scanner) (account user.LedgerAccount, err error) { return account, row.Scan(&account) })
	return b, err
}
