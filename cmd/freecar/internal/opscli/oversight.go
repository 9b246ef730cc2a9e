package opscli

import (
	"cmp"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"freecar/internal/kitx"
	"freecar/user/userapi"
)

var auditColumns = []column[userapi.AuditRecord]{
	col("AT", func(r userapi.AuditRecord) string { return when(r.At) }),
	col("ACTOR", func(r userapi.AuditRecord) string { return r.Actor }),
	col("ACTION", func(r userapi.AuditRecord) string { return r.Action }),
	col("SUBJECT", func(r userapi.AuditRecord) string { return r.Subject }),
	col("DETAIL", func(r userapi.AuditRecord) string { return facts(r.Detail) }),
	col("TRACE", func(r userapi.AuditRecord) string { return text(r.TraceID) }),
}

// facts reads "model=VW ID.3, plate=B-FC 1001".
func facts(detail map[string]string) string {
	var all []string
	for _, name := range slices.Sorted(maps.Keys(detail)) {
		all = append(all, name+"="+detail[name])
	}
	return strings.Join(all, ", ")
}

func (t *tool) audit() *cobra.Command {
	list := listing[userapi.AuditRequest, userapi.AuditRecord]{
		use: "list", short: "List what staff did, newest first", items: "records",
		example: `  freecar ops audit list --actor grace@example.com
  freecar ops audit list --subject 7143305966085829
  freecar ops audit list --from 2026-11-01 --to 2026-12-01 --all --json > november.jsonl`,
		route: userapi.Audit, columns: auditColumns,
		flags: func(_ *cobra.Command, f *pflag.FlagSet, r *userapi.AuditRequest) {
			f.StringVar(&r.Actor, "actor", "", "only what the `account` did: its id or address")
			f.StringVar(&r.Subject, "subject", "", "only what was done to the car, account, trip, … with this `id`")
			f.StringVar(&r.Action, "action", "", "only one kind of action, freecar.car.retired.v1 say")
			given(f, &r.From, "from", "only from this `time` on: RFC 3339, or a date (UTC)", asTime)
			given(f, &r.To, "to", "only before this `time`", asTime)
		},
		prepare: func(i *invocation, r *userapi.AuditRequest) (err error) {
			r.Actor, err = accountNamed(i, r.Actor)
			return err
		},
	}.command(t)
	completeFlag(t, list, "actor", accountIDs)
	return t.group("audit", "What staff did", "", `  freecar ops audit list --actor grace@example.com`, list)
}

var letterColumns = []column[userapi.DeadLetter]{
	col("ID", func(l userapi.DeadLetter) string { return l.ID }),
	col("CONSUMER", func(l userapi.DeadLetter) string { return l.Consumer }),
	col("TYPE", func(l userapi.DeadLetter) string { return l.Type }),
	col("SUBJECT", func(l userapi.DeadLetter) string { return l.Subject }),
	figure("VERSION", func(l userapi.DeadLetter) string { return integer(l.Version) }),
	figure("TRIES", func(l userapi.DeadLetter) string { return integer(l.Attempts) }),
	col("GIVEN UP", func(l userapi.DeadLetter) string { return when(l.At) }),
	col("ERROR", func(l userapi.DeadLetter) string { return l.Error }),
}

var letterList = listing[userapi.DeadLettersRequest, userapi.DeadLetter]{
	use: "list", short: "List events that a service gave up on", items: "dead letters",
	example: `  freecar ops dead-letters list
  freecar ops dead-letters list --consumer car --json | jq -r .error`,
	route: userapi.DeadLetters, columns: letterColumns,
	flags: func(_ *cobra.Command, f *pflag.FlagSet, r *userapi.DeadLettersRequest) {
		f.StringVar(&r.Consumer, "consumer", "", "only those of one consumer")
	},
}

var letterIDs = candidates(letterList, nil,
	func(l userapi.DeadLetter) string { return l.ID },
	func(l userapi.DeadLetter) string { return l.Consumer + ", " + l.Type })

