package opscli

import (
	"cmp"
	"errors"
	"fmt"
	"strings"

	"github.com/spf13/cobra"

	"freecar/cmd/freecar/internal/opsclient"
	"freecar/internal/auth"
	"freecar/internal/errs"
	"freecar/internal/kitx"
)

// Exit codes.
const (
	exitFailed = 1
	exitMisuse = 2
)

// ExitCode is what the program ends with after err.
func ExitCode(err error) int {
	switch _, misused := errors.AsType[*usageError](err); {
	case err == nil:
		return 0
	case misused:
		return exitMisuse
	default:
		return exitFailed
	}
}

// usageError is a command line that was not understood.
type usageError struct {
	command string
	err     error
}

func (u *usageError) Error() string {
	return fmt.Sprintf("%v\nSee %q.", u.err, u.command+" --help")
}

func (u *usageError) Unwrap() error { return u.err }

// misuse marks err, if there is one, as what the caller typed.
func misuse(c *cobra.Command, err error) error {
	if err == nil {
		return nil
	}
	return &usageError{command: c.CommandPath(), err: err}
}

// errInterrupted says that the person did not want to wait.
var errInterrupted = errors.New("interrupted")

// refusal is an answer of the API that says no, with what helps to find it in a log.
type refusal struct {
	spec      kitx.Spec
	cause     *errs.Error
	traceID   string
	requestID string
	key       string // the idempotency key of a write
}

func (r *refusal) Unwrap() error { return r.cause }

// Error says it to a person: what is wrong, field by field, and where to look.
func (r *refusal) Error() string {
	var text strings.Builder
	if r.cause.Kind == errs.Invalid && len(r.cause.Fields) > 0 {
		text.WriteString("That is not valid:")
	} else {
		fmt.Fprintf(&text, "%s (%s)", cmp.Or(r.cause.Detail, "The answer explains nothing: is that FreeCar's gateway?"), r.cause.Code)
	}
	for _, f := range r.cause.Fields {
		text.WriteString("\n  " + strings.TrimPrefix(fmt.Sprintf("%s: %s (%s)", f.Field, f.Detail, f.Code), ": "))
	}
	if r.cause.RetryAfter > 0 {
		fmt.Fprintf(&text, "\nTry again in %s.", r.cause.RetryAfter)
	}
	if r.inDoubt() {
		fmt.Fprintf(&text, "\nIt may have been done all the same. Repeated with --idempotency-key %s it is done once at most.", r.key)
	}
	if r.traceID != "" {
		fmt.Fprintf(&text, "\ntrace_id %s, request_id %s", r.traceID, r.requestID)
	}
	return text.String()
}

// inDoubt says that nobody knows whether a write had its effect.
func (r *refusal) inDoubt() bool {
	return r.key != "" && r.cause.Kind.Fault() && !opsclient.NeverSent(r.cause)
}

// explain adds to an error what the person can do about it.
func (i *invocation) explain(err error) error {
	refused, _ := errors.AsType[*refusal](err)
	switch {
	case errors.Is(err, opsclient.ErrSignedOut), errors.Is(err, opsclient.ErrEnded):
		return fmt.Errorf("%w\nSign in to %s with \"freecar ops login%s\"", err, i.gateway, i.elsewhere())
	case refused != nil && refused.cause.Kind == errs.Denied:
		return fmt.Errorf("%w\n%s", err, i.whoMay(refused.spec.Who.Roles()))
	default:
		return err
	}
}

// whoMay compares the roles that an operation takes with the caller's.
func (i *invocation) whoMay(roles auth.Roles) string {
	needs := "It takes " + strings.Join(roles.Names(), " or ")
	session, err := i.client.Session()
	if err != nil {
		return needs + "."
	}
	return fmt.Sprintf("%s; you are %s (%s).", needs, address(session.Account), strings.Join(session.Account.Roles, ", "))
}

// elsewhere is the flag that names this gateway, where it was needed.
func (i *invocation) elsewhere() string {
	if f := i.command.Flag("url"); f == nil || !f.Changed {
		return ""
	}
	return " --url " + i.gateway.String()
}
