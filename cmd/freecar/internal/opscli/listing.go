package opscli

import (
	"errors"
	"fmt"

	"github.com/go-json-experiment/json"
	"github.com/go-json-experiment/json/jsontext"
	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"freecar/internal/kitx"
	"freecar/internal/wire"
)

// listing is a command that shows a list.
type listing[Req, Item any] struct {
	use, short, long, example string
	// items is what is listed, in the plural: "cars".
	items   string
	route   *kitx.Route[Req, wire.Page[Item]]
	columns []column[Item]
	// flags binds flags to a request; nil for none.
	flags func(*cobra.Command, *pflag.FlagSet, *Req)
	// of takes the argument that the list is of, an account id say; nil for none.
	of func(*Req) *string
	// named finds the id of what the argument calls by another name; nil takes ids alone.
	named naming
	// complete completes that argument.
	complete completion
	// prepare finishes the request before it is sent; nil for nothing to do.
	prepare func(*invocation, *Req) error
}

const (
	pageSize      = 100 // as much as the API gives at once
	listedUsually = 100
)

// extent is how much of a list is asked for.
type extent struct {
	limit int
	all   bool
}

func (l listing[Req, Item]) command(t *tool) *cobra.Command {
	var req Req
	var want extent
	cmd := &cobra.Command{Use: l.use, Aliases: []string{"ls"}, Short: l.short, Long: l.long, Example: l.example}
	if part[wire.Paging](&req) != nil {
		cmd.Flags().IntVar(&want.limit, "limit", listedUsually, "how many to list at most")
		cmd.Flags().BoolVar(&want.all, "all", false, "list all, however many")
		cmd.MarkFlagsMutuallyExclusive("limit", "all")
	} else {
		want.all = true
	}
	if l.flags != nil {
		l.flags(cmd, cmd.Flags(), &req)
	}
	positional := none
	if l.of != nil {
		positional = one
		cmd.ValidArgsFunction = t.completing(l.complete, 1)
	}
	return t.leaf(cmd, positional, func(i *invocation, args []string) error {
		if l.of != nil {
			var err error
			if *l.of(&req), err = l.named.id(i, args[0]); err != nil {
				return err
			}
		}
		if want.limit < 1 && !want.all {
			return misuse(cmd, fmt.Errorf("--limit must be at least 1; --all lists all"))
		}
		if l.prepare != nil {
			if err := l.prepare(i, &req); err != nil {
				return err
			}
		}
		return l.run(i, req, want)
	})
}

// run pages through the list. What came before a failure is shown, too.
func (l listing[Req, Item]) run(i *invocation, req Req, want extent) error {
	sink := sink[Item]{invocation: i, items: l.items, columns: l.columns}
	more, failure := l.each(i, req, want, sink.take)
	if err := sink.end(failure == nil); err != nil || failure != nil {
		return errors.Join(failure, err)
	}
	if more {
		i.say("These are the first %d %s; --all lists all.", len(sink.found), l.items)
	}
	return nil
}

// sink shows a list: with --json each item as it comes, otherwise a table in the end.
type sink[Item any] struct {
	*invocation
	items   string
	columns []column[Item]
	found   []Item
}

func (s *sink[Item]) take(items []Item, raw []jsontext.Value) error {
	s.found = append(s.found, items...)
	s.progress.step("%d %s", len(s.found), s.items)
	if !s.json {
		return nil
	}
	for _, document := range raw {
		if err := s.printJSON(document); err != nil {
			return err
		}
	}
	return nil
}

// end shows the table; of a whole list it also says that there is nothing.
func (s *sink[Item]) end(whole bool) error {
	s.progress.clear()
	switch {
	case len(s.found) > 0 && !s.json:
		return writeTable(s.out, s.columns, s.found, s.bold())
	case len(s.found) == 0 && whole:
		s.say("There are no %s.", s.items)
	}
	return nil
}

// each hands the pages to take, as far as they are wanted, and says whether there are more.
func (l listing[Req, Item]) each(i *invocation, req Req, want extent, take func([]Item, []jsontext.Value) error) (more bool, err error) {
	paging := part[wire.Paging](&req)
	for left := want.limit; ; {
		if paging != nil {
			paging.Limit = pageSize
			if !want.all {
				paging.Limit = min(pageSize, left)
			}
		}
		page, raw, err := ask(i, l.route, req)
		if err != nil {
			return true, err
		}
		var documents struct {
			Items []jsontext.Value `json:"items"`
		}
		if err := json.Unmarshal(raw, &documents); err != nil {
			return true, err
		}
		if err := take(page.Items, documents.Items); err != nil {
			return true, err
		}
		left -= len(page.Items)
		switch {
		case page.NextCursor == nil || paging == nil:
			return false, nil
		case left <= 0 && !want.all:
			return true, nil
		}
		paging.Cursor = *page.NextCursor
	}
}

// find goes through the list for the first item that fits; nil when none does.
func (l listing[Req, Item]) find(i *invocation, req Req, fits func(Item) bool) (found *Item, raw jsontext.Value, err error) {
	_, err = l.each(i, req, extent{all: true}, func(items []Item, documents []jsontext.Value) error {
		for n := range items {
			if fits(items[n]) {
				found, raw = &items[n], documents[n]
				return errFound
			}
		}
		return nil
	})
	if errors.Is(err, errFound) {
		err = nil
	}
	return found, raw, err
}

var errFound = errors.New("found")
