package endpoint

import (
	"strings"

	"github.com/go-json-experiment/json"
	"github.com/go-json-experiment/json/jsontext"

	"freecar/internal/wire"
)

// factNames are the members of any service's events that the audit keeps. All others are
// left out, so that what an event will hold one day does not get here by itself.
var factNames = []string{
	"account_id", "trip_id", "car_id", "device_id", "state", "status", "roles", "kind", "purpose",
	"amount", "captured", "refunded", "plan_id", "cache", "consumer", "letters", "command.kind",
}

const longestFact = 100

// factsOf reads the facts of an event's data; what cannot be read has none: that something
// was done is recorded all the same.
func factsOf(data []byte) map[string]string {
	members, facts := membersOf(data), map[string]string{}
	for _, name := range factNames {
		outer, inner, nested := strings.Cut(name, ".")
		value := members[outer]
		if nested {
			value = membersOf(value)[inner]
		}
		if text := textOf(value); text != "" {
			facts[name] = strings.ToValidUTF8(text[:min(len(text), longestFact)], "")
		}
	}
	return facts
}

// membersOf reads an object; anything else has no members.
func membersOf(value jsontext.Value) map[string]jsontext.Value {
	var members map[string]jsontext.Value
	if value.Kind() != '{' || json.Unmarshal(value, &members) != nil {
		return nil
	}
	return members
}

// textOf writes a value for a person: a text, a number, an amount or a list of texts; empty
// for anything else.
func textOf(value jsontext.Value) string {
	switch value.Kind() {
	case '"':
		var text string
		_ = json.Unmarshal(value, &text) // a value that was read once can be read again
		return text
	case '0', 't', 'f':
		return string(value)
	case '{':
		var amount wire.Money
		if json.Unmarshal(value, &amount) != nil || amount.Currency == "" {
			return ""
		}
		return amount.ToMoney().String()
	case '[':
		var texts []string
		if json.Unmarshal(value, &texts) != nil {
			return ""
		}
		return strings.Join(texts, ", ")
	}
	return ""
}
