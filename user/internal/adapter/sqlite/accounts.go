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

const accountColumns = `id, email, phone, wechat, name, roles, status, blocked_for, password_hash, created_at, version`

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

// Renting says whether a trip of the account is under way.
func (s Accounts) Renting(ctx context.Context, id string) (renting bool, err error) {
	err = s.db.Reader().QueryRowContext(ctx, `SELECT EXISTS (SELECT 1 FROM holds WHERE account_id = ? AND state = 'placed')`, id).Scan(&renting)
	return renting, err
}

func (s Accounts) open(ctx context.Context, tx *sqlitex.Tx, a user.Account, c user.Change) error {
	_, err := tx.Exec(`INSERT INTO accounts (`+accountColumns+`) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)`,
		a.ID, nullable(a.Email), nullable(a.Phone), nullable(a.WeChat), a.Name, rolesText(a.Roles), string(a.Status),
		a.BlockedFor, a.PasswordHash, a.CreatedAt.UnixMilli(), a.Version)
	if sqlitex.Duplicate(err) {
		return duplicateAccount(tx, a)
	}
	if err != nil {
		return err
	}
	return s.tell(ctx, tx, a, c)
}

// tell saves the event of a change.
func (s Accounts) tell(ctx context.Context, tx *sqlitex.Tx, a user.Account, c user.Change) error {
	event, err := s.encode.Account(ctx, c, a)
	if err != nil {
		return err
	}
	return s.outbox.Append(tx, event)
}

// roleText is a role as a list of them holds it; empty for none.
func roleText(r auth.Roles) string {
	if r == 0 {
		return ""
	}
	return rolesText(r)
}

func rolesText(r auth.Roles) string { return "," + r.String() + "," }

// Update changes an account.
func (s Accounts) Update(ctx context.Context, id string, change func(*user.Account) (user.Change, error)) (user.Account, error) {
	var a user.Account
	err := s.db.Write(ctx, func(tx *sqlitex.Tx) (err error) {
		if a, err = accountIn(tx, id); err != nil {
			return err
		}
		c, err := change(&a)
		if err != nil || c.IsZero() {
			return err
		}
		return s.save(ctx, tx, a, c)
	})
	if err != nil {
		return user.Account{}, err
	}
	return a, nil
}

// save writes a changed account and what goes with its change.
func (s Accounts) save(ctx context.Context, tx *sqlitex.Tx, a user.Account, c user.Change) error {
	if c.Access.NeedsAdmin {
		if err := needAdmin(tx, a.ID); err != nil {
			return err
		}
	}
	_, err := tx.Exec(`UPDATE accounts SET email = ?, phone = ?, wechat = ?, name = ?, roles = ?, status = ?, blocked_for = ?, password_hash = ?, version = ?
		WHERE id = ?`, nullable(a.Email), nullable(a.Phone), nullable(a.WeChat), a.Name, rolesText(a.Roles), string(a.Status), a.BlockedFor, a.PasswordHash, a.Version, a.ID)
	if sqlitex.Duplicate(err) {
		return user.ErrAccountExists
	}
	if err != nil {
		return err
	}
	if err := applyAccess(tx, a.ID, a.Version, c); err != nil {
		return err
	}
	return s.tell(ctx, tx, a, c)
}

// needAdmin refuses when no other active account is an admin.
func needAdmin(tx *sqlitex.Tx, id string) error {
	var another bool
	err := tx.QueryRow(`SELECT EXISTS (SELECT 1 FROM accounts WHERE instr(roles, ',admin,') > 0 AND status = 'active' AND id <> ?)`, id).Scan(&another)
	if err == nil && !another {
		err = user.ErrLastAdmin
	}
	return err
}

func accountIn(tx *sqlitex.Tx, id string) (user.Account, error) {
	a, err := scanAccount(tx.QueryRow(`SELECT `+accountColumns+` FROM accounts WHERE id = ?`, id))
	if errors.Is(err, sql.ErrNoRows) {
		err = errs.Missing("account")
	}
	return a, err
}

// duplicateAccount tells a name in use from an id in use.
func duplicateAccount(tx *sqlitex.Tx, a user.Account) error {
	var named bool
	err := tx.QueryRow(`SELECT EXISTS (SELECT 1 FROM accounts WHERE email = ? OR phone = ? OR wechat = ?)`,
		nullable(a.Email), nullable(a.Phone), nullable(a.WeChat)).Scan(&named)
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

// ByWeChat finds by WeChat's name.
func (s Accounts) ByWeChat(ctx context.Context, id user.OpenID) (user.Account, error) {
	return s.one(ctx, `SELECT `+accountColumns+` FROM accounts WHERE wechat = ?`, string(id))
}

func (s Accounts) one(ctx context.Context, query, key string) (user.Account, error) {
	a, err := scanAccount(s.db.Reader().QueryRowContext(ctx, query, key))
	if errors.Is(err, sql.ErrNoRows) {
		err = errs.Missing("account")
	}
	return a, err
}

// Accounts lists by time of opening and then id, descending.
func (s Accounts) Accounts(ctx context.Context, f user.AccountFilter) (user.Page[user.Account], error) {
	var page user.Page[user.Account]
	after, err := parseAccountCursor(f.Cursor)
	if err != nil {
		return page, err
	}
	// An address or a number is looked up by its index, whatever else is asked for.
	rows, err := s.db.Reader().QueryContext(ctx, `SELECT `+accountColumns+` FROM accounts
		WHERE (created_at, id) < (?1, ?2)
		AND (?3 = '' OR id IN (SELECT id FROM accounts WHERE email = ?3))
		AND (?4 = '' OR id IN (SELECT id FROM accounts WHERE phone = ?4))
		AND (?5 = '' OR status = ?5)
		AND (?6 = '' OR instr(roles, ?6) > 0)
		AND (?7 = '' OR instr(lower(name), lower(?7)) > 0 OR instr(email, lower(?7)) > 0 OR instr(phone, ?7) > 0)
		ORDER BY created_at DESC, id DESC LIMIT ?8`,
		after.createdAt, after.id, f.Email, f.Phone, string(f.Status), roleText(f.Roles), f.Text, f.Limit+1)
	if err != nil {
		return page, err
	}
	page.Items, err = collect(rows, scanAccount)
	if err == nil && len(page.Items) > f.Limit {
		page.Items = page.Items[:f.Limit]
		last := page.Items[f.Limit-1]
		page.Next = accountCursor{last.CreatedAt.UnixMilli(), last.ID}.String()
	}
	return page, err
}

func scanAccount(row scanner) (user.Account, error) {
	var (
		a                    user.Account
		email, phone, wechat sql.NullString
		roles                string
		createdAt            int64
	)
	if err := row.Scan(&a.ID, &email, &phone, &wechat, &a.Name, &roles, &a.Status, &a.BlockedFor, &a.PasswordHash, &createdAt, &a.Version); err != nil {
		return user.Account{}, err
	}
	a.Email, a.Phone = user.Email(email.String), user.Phone(phone.String)
	a.WeChat = user.OpenID(wechat.String)
	a.CreatedAt = fromMillis(createdAt)
	var err error
	a.Roles, err = auth.ParseRoles(strings.Trim(roles, ","))
	return a, err
}
