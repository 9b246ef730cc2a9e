package sqlite

import (
	"context"
	"database/sql"
	"errors"
	"strings"

	"freecar/internal/auth"
	"freecar/internal/errs"
	"freecar/internal/sqlitex"
	"freecar/user"
)

// Accounts is the table of accounts.
type Accounts struct{ *Store }

var _ user.Accounts = Accounts{}

const accountColumns = `id, email, phone, name, roles, status, password_hash, created_at, version`

// Open saves a new account and its first session.
func (s Accounts) Open(ctx context.Context, a user.Account, c user.Change, first user.Session) error {
	return s.db.Write(ctx, func(tx *sqlitex.Tx) error {
		if err := s.open(ctx, tx, a, c); err != nil {
			return err
		}
		return insertSession(tx, first)
	})
}

// OpenFirstAdmin saves an account unless there is an admin.
func (s Accounts) OpenFirstAdmin(ctx context.Context, a user.Account, c user.Change) (opened bool, err error) {
	err = s.db.Write(ctx, func(tx *sqlitex.Tx) error {
		opened = false
		var has bool
		if err := tx.QueryRow(hasAdmin).Scan(&has); err != nil || has {
			return err
		}
		opened = true
		return s.open(ctx, tx, a, c)
	})
	return opened && err == nil, err
}

const hasAdmin = `SELECT EXISTS (SELECT 1 FROM accounts WHERE instr(roles, ',admin,') > 0)`

// HasAdmin says whether there is an admin.
func (s Accounts) HasAdmin(ctx context.Context) (has bool, err error) {
	err = s.db.Reader().QueryRowContext(ctx, hasAdmin).Scan(&has)
	return has, err
}

func (s Accounts) open(ctx context.Context, tx *sqlitex.Tx, a user.Account, c user.Change) error {
	_, err := tx.Exec(`INSERT INTO accounts (`+accountColumns+`) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)`,
		a.ID, nullable(a.Email), nullable(a.Phone), a.Name, ","+a.Roles.String()+",", string(a.Status),
		a.PasswordHash, a.CreatedAt.UnixMilli(), a.Version)
	if sqlitex.Duplicate(err) {
		return duplicateAccount(tx, a)
	}
	if err != nil {
		return err
	}
	event, err := s.encode.Account(ctx, c, a)
	if err != nil {
		return err
	}
	return s.outbox.Append(tx, event)
}

// duplicateAccount tells a name in use from an id in use.
func duplicateAccount(tx *sqlitex.Tx, a user.Account) error {
	var named bool
	err := tx.QueryRow(`SELECT EXISTS (SELECT 1 FROM accounts WHERE email = ? OR phone = ?)`,
		nullable(a.Email), nullable(a.Phone)).Scan(&named)
	switch {
	case err != nil:
		return err
	case named:
		return user.ErrAccountExists
	default:
		return user.ErrIDTaken
	}
}

// Account finds by id.
func (s Accounts) Account(ctx context.Context, id string) (user.Account, error) {
	return s.one(ctx, `SELECT `+accountColumns+` FROM accounts WHERE id = ?`, id)
}

// ByEmail finds by address.
func (s Accounts) ByEmail(ctx context.Context, e user.Email) (user.Account, error) {
	return s.one(ctx, `SELECT `+accountColumns+` FROM accounts WHERE email = ?`, string(e))
}

// ByPhone finds by number.
func (s Accounts) ByPhone(ctx context.Context, p user.Phone) (user.Account, error) {
	return s.one(ctx, `SELECT `+accountColumns+` FROM accounts WHERE phone = ?`, string(p))
}

func (s Accounts) one(ctx context.Context, query, key string) (user.Account, error) {
	a, err := scanAccount(s.db.Reader().QueryRowContext(ctx, query, key))
	if errors.Is(err, sql.ErrNoRows) {
		err = errs.Missing("account")
	}
	return a, err
}

// Accounts lists by time of opening and then id, descending.
func (s Accounts) Accounts(ctx context.Context, p user.Paging) (user.Page[user.Account], error) {
	var page user.Page[user.Account]
	after, err := parseAccountCursor(p.Cursor)
	if err != nil {
		return page, err
	}
	rows, err := s.db.Reader().QueryContext(ctx, `SELECT `+accountColumns+` FROM accounts
		WHERE (created_at, id) < (?, ?) ORDER BY created_at DESC, id DESC LIMIT ?`, after.createdAt, after.id, p.Limit+1)
	if err != nil {
		return page, err
	}
	page.Items, err = collect(rows, scanAccount)
	if err == nil && len(page.Items) > p.Limit {
		page.Items = page.Items[:p.Limit]
		last := page.Items[p.Limit-1]
		page.Next = accountCursor{last.CreatedAt.UnixMilli(), last.ID}.String()
	}
	return page, err
}

func scanAccount(row scanner) (user.Account, error) {
	var (
		a            user.Account
		email, phone sql.NullString
		roles        string
		createdAt    int64
	)
	if err := row.Scan(&a.ID, &email, &phone, &a.Name, &roles, &a.Status, &a.PasswordHash, &createdAt, &a.Version); err != nil {
		return user.Account{}, err
	}
	a.Email, a.Phone = user.Email(email.String), user.Phone(phone.String)
	a.CreatedAt = fromMillis(createdAt)
	var err error
	a.Roles, err = auth.ParseRoles(strings.Trim(roles, ","))
	return a, err
}
