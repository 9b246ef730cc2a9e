package opscli

import (
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
	// complete completes that argument.
	complete completion
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
			*l.of(&req) = args[0]
		}
		if want.limit < 1 && !want.all {
			return misuse(cmd, fmt.Errorf("--limit must be at least 1; --all lists all"))
		}
		return l.run(i, req, want)
	})
}

// run pages through the list. What came before a failure is shown, too.
func (l listing[Req, Item]) run(i *invocation, req Req, want extent) error {
	var found []Item
	more, failure := l.each(i, req, want, func(items []Item, raw []jsontext.Value) error {
		found = append(found, items...)
		i.progress.step("%d %s", len(found), l.items)
		if !i.json {
			return nil
		}
		for _, document := range raw {
			if err := i.printJSON(document); err != nil {
				return err
			}
		}
		return nil
	})
	i.progress.clear()
	if !i.json && len(found) > 0 {
		if err := writeTable(i.out, l.columns, found, i.bold()); err != nil {
			return err
		}
	}
	switch {
	case failure != nil:
		return failure
	case len(found) == 0:
		i.say("There are no %s.", l.items)
	case more:
		i.say("These are the first %d %s; --all lists all.", len(found), l.items)
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
