package opscli

import (
	"fmt"
	"reflect"
	"slices"
	"strings"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"
)

// choice is a flag with a few values, which the request's own rule names: the field's
// validate tag, so that both stay one.
func choice[Req any](cmd *cobra.Command, req *Req, to *string, flag, usage string) {
	values := allowed(req, to)
	cmd.Flags().Var(&oneOf{to: to, values: values}, flag, usage+": "+strings.Join(values, ", "))
	fixed(cmd, flag, values)
}

// fixed completes a flag by a list of values.
func fixed(cmd *cobra.Command, flag string, values []string) {
	if err := cmd.RegisterFlagCompletionFunc(flag, cobra.FixedCompletions(values, cobra.ShellCompDirectiveNoFileComp)); err != nil {
		panic(err) // there is no such flag: a bug
	}
}

// allowed are the values after oneof= in the tag of the field that to points at.
func allowed[Req any](req *Req, to *string) []string {
	for field := range fieldsOf(reflect.ValueOf(req).Elem()) {
		if field.at != any(to) {
			continue
		}
		for rule := range strings.SplitSeq(field.tag.Get("validate"), ",") {
			if list, ok := strings.CutPrefix(rule, "oneof="); ok {
				return strings.Fields(list)
			}
		}
	}
	panic(fmt.Sprintf("opscli: no field of %T has a list of values", req))
}

type oneOf struct {
	to     *string
	values []string
}

func (o *oneOf) String() string {
	if o.to == nil {
		return ""
	}
	return *o.to
}

func (o *oneOf) Set(s string) error {
	if !slices.Contains(o.values, s) {
		return fmt.Errorf("it is one of %s", strings.Join(o.values, ", "))
	}
	*o.to = s
	return nil
}

func (o *oneOf) Type() string { return "string" }

// given binds a flag to a field that is left out of the request unless the flag is given.
func given[T any](f *pflag.FlagSet, to **T, flag, usage string, parse func(string) (T, error)) {
	f.Func(flag, usage, func(s string) error {
		v, err := parse(s)
		if err == nil {
			*to = &v
		}
		return err
	})
}

func asText(s string) (string, error) { return s, nil }
