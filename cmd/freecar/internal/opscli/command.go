package opscli

import (
	"cmp"
	"errors"
	"fmt"
	"os"
	"strings"
	"time"

	"github.com/spf13/cobra"
)

// tool is freecar ops: what the flags of all its commands say.
type tool struct {
	version  string
	url      string
	json     bool
	yes      bool
	insecure bool
	timeout  time.Duration
}

const defaultURL = "http://127.0.0.1:8080"

// Command is freecar ops. The version is told to the gateway.
func Command(version string) *cobra.Command {
	t := &tool{version: version}
	cmd := t.group("ops", "Help riders, run the fleet and mind the books, over the API",
		`Everything that staff do, over the public API of a running FreeCar. Sign in first; the
session is kept for the gateway at --url in your configuration folder and renews itself.

Lists are tables; --json gives the API's own JSON, one item a line, for jq and scripts.
Several ids can be given at once, or - to read them from stdin, one a line. Exit codes:
0 done, 1 refused or failed, 2 not understood. "freecar completion --help" explains
how a shell completes commands and ids.

Settings: FREECAR_URL for --url, FREECAR_PASSWORD for sign-in, NO_COLOR.`,
		`  freecar ops login --email admin@freecar.local
  freecar ops licences list --status pending
  freecar ops cars list --state available --json | jq -r .plate`)
	f := cmd.PersistentFlags()
	f.StringVar(&t.url, "url", cmp.Or(os.Getenv("FREECAR_URL"), defaultURL), "the gateway's address (FREECAR_URL)")
	f.BoolVar(&t.json, "json", false, "print the API's JSON instead of a table, one document a line")
	f.BoolVarP(&t.yes, "yes", "y", false, "do not ask before what cannot be undone")
	f.BoolVar(&t.insecure, "insecure", false, "send a password over plain HTTP to another machine, for all to read")
	f.DurationVar(&t.timeout, "timeout", 30*time.Second, "how long to wait for each answer")
	cmd.SetFlagErrorFunc(func(c *cobra.Command, err error) error { return misuse(c, err) })
	cmd.AddCommand(t.login(), t.logout(), t.whoami(), t.password(), t.totp(), t.accounts(), t.wallets(), t.licences(), t.cars(), t.devices(),
		t.trips(), t.zones(), t.plans(), t.promotions(), t.issues(), t.audit(), t.deadLetters(), t.cache(), t.api())
	return cmd
}

// group is a command that only has others under it.
func (t *tool) group(use, short, long, example string, under ...*cobra.Command) *cobra.Command {
	cmd := &cobra.Command{
		Use: use, Short: short, Long: long, Example: example,
		Args: func(c *cobra.Command, args []string) error {
			if len(args) == 0 {
				return nil
			}
			return misuse(c, unknown(c, args[0]))
		},
		RunE:              func(c *cobra.Command, _ []string) error { return c.Help() },
		ValidArgsFunction: cobra.NoFileCompletions,
	}
	cmd.AddCommand(under...)
	return cmd
}

// unknown names the commands that are near to what was typed, or all.
func unknown(c *cobra.Command, typed string) error {
	c.SuggestionsMinimumDistance = 2
	near := c.SuggestionsFor(typed)
	if len(near) > 0 {
		return fmt.Errorf("there is no %q in %q; did you mean %s?", typed, c.CommandPath(), strings.Join(near, " or "))
	}
	var all []string
	for _, sub := range c.Commands() {
		if sub.IsAvailableCommand() {
			all = append(all, sub.Name())
		}
	}
	return fmt.Errorf("there is no %q in %q; there are %s", typed, c.CommandPath(), strings.Join(all, ", "))
}

// leaf completes a command that does something: every misuse of it gets the same hint.
func (t *tool) leaf(cmd *cobra.Command, positional cobra.PositionalArgs, do func(*invocation, []string) error) *cobra.Command {
	cmd.Args = func(c *cobra.Command, args []string) error {
		return misuse(c, errors.Join(positional(c, args), c.ValidateRequiredFlags(), c.ValidateFlagGroups()))
	}
	cmd.RunE = func(c *cobra.Command, args []string) error {
		i, err := t.invoke(c)
		if err == nil {
			err = do(i, args)
		}
		if err != nil && i != nil {
			err = i.explain(err)
		}
		return err
	}
	if cmd.ValidArgsFunction == nil {
		cmd.ValidArgsFunction = cobra.NoFileCompletions
	}
	return cmd
}

// How many arguments a command takes. Its usage line names them.

func none(_ *cobra.Command, args []string) error {
	if len(args) > 0 {
		return fmt.Errorf("it takes no argument, and %q is one", args[0])
	}
	return nil
}

func one(c *cobra.Command, args []string) error {
	if len(args) != 1 {
		return fmt.Errorf("it takes one argument, not %d: %s", len(args), c.UseLine())
	}
	return nil
}

func some(c *cobra.Command, args []string) error {
	if len(args) == 0 {
		return fmt.Errorf("it takes an argument: %s", c.UseLine())
	}
	return nil
}

// required marks flags that a command does not work without.
func required(cmd *cobra.Command, flags ...string) {
	for _, name := range flags {
		if err := cmd.MarkFlagRequired(name); err != nil {
			panic(err) // there is no such flag: a bug
		}
	}
}