func (t *tool) deadLetters() *cobra.Command {
	return t.group("dead-letters", "Events that a service gave up on",
		"Events that a service gave up on. What stopped it once mended, they can be replayed.",
		`  freecar ops dead-letters list
  freecar ops dead-letters replay --consumer car`,
		letterList.command(t), t.showLetter(), t.replay())
}

func (t *tool) showLetter() *cobra.Command {
	cmd := &cobra.Command{
		Use: "show <letter-id>", Short: "Show a dead letter",
		Example:           `  freecar ops dead-letters show 01a20612-203f-762b-8929-d9d2a7940edc`,
		ValidArgsFunction: t.completing(letterIDs, 1),
	}
	return t.leaf(cmd, one, func(i *invocation, args []string) error {
		letter, raw, err := letterList.find(i, userapi.DeadLettersRequest{}, func(l userapi.DeadLetter) bool { return l.ID == args[0] })
		if err == nil && letter == nil {
			err = fmt.Errorf("there is no dead letter %q; it may have been replayed", args[0])
		}
		if err != nil {
			return err
		}
		return show(i, letterColumns, *letter, raw)
	})
}

// replayedAtOnce is how many ids the API takes.
const replayedAtOnce = 100

func (t *tool) replay() *cobra.Command {
	var consumer string
	cmd := &cobra.Command{
		Use: "replay <letter-id>... | --consumer <name>", Short: "Give dead letters to their consumers again",
		Long: `Give dead letters to their consumers again, by their ids (- reads them from stdin) or all
of one consumer. One that fails again comes back.`,
		Example: `  freecar ops dead-letters replay --consumer car
  freecar ops dead-letters list --json | jq -r .id | freecar ops dead-letters replay -`,
		ValidArgsFunction: t.completing(letterIDs, anyNumber),
	}
	cmd.Flags().StringVar(&consumer, "consumer", "", "all dead letters of this consumer")
	return t.leaf(cmd, cobra.ArbitraryArgs, func(i *invocation, args []string) error {
		if (len(args) > 0) == (consumer != "") {
			return misuse(cmd, errors.New("it takes either ids or --consumer"))
		}
		if consumer != "" {
			n, err := i.replay(userapi.ReplayRequest{IDs: []string{}, Consumer: consumer})
			if n == 0 && err == nil {
				i.say("There are no dead letters of %s.", consumer)
			}
			return errors.Join(err, i.replayed(n))
		}
		ids, err := i.ids(args)
		if err != nil {
			return err
		}
		total := 0
		for some := range slices.Chunk(ids, replayedAtOnce) {
			n, err := i.replay(userapi.ReplayRequest{IDs: some})
			total += n
			if err != nil {
				return errors.Join(err, i.replayed(total))
			}
		}
		err = i.replayed(total)
		if missing := len(ids) - total; missing > 0 && err == nil {
			err = fmt.Errorf("%d of %d were no dead letters (any more)", missing, len(ids))
		}
		return err
	})
}

func (i *invocation) replay(r userapi.ReplayRequest) (int, error) {
	answer, raw, err := ask(i, userapi.Replay, r)
	if err == nil && i.json {
		err = i.printJSON(raw)
	}
	return answer.Replayed, err
}

func (i *invocation) replayed(n int) error {
	if i.json || n == 0 {
		return nil
	}
	_, err := fmt.Fprintf(i.out, "%d replayed\n", n)
	return err
}

func (t *tool) cache() *cobra.Command {
	return t.group("cache", "What services keep in memory", "", "  freecar ops cache purge --cache cars",
		single[userapi.PurgeCacheRequest, kitx.None]{
			use: "purge", short: "Have caches loaded anew",
			long: "Have every instance load its caches anew, within a moment. Nothing is lost by it.",
			example: `  freecar ops cache purge
  freecar ops cache purge --cache cars`,
			route: userapi.PurgeCache,
			flags: func(cmd *cobra.Command, _ *pflag.FlagSet, r *userapi.PurgeCacheRequest) {
				choice(cmd, r, &r.Cache, "cache", "only this cache")
			},
			done: func(r userapi.PurgeCacheRequest, _ kitx.None) string {
				return "every instance loads anew: " + cmp.Or(r.Cache, "all caches")
			},
		}.command(t))
}
