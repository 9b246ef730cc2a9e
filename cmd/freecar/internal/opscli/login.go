package opscli

import (
	"cmp"
	"errors"
	"fmt"
	"io"
	"os"
	"strings"

	"github.com/go-json-experiment/json"
	"github.com/spf13/cobra"

	"freecar/cmd/freecar/internal/opsclient"
	"freecar/internal/auth"
	"freecar/internal/errs"
	"freecar/internal/kitx"
	"freecar/user/userapi"
)

// credentials say who signs in, and where the password is.
type credentials struct {
	email, phone string
	passwordFile string
	totp         string
}

func (t *tool) login() *cobra.Command {
	var c credentials
	cmd := &cobra.Command{
		Use:   "login",
		Short: "Sign in and keep the session",
		Long: `Sign in to the gateway at --url. The session is kept in your configuration folder, one for
each gateway, and renews itself until "freecar ops logout".

The password is asked for, or comes from --password-file, FREECAR_PASSWORD or, where no
person is there to ask, the first line of stdin. It is never a flag: other users of the
machine see those.`,
		Example: `  freecar ops login --email admin@freecar.local
  freecar ops login --email admin@freecar.local --password-file data/admin-password
  pass show freecar | freecar ops login --url https://freecar.example.com --email ada@example.com`,
	}
	f := cmd.Flags()
	f.StringVar(&c.email, "email", "", "your e-mail address")
	f.StringVar(&c.phone, "phone", "", "your phone number instead, +4930123456 say")
	f.StringVar(&c.passwordFile, "password-file", "", "read the password from the first line of this file; - is stdin")
	f.StringVar(&c.totp, "totp", "", "the `code` of your authenticator app, if you have one (default: asked for)")
	cmd.MarkFlagsMutuallyExclusive("email", "phone")
	return t.leaf(cmd, none, func(i *invocation, _ []string) error { return i.login(c) })
}

func (i *invocation) login(c credentials) error {
	request, err := i.credentials(c)
	if err != nil {
		return err
	}
	session, err := i.client.SignIn(i.ctx, request)
	if errs.CodeOf(err) == "totp_required" {
		if request.TOTP, err = i.prompt("Code of your authenticator app: "); err != nil {
			return err
		}
		session, err = i.client.SignIn(i.ctx, request)
	}
	if err != nil {
		return refused(err, refusal{spec: userapi.SignIn.Spec()})
	}
	if i.json { // the whole answer would show the tokens
		account, err := json.Marshal(session.Account)
		return errors.Join(err, i.printJSON(account))
	}
	i.say("Signed in to %s as %s (%s).", i.gateway, address(session.Account), strings.Join(session.Account.Roles, ", "))
	if roles, err := auth.RolesOf(session.Account.Roles); err == nil && !roles.Has(auth.Staff) {
		i.say("This account has no role of staff: most commands will be refused.")
	}
	return nil
}

// credentials are asked for where they are not given.
func (i *invocation) credentials(c credentials) (userapi.SignInRequest, error) {
	request := userapi.SignInRequest{Email: c.email, Phone: c.phone, TOTP: c.totp}
	_, person := terminal(i.in)
	if request.Email == "" && request.Phone == "" {
		if !person {
			return request, misuse(i.command, errors.New("--email or --phone says who signs in"))
		}
		var err error
		if request.Email, err = i.prompt("E-mail: "); err != nil {
			return request, err
		}
	}
	password, err := i.knownPassword(c.passwordFile)
	if errors.Is(err, io.EOF) || err == nil && password == "" {
		err = misuse(i.command, errors.New("there is no password: see --password-file and FREECAR_PASSWORD"))
	}
	request.Password = password
	return request, err
}

// knownPassword is the password of now: from where it is kept, or asked for. It is for who
// may send it there.
func (i *invocation) knownPassword(file string) (string, error) {
	if opsclient.Exposed(i.gateway) && !i.insecure {
		return "", fmt.Errorf("%s would carry your password in the clear: use https, or say --insecure", i.gateway)
	}
	if file != "" {
		return i.firstLine(file)
	}
	if password := os.Getenv("FREECAR_PASSWORD"); password != "" {
		return password, nil
	}
	return i.secret("Password: ")
}

func (t *tool) logout() *cobra.Command {
	cmd := &cobra.Command{
		Use:   "logout",
		Short: "Sign out",
		Long:  "End the session with the gateway at --url and forget it here.",
		Example: `  freecar ops logout
  freecar ops logout --url https://freecar.example.com`,
	}
	return t.leaf(cmd, none, func(i *invocation, _ []string) error {
		_, _, told := ask(i, userapi.SignOut, kitx.None{})
		if err := i.client.Forget(i.ctx); err != nil {
			return err
		}
		over := errors.Is(told, opsclient.ErrSignedOut) || errors.Is(told, opsclient.ErrEnded) || errs.KindOf(told) == errs.Unauthenticated
		if told != nil && !over {
			return fmt.Errorf("the session is forgotten here, but %s was not told and keeps it for a while: %w", i.gateway, told)
		}
		i.say("Signed out of %s.", i.gateway)
		return nil
	})
}

func (t *tool) password() *cobra.Command {
	var file string
	cmd := &cobra.Command{
		Use:   "password",
		Short: "Change your password",
		Long: `Change the password of the account that is signed in. Its other sessions end. Both
passwords are asked for, or are the first two lines of stdin where no person is there; the
one of now can come from --password-file or FREECAR_PASSWORD.`,
		Example: `  freecar ops password
  freecar ops password --password-file data/admin-password`,
	}
	cmd.Flags().StringVar(&file, "password-file", "", "read the password of now from the first line of this file; - is stdin")
	return t.leaf(cmd, none, func(i *invocation, _ []string) error {
		now, err := i.knownPassword(file)
		if err != nil {
			return err
		}
		next, err := i.newPassword()
		if err != nil {
			return err
		}
		if _, _, err := ask(i, userapi.ChangePassword, userapi.ChangePasswordRequest{Password: now, NewPassword: next}); err != nil {
			return err
		}
		i.say("The password is changed.")
		return nil
	})
}

// newPassword is asked for twice, since nobody sees what is typed.
func (i *invocation) newPassword() (string, error) {
	next, err := i.secret("New password: ")
	if _, person := terminal(i.in); err != nil || !person {
		return next, err
	}
	again, err := i.secret("New password again: ")
	if err == nil && again != next {
		err = errors.New("the two are not the same; nothing was changed")
	}
	return next, err
}

func (t *tool) whoami() *cobra.Command {
	return single[kitx.None, userapi.Account]{
		use: "whoami", short: "Show who is signed in",
		long: "Show the account that is signed in to the gateway at --url, as the gateway knows it.",
		example: `  freecar ops whoami
  freecar ops whoami --json | jq -r '.roles[]'`,
		route: userapi.Me, columns: accountColumns,
	}.command(t)
}

// address is how a person is called: by e-mail, phone or id.
func address(a userapi.Account) string {
	return cmp.Or(text(a.Email), cmp.Or(text(a.Phone), a.ID))
}
