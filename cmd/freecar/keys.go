package main

import (
	"errors"
	"fmt"
	"io/fs"

	"github.com/spf13/cobra"

	"freecar/internal/auth/keys"
)

func keysCommand() *cobra.Command {
	cmd := &cobra.Command{
		Use:   "keys",
		Short: "Make the platform's keys",
		Args:  cobra.NoArgs,
		RunE:  func(cmd *cobra.Command, _ []string) error { return cmd.Help() },
	}
	var c config
	fresh := &cobra.Command{
		Use:   "new",
		Short: "Make a file of fresh keys, which its owner alone may read",
		Long: `Make a file of fresh keys: those that sign access tokens, that of identities between
services and that of signed URLs. All processes of a platform need the same file. One
that is there is never overwritten: with its keys all sessions would end.`,
		Example: `  freecar keys new
  freecar keys new --keys-file /etc/freecar/keys.json`,
		Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			if err := fromEnvironment(cmd); err != nil {
				return err
			}
			err := keys.Create(c.keysPath())
			if errors.Is(err, fs.ErrExist) {
				return fmt.Errorf("there are keys in %s already, and they stay", c.keysPath())
			}
			if err == nil {
				fmt.Fprintf(cmd.OutOrStdout(), "made %s\n", c.keysPath())
			}
			return err
		},
	}
	fresh.Flags().StringVar(&c.DataDir, "data-dir", "./data", "where everything is kept")
	c.keysFlag(fresh.Flags())
	cmd.AddCommand(fresh)
	return cmd
}
