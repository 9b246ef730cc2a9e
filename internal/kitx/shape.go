package kitx

import (
	"reflect"
	"slices"
	"strings"
)

// Shape is what a request is made of and which rules hold, read from the very tags that
// validation goes by: for the contract, and for whoever breaks each rule on purpose.
type Shape struct {
	// Members are the fields outside the body and, in their order, those of the body.
	Members []Member
	// Keyed says that it takes an Idempotency-Key.
	Keyed bool
	// ByHand says that the operation reads its body by itself and, where there are no
	// members, all of the request.
	ByHand bool
}

// Member is one field of a request, of an object in it, or the entries of a list.
type Member struct {
	// Name is as clients write it; empty for entries.
	Name string
	// In is where it travels: path, query, header or body.
	In string
	// Is is its JSON type: string, integer, number, boolean, object, array; of a map
	// object, with Entry and without Members.
	Is string
	// Form is the form of a text that a wire type reads by itself, "date-time" say.
	Form string
	// Rules hold for it, in their order.
	Rules []Rule
	// Optional says that it is told from its zero value when it is left out, or null.
	Optional bool
	// Default is what stands for it when it is left out; empty for none.
	Default string
	Members []Member // of an object
	Entry   *Member  // of an array, or a map
	// Dived says that validation holds the entries to their rules.
	Dived bool
}

// Rule is one of validation's, "max" with "200" say.
type Rule struct{ Name, Param string }

// Rule is the parameter of a rule that the member has, under one of these names.
func (m Member) Rule(names ...string) (param string, ok bool) {
	for _, r := range m.Rules {
		if slices.Contains(names, r.Name) {
			return r.Param, true
		}
	}
	return "", false
}

// formed is a wire type that reads text by itself and says of which form.
type formed interface{ Form() string }

// Shape is that of the requests; without members for an operation that takes none, or
// reads its request by itself.
func (s Spec) Shape() Shape {
	shape := Shape{ByHand: s.byHand}
	if s.request != nil {
		shape.add(s.request, s.bodyless())
	}
	return shape
}

func (s *Shape) add(t reflect.Type, bodyless bool) {
	for i := range t.NumField() {
		f := t.Field(i)
		in, name := location(f)
		switch {
		case f.Type == keyedType:
			s.Keyed = true
		case in != "":
			m := memberOf(f.Type, rulesOf(f))
			m.Name, m.In, m.Default = name, in, f.Tag.Get("default")
			s.Members = append(s.Members, m)
		case inlined(f):
			s.add(f.Type, bodyless)
		case inBody(f) && !bodyless:
			s.Members = append(s.Members, bodyMember(f))
		}
	}
}

func inBody(f reflect.StructField) bool { return f.IsExported() && f.Tag.Get("json") != "-" }

func bodyMember(f reflect.StructField) Member {
	m := memberOf(f.Type, rulesOf(f))
	m.Name, _, _ = strings.Cut(f.Tag.Get("json"), ",")
	m.in("body")
	return m
}

// in says of a member and all that is in it where it travels.
func (m *Member) in(place string) {
	m.In = place
	for i := range m.Members {
		m.Members[i].in(place)
	}
	if m.Entry != nil {
		m.Entry.in(place)
	}
}

// diving ends the rules of a list and begins those of its entries.
const diving = "dive"

func rulesOf(f reflect.StructField) (rules []Rule) {
	for part := range strings.SplitSeq(f.Tag.Get("validate"), ",") {
		if name, param, _ := strings.Cut(part, "="); name != "" {
			rules = append(rules, Rule{name, param})
		}
	}
	return rules
}

func memberOf(t reflect.Type, rules []Rule) Member {
	optional := t.Kind() == reflect.Pointer
	if optional {
		t = t.Elem()
	}
	own, entries, dived := rules, []Rule(nil), false
	if i := slices.IndexFunc(rules, func(r Rule) bool { return r.Name == diving }); i >= 0 {
		own, entries, dived = rules[:i], rules[i+1:], true
	}
	m := Member{Rules: own, Is: jsonType(t), Dived: dived, Optional: optional}
	switch {
	case m.Is == "string" && t.Kind() != reflect.String:
		if f, ok := reflect.Zero(t).Interface().(formed); ok {
			m.Form = f.Form()
		}
	case m.Is == "array", t.Kind() == reflect.Map:
		entry := memberOf(t.Elem(), entries)
		m.Entry = &entry
	case t.Kind() == reflect.Struct:
		m.Members = objectMembers(t)
	}
	return m
}

func objectMembers(t reflect.Type) (members []Member) {
	for i := range t.NumField() {
		switch f := t.Field(i); {
		case inlined(f):
			members = append(members, objectMembers(f.Type)...)
		case inBody(f):
			members = append(members, bodyMember(f))
		}
	}
	return members
}

func jsonType(t reflect.Type) string {
	switch k := t.Kind(); {
	case t.Implements(marshaler), k == reflect.String:
		return "string"
	case k == reflect.Bool:
		return "boolean"
	case k == reflect.Float64, k == reflect.Float32:
		return "number"
	case k >= reflect.Int && k <= reflect.Uint64:
		return "integer"
	case k == reflect.Slice, k == reflect.Array:
		return "array"
	default:
		return "object"
	}
}
