package opscli

import (
	"fmt"
	"slices"
	"strings"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"freecar/internal/auth"
	"freecar/user/userapi"
)

var accountColumns = []column[userapi.Account]{
	col("ID", func(a userapi.Account) string { return a.ID }),
	col("E-MAIL", func(a userapi.Account) string { return text(a.Email) }),
	col("PHONE", func(a userapi.Account) string { return text(a.Phone) }),
	col("NAME", func(a userapi.Account) string { return a.Name }),
	col("ROLES", func(a userapi.Account) string { return words(a.Roles) }),
	col("STATUS", func(a userapi.Account) string { return a.Status }),
}

var staffAccountColumns = append(columnsOf(accountColumns, func(a userapi.StaffAccount) userapi.Account { return a.Account }),
	col("CREATED", func(a userapi.StaffAccount) string { return when(a.CreatedAt) }),
	detail("BLOCKED FOR", func(a userapi.StaffAccount) string { return text(a.BlockedFor) }),
)

var accountList = listing[userapi.AccountsRequest, userapi.StaffAccount]{
	use: "list", short: "List accounts, newest first", items: "accounts",
	example: `  freecar ops accounts list --status blocked
  freecar ops accounts list --search lovelace
  freecar ops accounts list --role support --all --json | jq -r .email`,
	route: userapi.Accounts, columns: staffAccountColumns,
	flags: func(cmd *cobra.Command, f *pflag.FlagSet, r *userapi.AccountsRequest) {
		f.StringVar(&r.Email, "email", "", "only the account with this e-mail address")
		f.StringVar(&r.Phone, "phone", "", "only the account with this phone number")
		f.StringVar(&r.Text, "search", "", "only those with this in their name, address or number")
		choice(cmd, r, &r.Status, "status", "only those with a status")
		choice(cmd, r, &r.Role, "role", "only those with a role")
	},
}

func accountID(a userapi.StaffAccount) string { return a.ID }

var accountIDs = candidates(accountList, nil, accountID,
	func(a userapi.StaffAccount) string { return address(a.Account) + ", " + a.Name })

// accountNamed takes an account's e-mail address or phone number for its id.
func accountNamed(i *invocation, name string) (string, error) {
	var by userapi.AccountsRequest
	switch {
	case strings.Contains(name, "@"):
		by.Email = name
	case strings.HasPrefix(name, "+"):
		by.Phone = name
	default:
		return name, nil
	}
	return lookUp(i, accountList, by, fmt.Sprintf("account with the address %q", name), accountID)
}

func (t *tool) accounts() *cobra.Command {
	return t.group("accounts", "Riders and staff",
		"Riders and staff. An account is called by its id, its e-mail address or its phone number.",
		`  freecar ops accounts show ada@example.com
  freecar ops accounts block ada@example.com --reason "A stolen card."`,
		accountList.command(t),
		single[userapi.AccountRequest, userapi.StaffAccount]{
			use: "show <account>", short: "Show an account",
			example: `  freecar ops accounts show 7143305966085829
  freecar ops accounts show ada@example.com --json`,
			route: userapi.GetAccount, columns: staffAccountColumns,
			of: func(r *userapi.AccountRequest) *string { return &r.ID }, named: accountNamed, complete: accountIDs,
		}.command(t),
		t.block(), t.unblock(), t.roles(), t.resetTOTP(),
	)
}

// change is what the commands that change accounts have in common.
func change(b bulk[userapi.ChangeAccountRequest, userapi.StaffAccount]) bulk[userapi.ChangeAccountRequest, userapi.StaffAccount] {
	b.thing, b.things, b.route = "account", "accounts", userapi.ChangeAccount
	b.id = func(r *userapi.ChangeAccountRequest) *string { return &r.ID }
	b.named, b.complete = accountNamed, accountIDs
	if b.done == nil {
		b.done = func(a userapi.StaffAccount) string { return a.Status }
	}
	return b
}

func (t *tool) block() *cobra.Command {
	return change(bulk[userapi.ChangeAccountRequest, userapi.StaffAccount]{
		use: "block <account>... --reason <text>", short: "Block accounts",
		long: `Block accounts: within seconds they can do nothing any more. A trip under way goes on and
is charged, since its rider cannot end it: "freecar ops trips end" does. The reason is kept
for other staff.`,
		example: `  freecar ops accounts block 7143305966085829 --reason "A stolen card."
  freecar ops trips list --account 7143305966085829 --state in_progress
  freecar ops trips end 01a20612-203f-762b-8929-d9d2a7940edc --reason "The rider is blocked."`,
		flags: func(cmd *cobra.Command, f *pflag.FlagSet, r *userapi.ChangeAccountRequest) {
			r.Status = "blocked"
			f.StringVar(&r.Reason, "reason", "", "why")
			required(cmd, "reason")
		},
	}).command(t)
}

func (t *tool) unblock() *cobra.Command {
	return change(bulk[userapi.ChangeAccountRequest, userapi.StaffAccount]{
		use: "unblock <account>...", short: "Let blocked accounts in again",
		example: `  freecar ops accounts unblock ada@example.com`,
		flags: func(_ *cobra.Command, _ *pflag.FlagSet, r *userapi.ChangeAccountRequest) {
			r.Status = "active"
		},
	}).command(t)
}

func (t *tool) roles() *cobra.Command {
	var set, add, remove []string
	b := change(bulk[userapi.ChangeAccountRequest, userapi.StaffAccount]{
		use: "roles <account>...", short: "Change the roles of accounts",
		long: `Change the roles of accounts. They are rider, support, fleet, finance and admin; what
changes holds within seconds, also for who is signed in.`,
		example: `  freecar ops accounts roles grace@example.com --add support,finance
  freecar ops accounts roles grace@example.com --set rider`,
		flags: func(cmd *cobra.Command, f *pflag.FlagSet, _ *userapi.ChangeAccountRequest) {
			f.StringSliceVar(&set, "set", nil, "these `roles` and no others")
			f.StringSliceVar(&add, "add", nil, "these `roles` besides those that they have")
			f.StringSliceVar(&remove, "remove", nil, "not these `roles` any more")
			for _, flag := range []string{"set", "add", "remove"} {
				fixed(cmd, flag, (auth.Rider | auth.Staff).Names())
			}
			cmd.MarkFlagsOneRequired("set", "add", "remove")
			cmd.MarkFlagsMutuallyExclusive("set", "add")
			cmd.MarkFlagsMutuallyExclusive("set", "remove")
		},
		prepare: func(i *invocation, r *userapi.ChangeAccountRequest) error {
			if r.Roles = set; set != nil {
				return nil
			}
			now, _, err := ask(i, userapi.GetAccount, userapi.AccountRequest{ID: r.ID})
			r.Roles = slices.DeleteFunc(union(now.Roles, add), func(role string) bool { return slices.Contains(remove, role) })
			return err
		},
		done: func(a userapi.StaffAccount) string { return words(a.Roles) },
	})
	return b.command(t)
}

func union(a, b []string) []string {
	all := slices.Clone(a)
	for _, s := range b {
		if !slices.Contains(all, s) {
			all = append(all, s)
		}
	}
	return all
}
