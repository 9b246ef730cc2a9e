package main

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"os"
	"path/filepath"

	"freecar/internal/auth"
	"freecar/internal/errs"
	"freecar/internal/kitx"
	"freecar/user/userapi"
)

// opsName is whom operators' own commands speak as to services; what they may do is in the
// routes.
const opsName = auth.Operators

// firstAdmin is what the banner says of the first admin.
type firstAdmin struct {
	Email string
	// Password is shown once, by the start that made the account.
	Password string
	File     string
}

// ensureAdmin makes the first admin. The password is written before the account is made:
// a crash in between leaves a file that the next start uses.
func ensureAdmin(ctx context.Context, users kitx.Peer, c config) (firstAdmin, error) {
	admin := firstAdmin{Email: c.AdminEmail, File: filepath.Join(c.DataDir, "admin-password")}
	password := c.AdminPassword
	if kept, err := os.ReadFile(admin.File); err == nil && password == "" {
		password = string(kept)
	} else if err != nil && !errors.Is(err, os.ErrNotExist) {
		return admin, err
	}
	if password == "" {
		password = rand.Text()
	}
	first, err := userapi.GetFirstAdmin.Call(ctx, users, kitx.None{})
	if err != nil || first.Exists {
		return admin, err
	}
	if err := writeSecret(admin.File, password); err != nil {
		return admin, err
	}
	if err := openAdmin(ctx, users, c.AdminEmail, password); err != nil {
		return admin, err
	}
	admin.Password = password
	return admin, nil
}

// openAdmin opens the first admin's account. Errors: errAdminExists, and what is wrong
// with the e-mail address or the password.
func openAdmin(ctx context.Context, users kitx.Peer, email, password string) error {
	_, err := userapi.OpenFirstAdmin.Call(ctx, users, userapi.FirstAdminRequest{Email: email, Password: password})
	switch {
	case errs.CodeOf(err) == "admin_exists":
		return errAdminExists
	case err != nil:
		return fmt.Errorf("the first admin: %w", explained(err))
	}
	return nil
}

var errAdminExists = errors.New("there is an admin already, and this makes the first only; an admin gives the role to others")

// writeSecret replaces a file that its owner alone may read.
func writeSecret(path, secret string) error {
	if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
		return err
	}
	f, err := os.CreateTemp(filepath.Dir(path), ".secret-*") // 0600
	if err != nil {
		return err
	}
	defer os.Remove(f.Name())
	_, err = f.WriteString(secret)
	if err = errors.Join(err, f.Sync(), f.Close()); err != nil {
		return err
	}
	return os.Rename(f.Name(), path)
}
