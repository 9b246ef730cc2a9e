package opscli

import (
	"errors"
	"fmt"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"freecar/internal/kitx"
	"freecar/user/userapi"
)

func (t *tool) totp() *cobra.Command {
	return t.group("totp", "Your second factor",
		"Your second factor: the codes of an authenticator app, asked for when you sign in.",
		"  freecar ops totp enrol",
		t.enrol(),
		single[userapi.RemoveTOTPRequest, kitx.None]{
			use: "remove --code <code>", short: "Sign in without a second factor again",
			example: `  freecar ops totp remove --code 123456`,
			route:   userapi.RemoveTOTP,
			flags: func(_ *cobra.Command, f *pflag.FlagSet, r *userapi.RemoveTOTPRequest) {
				f.StringVar(&r.Code, "code", "", "the code that the app shows; needed unless the enrolment was never finished")
			},
			done: func(userapi.RemoveTOTPRequest, kitx.None) string { return "removed" },
		}.command(t))
}

func (t *tool) enrol() *cobra.Command {
	var file string
	cmd := &cobra.Command{
		Use: "enrol", Short: "Set up an authenticator app",
		Long: `Set up an authenticator app. Its secret is shown this once; the app takes it typed or as
the QR code of the address. It counts once a code of the app has been typed here.

Your password is asked for, or comes from --password-file or FREECAR_PASSWORD.`,
		Example: `  freecar ops totp enrol`,
	}
	cmd.Flags().StringVar(&file, "password-file", "", "read the password from the first line of this file; - is stdin")
	return t.leaf(cmd, none, func(i *invocation, _ []string) error {
		password, err := i.knownPassword(file)
		if err != nil {
			return err
		}
		secret, raw, err := ask(i, userapi.EnrolTOTP, userapi.EnrolTOTPRequest{Password: password})
		if err != nil {
			return err
		}
		if err := show(i, totpColumns, secret, raw); err != nil {
			return err
		}
		code, err := i.prompt("Code: ")
		if err != nil || code == "" {
			return errors.Join(errors.New("no code, no second factor: enrol again"), err)
		}
		if _, _, err := ask(i, userapi.ConfirmTOTP, userapi.TOTPRequest{Code: code}); err != nil {
			return err
		}
		i.say("From now on, signing in takes a code.")
		return nil
	})
}

var totpColumns = []column[userapi.TOTPSecret]{
	col("SECRET", func(s userapi.TOTPSecret) string { return s.Secret }),
	col("ADDRESS", func(s userapi.TOTPSecret) string { return s.URL }),
}

func (t *tool) resetTOTP() *cobra.Command {
	return change(bulk[userapi.ChangeAccountRequest, userapi.StaffAccount]{
		use: "reset-totp <account>...", short: "Take the second factor of accounts away", loses: "takes the second factor away from",
		long:    "Take the second factor of accounts away, for who lost the device. They can set up another.",
		example: `  freecar ops accounts reset-totp grace@example.com`,
		flags: func(_ *cobra.Command, _ *pflag.FlagSet, r *userapi.ChangeAccountRequest) {
			r.ResetTOTP = true
		},
		done: func(a userapi.StaffAccount) string { return fmt.Sprintf("%s has no second factor", address(a.Account)) },
	}).command(t)
}
