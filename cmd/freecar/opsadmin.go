package main

import (
	"bufio"
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"io"
	"os"
	"strings"

	"github.com/spf13/cobra"
	"golang.org/x/term"

	"freecar/cmd/freecar/internal/opscli"
	"freecar/internal/auth/assertion"
	"freecar/internal/clock"
	"freecar/internal/kitx"
	"freecar/internal/obs"
	"freecar/internal/peer"
	"freecar/user/userapi"
)

// opsAdminCommand is "freecar ops admin": what needs the platform's keys, since nobody may
// do it over the public API.
func opsAdminCommand() *cobra.Command {
	cmd := &cobra.Command{
		Use: "admin", Short: "Make the first admin, or let one in who lost the second factor", Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error { return cmd.Help() },
	}
	cmd.AddCommand(opsAdminCreateCommand(), opsAdminResetTOTPCommand())
	return cmd
}

func opsAdminCreateCommand() *cobra.Command {
	var (
		c         config
		fromStdin bool
	)
	cmd := &cobra.Command{
		Use:   "create",
		Short: "Open the first admin's account",
		Long: `Open the first admin's account on a platform that freecar serve runs (freecar dev makes
one itself). It asks the user service, with the platform's keys, and does nothing when
there is an admin.

The password is that of FREECAR_ADMIN_PASSWORD, or a line of stdin with --password-stdin,
or it is asked for on a terminal. Without any of them, or when nothing is typed, it is
made up and shown, this once.`,
		Example: `  freecar ops admin create
  freecar ops admin create --admin-email grace@example.com
  pass freecar/admin | freecar ops admin create --password-stdin --services user=127.0.0.1:7001`,
		Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			if err := fromEnvironment(cmd); err != nil {
				return err
			}
			c.Patience.tell = cmd.ErrOrStderr()
			password := func() (string, error) { return givenPassword(cmd, c, fromStdin) }
			return createAdmin(cmd.Context(), c, password, cmd.OutOrStdout())
		},
	}
	f := cmd.Flags()
	f.StringVar(&c.AdminEmail, "admin-email", defaultAdmin, "the admin's e-mail address, to sign in with")
	f.StringVar(&c.AdminPassword, "admin-password", "", "the admin's password; others on this machine see it here: better use the environment or stdin")
	f.BoolVar(&fromStdin, "password-stdin", false, "read the password from stdin")
	f.StringVar(&c.DataDir, "data-dir", "./data", "where the keys are, unless keys-file says so")
	c.keysFlag(f)
	c.servicesFlag(f)
	c.Patience.flag(f)
	return cmd
}

// createAdmin opens the first admin's account; it asks for the password only when one is
// needed.
func createAdmin(ctx context.Context, c config, password func() (string, error), out io.Writer) error {
	users, leave, err := operator(c, userapi.Name)
	if err != nil {
		return err
	}
	defer leave()
	first, err := onceStarted(ctx, c.Patience, "the user service", func() (userapi.FirstAdmin, error) {
		return userapi.GetFirstAdmin.Call(ctx, users, kitx.None{})
	})
	if err != nil {
		return fmt.Errorf("asking the user service: %w", explained(err))
	}
	if first.Exists {
		return errAdminExists
	}
	given, err := password()
	if err != nil {
		return err
	}
	secret := given
	if secret == "" {
		secret = rand.Text()
	}
	if err := openAdmin(ctx, users, c.AdminEmail, secret); err != nil {
		return err
	}
	fmt.Fprintf(out, "opened the admin account %s\n", c.AdminEmail)
	if given == "" {
		fmt.Fprintf(out, "password: %s  (shown this once)\n", secret)
	}
	return nil
}

// givenPassword is the password that somebody chose; empty when nobody did.
func givenPassword(cmd *cobra.Command, c config, fromStdin bool) (string, error) {
	switch {
	case fromStdin:
		line, err := bufio.NewReader(cmd.InOrStdin()).ReadString('\n')
		if err != nil && !errors.Is(err, io.EOF) {
			return "", err
		}
		if line = strings.TrimRight(line, "\r\n"); line == "" {
			return "", errors.New("stdin has no password")
		}
		return line, nil
	case c.AdminPassword != "":
		return c.AdminPassword, nil
	case cmd.InOrStdin() == os.Stdin && term.IsTerminal(int(os.Stdin.Fd())):
		return typedPassword(cmd.ErrOrStderr(), func() ([]byte, error) { return opscli.Secret(cmd.Context(), os.Stdin) })
	}
	return "", nil
}

// typedPassword asks twice: what is typed is not shown.
func typedPassword(w io.Writer, read func() ([]byte, error)) (string, error) {
	fmt.Fprint(w, "Password (empty: make one up): ")
	first, err := read()
	fmt.Fprintln(w)
	if err != nil || len(first) == 0 {
		return "", err
	}
	fmt.Fprint(w, "Again: ")
	second, err := read()
	fmt.Fprintln(w)
	if err == nil && string(first) != string(second) {
		err = errors.New("the two passwords differ; nothing was done")
	}
	return string(first), err
}

// operator is an operator's way to a service, with the platform's keys.
func operator(c config, service string) (_ *peer.Peer, leave func(), err error) {
	var w wrong
	services := c.resolved(&w)
	if err := w.err(); err != nil {
		return nil, nil, err
	}
	if len(services.Missing(service)) > 0 {
		return nil, nil, fmt.Errorf("--services names no instance of %s", service)
	}
	set, err := loadKeys(c)
	if err != nil {
		return nil, nil, err
	}
	transport := peer.NewTransport()
	p := peer.New(peer.Config{
		Caller: opsName, Callee: service, Instances: services.Instancer(service), Transport: transport,
		Authority: assertion.NewAuthority(set.Assertion, clock.System{}), Obs: obs.Discard().For(opsName),
	})
	return p, func() { p.Close(); transport.CloseIdleConnections() }, nil
}
