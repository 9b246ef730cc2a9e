package opscli

import (
	"cmp"
	"errors"
	"fmt"
	"io"
	"maps"
	"os"
	"slices"
	"strings"

	"github.com/go-json-experiment/json"
	"github.com/go-json-experiment/json/jsontext"
	"github.com/spf13/cobra"
)

const documentAtMost = 32 << 20

// document reads a JSON file; "-" is stdin, where nobody can be asked afterwards.
func (i *invocation) document(path string) (jsontext.Value, error) {
	from := i.in
	if path == "-" {
		i.in = io.MultiReader()
	} else {
		f, err := os.Open(path)
		if err != nil {
			return nil, err
		}
		defer f.Close()
		from = f
	}
	raw, err := io.ReadAll(io.LimitReader(from, documentAtMost))
	if err != nil {
		return nil, err
	}
	if len(raw) == 0 {
		return nil, fmt.Errorf("%s is empty", fileName(path))
	}
	return raw, nil
}

// strictly reads a document into v. Members that v does not know are refused, save those
// that the API says and does not take.
func strictly(raw jsontext.Value, v any, given ...string) error {
	var members map[string]jsontext.Value
	if err := json.Unmarshal(raw, &members); err != nil {
		return readable(err)
	}
	maps.DeleteFunc(members, func(name string, _ jsontext.Value) bool { return slices.Contains(given, name) })
	rest, err := json.Marshal(members)
	if err != nil {
		return err
	}
	return readable(json.Unmarshal(rest, v, json.RejectUnknownMembers(true)))
}

// readable says of JSON that does not fit where and why, without names of Go.
func readable(err error) error {
	if semantic, ok := errors.AsType[*json.SemanticError](err); ok {
		if errors.Is(semantic, json.ErrUnknownName) {
			return fmt.Errorf("there is no field %q", member(semantic.JSONPointer))
		}
		return fmt.Errorf("%s has the wrong type or form", cmp.Or(member(semantic.JSONPointer), "it"))
	}
	if syntactic, ok := errors.AsType[*jsontext.SyntacticError](err); ok {
		return fmt.Errorf("it is not well-formed JSON from byte %d on", syntactic.ByteOffset)
	}
	return err
}

// member is a pointer as people write it: unlock.amount.
func member(at jsontext.Pointer) string { return strings.Join(slices.Collect(at.Tokens()), ".") }

// fileName is how a file is called in a message.
func fileName(path string) string {
	if path == "-" {
		return "stdin"
	}
	return path
}

func jsonFiles(*cobra.Command, []string, string) ([]string, cobra.ShellCompDirective) {
	return []string{"json", "geojson"}, cobra.ShellCompDirectiveFilterFileExt
}
