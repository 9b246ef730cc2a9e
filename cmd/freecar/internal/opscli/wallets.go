package opscli

import (
	"fmt"
	"strconv"
	"strings"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"freecar/internal/money"
	"freecar/internal/wire"
	"freecar/user/userapi"
)

var walletColumns = []column[userapi.Wallet]{
	col("BALANCE", func(w userapi.Wallet) string { return amount(w.Balance) }),
	col("HELD", func(w userapi.Wallet) string { return amount(w.Held) }),
	col("AVAILABLE", func(w userapi.Wallet) string { return amount(w.Available) }),
}

var entryColumns = []column[userapi.OpsEntry]{
	col("AT", func(e userapi.OpsEntry) string { return when(e.At) }),
	col("KIND", func(e userapi.OpsEntry) string { return e.Kind }),
	figure("AMOUNT", func(e userapi.OpsEntry) string { return amount(e.Amount) }),
	col("TRIP", func(e userapi.OpsEntry) string { return text(e.TripID) }),
	col("BY", func(e userapi.OpsEntry) string { return text(e.BookedBy) }),
	col("REASON", func(e userapi.OpsEntry) string { return text(e.Reason) }),
	detail("ID", func(e userapi.OpsEntry) string { return e.ID }),
	detail("ACCOUNT", func(e userapi.OpsEntry) string { return e.AccountID }),
}

func (t *tool) wallets() *cobra.Command {
	return t.group("wallets", "Riders' money", "Riders' money. A wallet is called by its account: the id, e-mail address or phone number.",
		`  freecar ops wallets show ada@example.com
  freecar ops wallets entries ada@example.com`,
		single[userapi.AccountRequest, userapi.Wallet]{
			use: "show <account>", short: "Show what an account has",
			example: `  freecar ops wallets show ada@example.com`,
			route:   userapi.OpsWallet, columns: walletColumns,
			of: func(r *userapi.AccountRequest) *string { return &r.ID }, named: accountNamed, complete: accountIDs,
		}.command(t),
		listing[userapi.OpsEntriesRequest, userapi.OpsEntry]{
			use: "entries <account>", short: "List the movements of a wallet, newest first", items: "entries",
			example: `  freecar ops wallets entries ada@example.com
  freecar ops wallets entries ada@example.com --all --json | jq 'select(.kind == "refund")'`,
			route: userapi.OpsEntries, columns: entryColumns,
			of: func(r *userapi.OpsEntriesRequest) *string { return &r.ID }, named: accountNamed, complete: accountIDs,
		}.command(t),
		t.adjust(),
	)
}

func (t *tool) adjust() *cobra.Command {
	var by wire.Money
	return single[userapi.AdjustRequest, userapi.OpsEntry]{
		use: "adjust <account> --amount <amount> --reason <text>", short: "Give money to a wallet, or take some",
		long: `Give money to a wallet, or take some with an amount below zero. Who did it and why is
kept in the books; the rider sees the amount.`,
		example: `  freecar ops wallets adjust ada@example.com --amount 5.00 --reason "Waited for the tow truck."
  freecar ops wallets adjust ada@example.com --amount=-12.50 --reason "A parking fine." --yes`,
		route: userapi.Adjust, columns: entryColumns,
		of: func(r *userapi.AdjustRequest) *string { return &r.ID }, named: accountNamed, complete: accountIDs,
		flags: func(cmd *cobra.Command, f *pflag.FlagSet, r *userapi.AdjustRequest) {
			amountFlag(f, &by, "amount", "how much, 5.00 say; below zero it is taken")
			f.StringVar(&r.Reason, "reason", "", "why, for the books")
			required(cmd, "amount", "reason")
		},
		prepare: func(i *invocation, r *userapi.AdjustRequest) error {
			r.Amount = by
			return i.confirm("This books %s on the wallet of account %s; another booking alone takes it back.", amount(by), r.ID)
		},
	}.command(t)
}

// amountFlag reads an amount of the deployment's currency.
func amountFlag(f *pflag.FlagSet, to *wire.Money, flag, usage string) {
	f.Func(flag, usage, func(s string) (err error) {
		*to, err = asMoney(s)
		return err
	})
}

// asMoney reads "12", "12.5" and "-12.50 EUR". Nothing is rounded.
func asMoney(s string) (wire.Money, error) {
	wrong := fmt.Errorf("an amount is 12.50 or -12.50, in %s", money.Currency)
	number := strings.TrimSpace(strings.TrimSuffix(s, money.Currency))
	digits, negative := strings.CutPrefix(number, "-")
	whole, cents, _ := strings.Cut(digits, ".")
	if whole == "" || len(cents) > 2 || strings.HasSuffix(digits, ".") || strings.Trim(whole+cents, "0123456789") != "" {
		return wire.Money{}, wrong
	}
	n, err := strconv.ParseInt(whole+cents+strings.Repeat("0", 2-len(cents)), 10, 64)
	if err != nil {
		return wire.Money{}, wrong
	}
	if negative {
		n = -n
	}
	return wire.FromMoney(money.Of(n)), nil
}
