package hostile

import (
	"encoding/json"
	"fmt"
	"maps"
	"math"
	"slices"
	"strconv"
	"strings"

	"freecar/internal/kitx"
)

// wrong is a value that breaks a member, or something in it.
type wrong struct {
	value any
	field string // that is at fault, as clients write it
	what  string
	form  bool // it breaks the JSON type, so that no entry of a list is looked at
}

// oneField breaks one field of a request against its rule: it is named, and no other.
func (m *maker) oneField(r route) (Request, bool) {
	c, ok := m.someone(r)
	if !ok || r.shape.ByHand && len(r.shape.Members) == 0 {
		return Request{}, false
	}
	if r.shape.Keyed && m.IntN(12) == 0 {
		return m.badKey(r, c), true
	}
	if m.IntN(8) == 0 || len(r.shape.Members) == 0 {
		return m.surplus(r, c)
	}
	f := pick(m, r.shape.Members...)
	w, ok := m.wrong(r, f, f.Name)
	if !ok {
		return Request{}, false
	}
	d := m.draft(r, c, "")
	want := Want{Statuses: []int{400}, Field: w.field, Others: r.related}
	if _, each := f.Rule("each"); each && !w.form && w.field != f.Name {
		want = Want{Statuses: []int{200}} // refused by its index
	}
	switch f.In {
	case "path":
		d.path = strings.Replace(r.spec.Path, "{"+f.Name+"}", escape(text(w.value)), 1)
		for _, other := range r.shape.Members {
			if other.In == "path" && other.Name != f.Name {
				d.set(other, m.right(r, other, other.Name))
			}
		}
	case "query":
		d.query = dropPair(d.query, f.Name)
		d.set(f, w.value)
	case "header":
		d.header = dropPair(d.header, f.Name)
		d.set(f, w.value)
	default:
		d.body[f.Name] = w.value
		if w.value == absent {
			delete(d.body, f.Name)
		}
	}
	return d.request(w.what, want), true
}

func dropPair(pairs []pair, name string) (kept []pair) {
	for _, p := range pairs {
		if p.name != name {
			kept = append(kept, p)
		}
	}
	return kept
}

// escape writes a segment of a path in such a way that it stays one.
func escape(segment string) string {
	var b strings.Builder
	for _, c := range []byte(segment) {
		if c >= '0' && c <= '9' || c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z' || c == '-' {
			b.WriteByte(c)
		} else {
			fmt.Fprintf(&b, "%%%02X", c)
		}
	}
	return b.String()
}

// absent stands for a member that is left out.
var absent = &struct{ left string }{"out"}

// wrong breaks a member in one of the ways that its type and rules offer.
func (m *maker) wrong(r route, f kitx.Member, at string) (wrong, bool) {
	if f.In == "body" {
		switch m.IntN(6) {
		case 0, 1:
			return wrong{m.otherType(f), at, "another type", true}, true
		case 2:
			if _, required := f.Rule("required"); required {
				return wrong{pick[any](m, absent, nil), at, "left out", false}, true
			}
		}
	}
	switch f.Is {
	case "string":
		return m.wrongText(f, at)
	case "integer", "number":
		return m.wrongNumber(f, at)
	case "boolean":
		if f.In != "body" {
			return wrong{pick[any](m, "TRUE", "1", "yes", "0", "truefalse", " true", "nu\x00ll"), at, "no boolean", true}, true
		}
		return wrong{m.otherType(f), at, "no boolean", true}, true
	case "array":
		return m.wrongList(r, f, at)
	default:
		return m.wrongObject(r, f, at)
	}
}

// otherType is a value of another JSON type.
func (m *maker) otherType(f kitx.Member) any {
	values := map[string]any{
		"string": "x", "integer": 7, "boolean": true, "array": []any{"x"}, "object": map[string]any{},
	}
	delete(values, f.Is)
	switch f.Is {
	case "number":
		delete(values, "integer")
	case "object":
		delete(values, "string") // of a wire type that is written as text
	}
	names := []string{"string", "integer", "boolean", "array", "object"}
	for {
		if v, ok := values[pick(m, names...)]; ok {
			return v
		}
	}
}

func (m *maker) wrongText(f kitx.Member, at string) (wrong, bool) {
	var ways []wrong
	add := func(what string, values ...string) {
		for _, v := range values {
			ways = append(ways, wrong{v, at, what, f.Form != ""})
		}
	}
	if f.Form != "" {
		add("no such form", "yesterday", "2026-02-30T00:00:00Z", "2026-01-31", "99999-01-01T00:00:00Z", "2026-01-31T24:61:00Z", "1e999", "\u0000")
	}
	for _, rule := range []string{"uuid", "oneof", "datetime", "iso4217", "iso3166_1_alpha2"} {
		if _, ok := f.Rule(rule); ok {
			add("not "+rule, "x", "null", "0", strings.Trim(Nobody, "0"), Nobody+"0", "…", "\U0001F697", "x\u202Ey", "' OR 1=1 --", strings.Repeat("z", 5_000))
		}
	}
	if _, ok := f.Rule("number"); ok {
		add("no digits", "x", "-1", "+1", "1.5", "1e3", "٣", " 1")
	}
	longest := 0
	for _, rule := range []string{"max", "len"} {
		if n, ok := f.Rule(rule); ok {
			longest, _ = strconv.Atoi(n)
		}
	}
	if longest > 0 && f.Form == "" {
		add("too long", strings.Repeat("7", longest+1), strings.Repeat("\U0001F697", longest+1))
	}
	if _, ok := f.Rule("text"); ok && longest > 3 && f.In != "header" {
		add("control characters", "a\u0000b", "a\nb", "\u0007", "a\u202eb", "\u2066x", "a\u0085")
	}
	if _, ok := f.Rule("lines"); ok {
		add("control characters", "a\u0000b", "a\u202eb", "\u001b[31m")
	}
	if least, ok := f.Rule("min"); ok && least != "0" {
		add("too short", "a")
	}
	if len(ways) == 0 {
		return wrong{}, false
	}
	return pick(m, ways...), true
}

