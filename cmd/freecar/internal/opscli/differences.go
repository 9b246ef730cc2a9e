package opscli

import (
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"

	"github.com/go-json-experiment/json"
	"github.com/go-json-experiment/json/jsontext"

	"freecar/internal/wire"
)

// difference is one place where two documents are not the same.
type difference struct {
	path     string
	old, new string // JSON; empty where there is nothing
}

// String reads "unlock.amount: 100 → 150".
func (d difference) String() string {
	switch {
	case d.old == "":
		return fmt.Sprintf("+ %s: %s", d.path, shortened(d.new))
	case d.new == "":
		return fmt.Sprintf("- %s: %s", d.path, shortened(d.old))
	default:
		return fmt.Sprintf("~ %s: %s → %s", d.path, shortened(d.old), shortened(d.new))
	}
}

const shownOfValue = 80

func shortened(s string) string {
	if runes := []rune(s); len(runes) > shownOfValue {
		return string(runes[:shownOfValue]) + "…"
	}
	return s
}

// differences compares two documents; old may be nil. What stands under one of the names
// at the top is not compared. A member that is null and one that is not there are equal.
func differences(old, updated jsontext.Value, except ...string) ([]difference, error) {
	var a, b any
	if len(old) > 0 {
		if err := json.Unmarshal(old, &a); err != nil {
			return nil, err
		}
	}
	if err := json.Unmarshal(updated, &b); err != nil {
		return nil, err
	}
	for _, document := range []any{a, b} {
		if members, ok := document.(map[string]any); ok {
			maps.DeleteFunc(members, func(name string, _ any) bool { return slices.Contains(except, name) })
		}
	}
	return compare(nil, "", a, b), nil
}

func compare(found []difference, path string, a, b any) []difference {
	switch a := a.(type) {
	case map[string]any:
		if b, ok := b.(map[string]any); ok && !isMoney(a) {
			names := slices.Sorted(maps.Keys(a))
			for name := range b {
				if _, both := a[name]; !both {
					names = append(names, name)
				}
			}
			slices.Sort(names)
			for _, name := range names {
				found = compare(found, strings.TrimPrefix(path+"."+name, "."), a[name], b[name])
			}
			return found
		}
	case []any:
		if b, ok := b.([]any); ok {
			for n := range max(len(a), len(b)) {
				found = compare(found, path+"["+strconv.Itoa(n)+"]", at(a, n), at(b, n))
			}
			return found
		}
	case nil:
		if b, ok := b.(map[string]any); ok && path == "" { // all of it is new
			return compare(found, path, map[string]any{}, b)
		}
	}
	d := difference{path: path, old: spelled(a), new: spelled(b)}
	if d.old != d.new {
		found = append(found, d)
	}
	return found
}

func at(list []any, n int) any {
	if n < len(list) {
		return list[n]
	}
	return nil
}

// isMoney knows an amount by its form.
func isMoney(v any) bool {
	members, ok := v.(map[string]any)
	_, amount := members["amount"].(float64)
	_, currency := members["currency"].(string)
	return ok && amount && currency && len(members) == 2
}

// spelled is a value's JSON, or an amount as people write it; nothing for null.
func spelled(v any) string {
	if v == nil {
		return ""
	}
	if isMoney(v) {
		m := v.(map[string]any)
		return amount(wire.Money{Amount: int64(m["amount"].(float64)), Currency: m["currency"].(string)})
	}
	raw, err := json.Marshal(v, json.Deterministic(true))
	if err != nil {
		return fmt.Sprint(v)
	}
	return string(raw)
}

// agreed shows what would change and asks whether it shall.
func (i *invocation) agreed(what string, changes []difference) (bool, error) {
	if len(changes) == 0 {
		i.say("Nothing changes: all is as the file says.")
		return false, nil
	}
	for _, d := range changes {
		i.say("%s", d)
	}
	return true, i.confirm("This changes the %s for everybody.", what)
}
