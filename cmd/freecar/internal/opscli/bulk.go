package opscli

import (
	"bufio"
	"errors"
	"fmt"
	"io"
	"strings"

	"github.com/go-json-experiment/json/jsontext"
	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"freecar/cmd/freecar/internal/opsclient"
	"freecar/internal/auth"
	"freecar/internal/errs"
	"freecar/internal/kitx"
)

// bulk is a command that does the same to one or several things.
type bulk[Req, Resp any] struct {
	use, short, long, example string
	// thing and things are what it is done to: "licence", "licences".
	thing, things string
	route         *kitx.Route[Req, Resp]
	flags         func(*cobra.Command, *pflag.FlagSet, *Req)
	// id is where the request names the thing.
	id       func(*Req) *string
	complete completion
	// named finds the id of what is called by another name; nil takes ids alone.
	named naming
	// prepare finishes the request for one thing; nil for nothing to do.
	prepare func(*invocation, *Req) error
	// loses is what cannot be undone, after "This": "retires"; "" asks nothing.
	loses string
	// follow waits for what an answer sets off; nil for nothing to wait for.
	follow func(*invocation, Req, Resp, jsontext.Value) (Resp, jsontext.Value, error)
	// done says what became of one: "verified".
	done func(Resp) string
}

func (b bulk[Req, Resp]) command(t *tool) *cobra.Command {
	var req Req
	cmd := &cobra.Command{Use: b.use, Short: b.short, Long: b.long, Example: b.example, ValidArgsFunction: t.completing(b.complete, anyNumber)}
	if b.flags != nil {
		b.flags(cmd, cmd.Flags(), &req)
	}
	keyFlag(cmd, &req)
	return t.leaf(cmd, some, func(i *invocation, args []string) error {
		ids, err := i.ids(args)
		if err != nil {
			return err
		}
		if keyed := part[kitx.Keyed](&req); keyed != nil && keyed.IdempotencyKey != "" && len(ids) > 1 {
			return misuse(cmd, fmt.Errorf("--idempotency-key is for one %s: each has its own", b.thing))
		}
		if b.loses != "" {
			if err := i.confirm("This %s %s and cannot be undone.", b.loses, b.count(ids)); err != nil {
				return err
			}
		}
		return b.run(i, req, ids)
	})
}

func (b bulk[Req, Resp]) count(ids []string) string {
	if len(ids) == 1 {
		return "the " + b.thing + " " + ids[0]
	}
	return fmt.Sprintf("%d %s", len(ids), b.things)
}

// run does it to each and goes on after a refusal, unless all others would meet the same.
func (b bulk[Req, Resp]) run(i *invocation, req Req, ids []string) error {
	failed := 0
	for n, id := range ids {
		if len(ids) > 1 {
			i.progress.step("%d of %d %s", n+1, len(ids), b.things)
		}
		answer, raw, err := b.one(i, req, id)
		if err == nil {
			if err := b.report(i, id, answer, raw); err != nil {
				return err
			}
			continue
		}
		failed++
		if len(ids) == 1 {
			return err
		}
		if hopeless(err) {
			return fmt.Errorf("%s %s: %w\nStopped: %d of %d done, %d not tried", b.thing, id, err, n+1-failed, len(ids), len(ids)-n-1)
		}
		i.say("%s %s: %v", b.thing, id, err)
	}
	i.progress.clear()
	switch failed {
	case 0:
		return nil
	case len(ids):
		return fmt.Errorf("all %d %s failed", failed, b.things)
	default:
		return fmt.Errorf("%d of %d %s failed; the others are done", failed, len(ids), b.things)
	}
}

// one does it to one thing.
func (b bulk[Req, Resp]) one(i *invocation, req Req, name string) (answer Resp, raw jsontext.Value, err error) {
	if *b.id(&req), err = b.named.id(i, name); err != nil {
		return answer, nil, err
	}
	if b.prepare != nil {
		if err := b.prepare(i, &req); err != nil {
			return answer, nil, err
		}
	}
	answer, raw, err = ask(i, b.route, req)
	if err != nil || b.follow == nil {
		return answer, raw, err
	}
	return b.follow(i, req, answer, raw)
}

func (b bulk[Req, Resp]) report(i *invocation, id string, answer Resp, raw []byte) error {
	i.progress.clear()
	if i.json {
		return show(i, nil, answer, raw)
	}
	_, err := fmt.Fprintf(i.out, "%s %s %s\n", b.thing, cell(id), cell(b.done(answer)))
	return err
}

// hopeless says that the next would fail alike: nobody is there, or may.
func hopeless(err error) bool {
	return errs.KindOf(err) == errs.Unauthenticated || errors.Is(err, auth.ErrDenied) || errors.Is(err, errInterrupted) ||
		errors.Is(err, opsclient.ErrSignedOut) || errors.Is(err, opsclient.ErrEnded) || errs.CodeOf(err) == opsclient.Unreachable
}

// ids are the arguments, with those from stdin in the place of "-"; each once.
func (i *invocation) ids(args []string) ([]string, error) {
	var all []string
	seen := map[string]bool{}
	add := func(id string) {
		if id = strings.TrimSpace(id); id != "" && !seen[id] {
			seen[id] = true
			all = append(all, id)
		}
	}
	for _, arg := range args {
		if arg != "-" {
			add(arg)
			continue
		}
		lines := bufio.NewScanner(i.in)
		for lines.Scan() {
			add(lines.Text())
		}
		if err := lines.Err(); err != nil {
			return nil, fmt.Errorf("reading ids from stdin: %w", err)
		}
		i.in = io.MultiReader() // it is read: nobody can be asked there
	}
	if len(all) == 0 {
		return nil, misuse(i.command, errors.New("no id was given"))
	}
	return all, nil
}
