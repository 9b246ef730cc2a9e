package main

import (
	"context"
	"fmt"
	"io"

	"github.com/spf13/cobra"

	"freecar/internal/errs"
	"freecar/user/userapi"
)

func opsAdminResetTOTPCommand() *cobra.Command {
	var c config
	cmd := &cobra.Command{
		Use:   "reset-totp --email ADDRESS",
		Short: "Take the second factor of an admin away",
		Long: `Take the second factor of an admin away, whose phone is lost, so that the password is
enough to sign in. It is for when no other admin can do it (freecar ops accounts
reset-totp): it asks the user service with the platform's keys, wherever those are.

Whoever is signed in as that admin has to sign in again. The audit trail shows it as done
by "operator".`,
		Example: `  freecar ops admin reset-totp --email admin@freecar.local
  freecar ops admin reset-totp --email grace@example.com --services user=127.0.0.1:7001
  freecar ops audit list --actor operator`,
		Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			if err := fromEnvironment(cmd); err != nil {
				return err
			}
			return resetTOTP(cmd.Context(), c, cmd.OutOrStdout())
		},
	}
	f := cmd.Flags()
	f.StringVar(&c.AdminEmail, "email", "", "the admin's e-mail address")
	_ = cmd.MarkFlagRequired("email")
	f.StringVar(&c.DataDir, "data-dir", "./data", "where the keys are, unless keys-file says so")
	c.keysFlag(f)
	c.servicesFlag(f)
	return cmd
}

func resetTOTP(ctx context.Context, c config, out io.Writer) error {
	users, leave, err := operator(c, userapi.Name)
	if err != nil {
		return err
	}
	defer leave()
	switch _, err := userapi.ResetAdminTOTP.Call(ctx, users, userapi.ResetAdminTOTPRequest{Email: c.AdminEmail}); {
	case errs.KindOf(err) == errs.NotFound && err != nil:
		return fmt.Errorf("%s: %w", c.AdminEmail, explained(err))
	case err != nil:
		return fmt.Errorf("resetting the second factor: %w", explained(err))
	}
	fmt.Fprintf(out, "%s signs in with the password alone now\n", c.AdminEmail)
	return nil
}
