package opscli

import (
	"context"
	"slices"
	"strings"
	"time"

	"github.com/go-json-experiment/json/jsontext"
	"github.com/spf13/cobra"
)

// completion gives the ids that can stand at a place, each with a tab and what helps to
// tell it from others.
type completion func(*invocation) ([]string, error)

const (
	anyNumber = -1
	// completionPatience is how long a person waits for a shell to complete.
	completionPatience = 2 * time.Second
)

// completing completes up to so many arguments. Without an answer in time there is
// nothing to complete: a shell shows no errors.
func (t *tool) completing(c completion, atMost int) cobra.CompletionFunc {
	if c == nil {
		return cobra.NoFileCompletions
	}
	return func(cmd *cobra.Command, args []string, typed string) ([]string, cobra.ShellCompDirective) {
		if atMost != anyNumber && len(args) >= atMost {
			return nil, cobra.ShellCompDirectiveNoFileComp
		}
		i, err := t.invoke(cmd)
		if err != nil {
			return nil, cobra.ShellCompDirectiveNoFileComp
		}
		var cancel context.CancelFunc
		i.ctx, cancel = context.WithTimeout(i.ctx, completionPatience)
		defer cancel()
		found, _ := c(i)
		found = slices.DeleteFunc(found, func(candidate string) bool {
			id, _, _ := strings.Cut(candidate, "\t")
			return !strings.HasPrefix(id, typed) || slices.Contains(args, id)
		})
		return found, cobra.ShellCompDirectiveNoFileComp
	}
}

// candidates completes ids from the first page of a list.
func candidates[Req, Item any](l listing[Req, Item], narrow func(*Req), id func(Item) string, about func(Item) string) completion {
	return func(i *invocation) ([]string, error) {
		var req Req
		if narrow != nil {
			narrow(&req)
		}
		var found []string
		_, err := l.each(i, req, extent{limit: pageSize}, func(items []Item, _ []jsontext.Value) error {
			for _, item := range items {
				found = append(found, id(item)+"\t"+cell(about(item)))
			}
			return nil
		})
		return found, err
	}
}

// completeFlag completes a flag's value.
func completeFlag(t *tool, cmd *cobra.Command, flag string, c completion) {
	if err := cmd.RegisterFlagCompletionFunc(flag, t.completing(c, anyNumber)); err != nil {
		panic(err) // there is no such flag: a bug
	}
}
