package sqlite_test

import (
	"context"
	"path/filepath"
	"testing"

	"go.uber.org/goleak"

	"freecar/internal/sqlitex"
	"freecar/user"
	"freecar/user/internal/adapter/sqlite"
	"freecar/user/internal/adaptertest"
	"freecar/user/internal/endpoint"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

func TestAccounts(t *testing.T) { adaptertest.Accounts(t, open) }
func TestSessions(t *testing.T) { adaptertest.Sessions(t, open) }
func TestDevices(t *testing.T)  { adaptertest.Devices(t, open) }
func TestFactors(t *testing.T)  { adaptertest.SecondFactors(t, open) }
func TestGuesses(t *testing.T)  { adaptertest.Guesses(t, open) }
func TestRevoked(t *testing.T)  { adaptertest.Revocations(t, open) }
func TestHolds(t *testing.T)    { adaptertest.Holds(t, open) }
func TestTopUps(t *testing.T)   { adaptertest.TopUps(t, open) }

func TestCorrections(t *testing.T) { adaptertest.Corrections(t, open) }
func TestBooks(t *testing.T)       { adaptertest.Books(t, open) }
func TestAudits(t *testing.T)      { adaptertest.Audits(t, open) }

func open(t *testing.T) (adaptertest.Store, func() adaptertest.Store) {
	path := filepath.Join(t.TempDir(), "user.db")
	again := func() adaptertest.Store {
		store, err := sqlite.Open(t.Context(), path, endpoint.Events{})
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() {
			if err := store.Close(); err != nil {
				t.Error(err)
			}
		})
		return adaptertest.Store{
			Accounts: sqlite.Accounts{Store: store},
			Sessions: sqlite.Sessions{Store: store},
			Devices:  sqlite.Devices{Store: store},
			Revoked:  sqlite.Revocations{Store: store},
			Factors:  sqlite.SecondFactors{Store: store},
			Guesses:  sqlite.Guesses{Store: store},
			Wallets:  sqlite.Wallets{Store: store},
			Holds:    sqlite.Holds{Store: store},
			TopUps:   sqlite.TopUps{Store: store},
			History:  store.Outbox().History,

			Corrections: sqlite.Corrections{Store: store},
			Audits:      sqlite.Audits{Store: store},
			Spoil:       func(ctx context.Context, account user.LedgerAccount) error { return spoil(ctx, store, account) },

			Books: func(ctx context.Context) (map[user.LedgerAccount]adaptertest.Book, error) { return books(ctx, store) },
		}
	}
	return again(), again
}

func spoil(ctx context.Context, store *sqlite.Store, account user.LedgerAccount) error {
	return store.DB().Write(ctx, func(tx *sqlitex.Tx) error {
		_, err := tx.Exec(`UPDATE balances SET amount = amount + 1 WHERE ledger_account = ?`, string(account))
		return err
	})
}

// books looks at the tables themselves.
func books(ctx context.Context, store *sqlite.Store) (map[user.LedgerAccount]adaptertest.Book, error) {
	rows, err := store.DB().Reader().QueryContext(ctx, `SELECT account, sum(balance), sum(posted) FROM (
		SELECT ledger_account AS account, amount AS balance, 0 AS posted FROM balances
		UNION ALL SELECT ledger_account, 0, amount FROM postings) GROUP BY account`)
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	all := map[user.LedgerAccount]adaptertest.Book{}
	for rows.Next() {
		var account user.LedgerAccount
		var b adaptertest.Book
		if err := rows.Scan(&account, &b.Balance, &b.Posted); err != nil {
			return nil, err
		}
		all[account] = b
	}
	return all, rows.Err()
}
