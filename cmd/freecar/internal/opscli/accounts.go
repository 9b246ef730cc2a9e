package opscli

import (
	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"freecar/user/userapi"
)

var accountColumns = []column[userapi.StaffAccount]{
	col("ID", func(a userapi.StaffAccount) string { return a.ID }),
	col("E-MAIL", func(a userapi.StaffAccount) string { return text(a.Email) }),
	col("PHONE", func(a userapi.StaffAccount) string { return text(a.Phone) }),
	col("NAME", func(a userapi.StaffAccount) string { return a.Name }),
	col("ROLES", func(a userapi.StaffAccount) string { return words(a.Roles) }),
	col("STATUS", func(a userapi.StaffAccount) string { return a.Status }),
}

// selfColumns are what everybody sees of the own account.
var selfColumns = []column[userapi.Account]{
	col("ID", func(a userapi.Account) string { return a.ID }),
	col("E-MAIL", func(a userapi.Account) string { return text(a.Email) }),
	col("PHONE", func(a userapi.Account) string { return text(a.Phone) }),
	col("NAME", func(a userapi.Account) string { return a.Name }),
	col("ROLES", func(a userapi.Account) string { return words(a.Roles) }),
	col("STATUS", func(a userapi.Account) string { return a.Status }),
}

var accountList = listing[userapi.AccountsRequest, userapi.StaffAccount]{
	use: "list", short: "List accounts, newest first", items: "accounts",
	long: "List accounts, newest first, or find the one with an address.",
	example: `  freecar ops accounts list
  freecar ops accounts list --email ada@example.com
  freecar ops accounts list --all --json | jq -r 'select(.status == "blocked") | .id'`,
	route: userapi.Accounts, columns: accountColumns,
	flags: func(_ *cobra.Command, f *pflag.FlagSet, r *userapi.AccountsRequest) {
		f.StringVar(&r.Email, "email", "", "only the account with this address")
	},
}

var accountIDs = candidates(accountList, nil,
	func(a userapi.StaffAccount) string { return a.ID },
	func(a userapi.StaffAccount) string { return address(a.Account) + ", " + a.Name })

func (t *tool) accounts() *cobra.Command {
	return t.group("accounts", "Riders and staff", "", `  freecar ops accounts list --email ada@example.com
  freecar ops accounts show 7143305966085829`,
		accountList.command(t),
		single[userapi.AccountRequest, userapi.StaffAccount]{
			use: "show <account-id>", short: "Show an account",
			example: `  freecar ops accounts show 7143305966085829`,
			route:   userapi.GetAccount, columns: accountColumns,
			of: func(r *userapi.AccountRequest) *string { return &r.ID }, complete: accountIDs,
		}.command(t),
	)
}
