package main

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"os"
	"path/filepath"
)

// firstAdmin is what the banner says of the first admin.
type firstAdmin struct {
	Email string
	// Password is shown once, by the start that made the account.
	Password string
	File     string
}

// ensureAdmin makes the first admin. The password is written before the account is made:
// a crash in between leaves a file that the next start uses.
func ensureAdmin(ctx context.Context, p *platform, c config) (firstAdmin, error) {
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
	has, err := p.users[0].HasAdmin(ctx)
	if err != nil || has {
		return admin, err
	}
	if err := writeSecret(admin.File, password); err != nil {
		return admin, err
	}
	if _, err := p.users[0].EnsureAdmin(ctx, c.AdminEmail, password); err != nil {
		return admin, fmt.Errorf("the first admin: %w", err)
	}
	admin.Password = password
	return admin, nil
}

// writeSecret replaces a file that its owner alone may read.
func writeSecret(path, secret string) error {
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
