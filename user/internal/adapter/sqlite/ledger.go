package sqlite

import (
	"context"

	"freecar/internal/money"
	"freecar/internal/sqlitex"
	"freecar/user"
)

// Wallets reads the ledger's tables.
type Wallets struct{ *Store }

var _ user.Wallets = Wallets{}

const walletQuery = `SELECT coalesce((SELECT amount FROM balances WHERE ledger_account = ?), 0),
	coalesce((SELECT amount FROM balances WHERE ledger_account = ?), 0)`

// Wallet is an account's money.
func (s Wallets) Wallet(ctx context.Context, accountID string) (user.Wallet, error) {
	return scanWallet(accountID, s.db.Reader().QueryRowContext(ctx, walletQuery,
		string(user.WalletOf(accountID)), string(user.HeldOf(accountID))))
}

func walletIn(tx *sqlitex.Tx, accountID string) (user.Wallet, error) {
	return scanWallet(accountID, tx.QueryRow(walletQuery, string(user.WalletOf(accountID)), string(user.HeldOf(accountID))))
}

func scanWallet(accountID string, row scanner) (user.Wallet, error) {
	var available, held int64
	err := row.Scan(&available, &held)
	return user.Wallet{AccountID: accountID, Available: money.Of(available), Held: money.Of(held)}, err
}

// Entries lists by id, descending.
func (s Wallets) Entries(ctx context.Context, accountID string, p user.Paging) (user.Page[user.WalletEntry], error) {
	var page user.Page[user.WalletEntry]
	after, err := entryCursor(p.Cursor)
	if err != nil {
		return page, err
	}
	rows, err := s.db.Reader().QueryContext(ctx, `SELECT `+entryColumns+`
		WHERE account_id = ? AND id < ? ORDER BY id DESC LIMIT ?`, accountID, after, p.Limit+1)
	if err != nil {
		return page, err
	}
	page.Items, err = collect(rows, scanEntry)
	if err == nil && len(page.Items) > p.Limit {
		page.Items = page.Items[:p.Limit]
		page.Next = page.Items[p.Limit-1].ID
	}
	return page, err
}

const entryColumns = `id, at, kind, account_id, amount, trip_id, coalesce(actor, ''), coalesce(reason, '')
	FROM entries LEFT JOIN corrections ON entry_id = id`

func scanEntry(row scanner) (user.WalletEntry, error) {
	var (
		e          user.WalletEntry
		at, amount int64
	)
	if err := row.Scan(&e.ID, &at, &e.Kind, &e.AccountID, &amount, &e.TripID, &e.By, &e.Reason); err != nil {
		return user.WalletEntry{}, err
	}
	e.At, e.Amount = fromMillis(at), money.Of(amount)
	return e, nil
}

// post writes entries, their postings and the balances that they move.
func post(tx *sqlitex.Tx, entries []user.Entry) error {
	for _, e := range entries {
		if _, err := tx.Exec(`INSERT INTO entries (account_id, id, at, kind, amount, trip_id) VALUES (?, ?, ?, ?, ?, ?)`,
			e.AccountID, e.ID, e.At.UnixMilli(), string(e.Kind), e.Effect().Amount, e.TripID); err != nil {
			return err
		}
		if e.By != "" {
			if _, err := tx.Exec(`INSERT INTO corrections (entry_id, actor, reason) VALUES (?, ?, ?)`, e.ID, e.By, e.Reason); err != nil {
				return err
			}
		}
		p := e.Postings()
		if _, err := tx.Exec(`INSERT INTO postings (entry_id, ledger_account, amount) VALUES (?1, ?2, ?3), (?1, ?4, ?5)`,
			e.ID, string(p[0].Account), p[0].Amount.Amount, string(p[1].Account), p[1].Amount.Amount); err != nil {
			return err
		}
		if _, err := tx.Exec(`INSERT INTO balances (ledger_account, amount) VALUES (?, ?), (?, ?)
			ON CONFLICT (ledger_account) DO UPDATE SET amount = amount + excluded.amount`,
			string(p[0].Account), p[0].Amount.Amount, string(p[1].Account), p[1].Amount.Amount); err != nil {
			return err
		}
	}
	return nil
}
