package opscli

import (
	"fmt"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"freecar/internal/kitx"
)

// single is a command that does or shows one thing.
type single[Req, Resp any] struct {
	use, short, long, example string
	route                     *kitx.Route[Req, Resp]
	columns                   []column[Resp]
	flags                     func(*cobra.Command, *pflag.FlagSet, *Req)
	// of takes the argument that it is about, an id say; nil for none.
	of func(*Req) *string
	// named finds the id of what the argument calls by another name; nil takes ids alone.
	named naming
	// complete completes that argument.
	complete completion
	// prepare finishes the request before it is sent; nil for nothing to do.
	prepare func(*invocation, *Req) error
	// question is asked before what cannot be undone; "" asks nothing.
	question string
	// done is said to a person afterwards; nil shows the answer.
	done func(Req, Resp) string
}

func (s single[Req, Resp]) command(t *tool) *cobra.Command {
	var req Req
	cmd := &cobra.Command{Use: s.use, Short: s.short, Long: s.long, Example: s.example}
	if s.flags != nil {
		s.flags(cmd, cmd.Flags(), &req)
	}
	keyFlag(cmd, &req)
	positional := none
	if s.of != nil {
		positional = one
		cmd.ValidArgsFunction = t.completing(s.complete, 1)
	}
	return t.leaf(cmd, positional, func(i *invocation, args []string) error {
		if s.of != nil {
			var err error
			if *s.of(&req), err = s.named.id(i, args[0]); err != nil {
				return err
			}
		}
		if s.prepare != nil {
			if err := s.prepare(i, &req); err != nil {
				return err
			}
		}
		if s.question != "" {
			if err := i.confirm("%s", s.question); err != nil {
				return err
			}
		}
		answer, raw, err := ask(i, s.route, req)
		if err != nil {
			return err
		}
		if s.done != nil && !i.json {
			i.progress.clear()
			_, err := fmt.Fprintln(i.out, Plain(s.done(req, answer)))
			return err
		}
		return show(i, s.columns, answer, raw)
	})
}

// keyFlag lets a write that takes an idempotency key be given one, so that it can be
// repeated when nobody knows whether it was done.
func keyFlag[Req any](cmd *cobra.Command, req *Req) {
	if keyed := part[kitx.Keyed](req); keyed != nil {
		cmd.Flags().StringVar(&keyed.IdempotencyKey, "idempotency-key", "", keyUsage)
	}
}

const keyUsage = "repeat an earlier try under its `key`: together they have one effect (default: a new one)"