func (m *maker) wrongNumber(f kitx.Member, at string) (wrong, bool) {
	low, high := bounds(f)
	if f.In != "body" {
		ways := []any{"NaN", "Infinity", "-Infinity", "1e999", "0x10", "1_000", "١", "", " 1", "1,5", "nil", "--1", "9223372036854775808",
			low - 1, high * 2.5, strings.Repeat("9", 400)}
		return wrong{pick(m, ways...), at, "a number against its rule", true}, true
	}
	ways := []wrong{
		{json.Number("1e999"), at, "beyond every number", true},
		{json.Number("-1e400"), at, "beyond every number", true},
		{"1", at, "a number as text", true},
		{json.Number(strconv.FormatFloat(high*2+1, 'f', 0, 64)), at, "too large", false},
		{json.Number(strconv.FormatFloat(low-1-math.Abs(low), 'f', 0, 64)), at, "too small", false},
	}
	if f.Is == "integer" {
		ways = append(ways,
			wrong{json.Number("0.5"), at, "no integer", true},
			wrong{json.Number("9223372036854775808"), at, "beyond 64 bits", true},
			wrong{json.Number("-9223372036854775809"), at, "beyond 64 bits", true})
	}
	return pick(m, ways...), true
}

func (m *maker) wrongList(r route, f kitx.Member, at string) (wrong, bool) {
	if _, domain := f.Rule("domain"); domain {
		return wrong{pick[any](m, "x", 7, []any{"x"}, []any{[]any{[]any{[]any{[]any{1}}}}}), at, "another type", true}, true
	}
	if most, ok := f.Rule("max"); ok && m.IntN(3) == 0 {
		n, _ := strconv.Atoi(most)
		list := make([]any, n+1)
		for i := range list {
			list[i] = m.right(r, *f.Entry, at+"[]")
		}
		if raw, err := json.Marshal(list); err == nil && int64(len(raw)) < r.spec.MaxBody/2 && len(raw) < 1<<16 {
			return wrong{list, at, "too many entries", false}, true
		}
	}
	w, ok := m.wrong(r, *f.Entry, fmt.Sprintf("%s[0]", at))
	if !ok || w.value == absent || w.value == nil {
		return wrong{"x", at, "no list", true}, true
	}
	w.value = []any{w.value}
	return w, true
}

func (m *maker) wrongObject(r route, f kitx.Member, at string) (wrong, bool) {
	object, ok := m.right(r, f, at).(map[string]any)
	if !ok || len(f.Members) == 0 {
		return wrong{7, at, "no object", true}, true
	}
	object = maps.Clone(object) // it may be the world's
	if m.IntN(6) == 0 {
		object["zzz"] = 1
		return wrong{object, at + ".zzz", "an unknown member", true}, true
	}
	inner := pick(m, f.Members...)
	w, ok := m.wrong(r, inner, at+"."+inner.Name)
	if !ok {
		return wrong{7, at, "no object", true}, true
	}
	if w.value == absent {
		delete(object, inner.Name)
	} else {
		object[inner.Name] = w.value
	}
	w.value = object
	return w, true
}

// surplus has a parameter or a member that there is not, or one twice.
func (m *maker) surplus(r route, c Caller) (Request, bool) {
	d := m.draft(r, c, "")
	want := Want{Statuses: []int{400}}
	name := pick(m, "zzz", "Limit", "id[]", "admin", "__proto__", "a.b")
	switch {
	case m.IntN(3) == 0 || r.shape.ByHand:
		d.query = append(d.query, pair{escape(name), "1"})
		want.Field = name
		return d.request("an unknown parameter", want), true
	case m.IntN(3) == 0 && len(d.query) > 0:
		twice := pick(m, d.query...)
		d.query = append(d.query, twice)
		want.Field = twice.name
		return d.request("a parameter twice", want), true
	case d.body == nil:
		d.raw = []byte(`{"zzz":[1]}`)
		d.header = append(d.header, pair{"Content-Type", "application/json"})
		want.Field = "zzz"
		return d.request("a body where there is none", want), true
	case len(d.body) > 0 && m.IntN(2) == 0:
		raw := d.content()
		key := pick(m, slices.Sorted(maps.Keys(d.body))...)
		again := (&draft{body: map[string]any{key: d.body[key]}}).content()
		d.raw, want.Field = append(append(raw[:len(raw)-1:len(raw)-1], ','), again[1:]...), key
		return d.request("a member twice", want), true
	}
	d.body["zzz"], want.Field = map[string]any{"a": 1}, "zzz"
	return d.request("an unknown member", want), true
}

// badKey has an idempotency key that is none.
func (m *maker) badKey(r route, c Caller) Request {
	d := m.draft(r, c, "")
	d.without("Idempotency-Key")
	key := pick(m, strings.Repeat("k", 129), "a b", "ключ", "k\tk", "\U0001F511")
	d.header = append(d.header, pair{"Idempotency-Key", key})
	if m.IntN(4) == 0 {
		d.header = append(dropPair(d.header, "Idempotency-Key"), pair{"Idempotency-Key", "one"}, pair{"Idempotency-Key", "two"})
	}
	return d.request("no idempotency key", Want{Statuses: []int{400}, Field: "Idempotency-Key"})
}
