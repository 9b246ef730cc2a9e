package hostile

import (
	"bytes"
	"encoding/json"
	"fmt"
	"net/url"
	"slices"
	"strconv"
	"strings"

	"freecar/internal/kitx"
)

// draft is a request before it is written: a right one, until something breaks it.
type draft struct {
	method, path string
	query        []pair
	header       []pair
	body         map[string]any // nil: none
	raw          []byte         // instead of body, if it is not nil
	length       string         // the Content-Length; empty is the body's
}

type pair struct{ name, value string }

// draft makes a right request to a route, but for what only the domain can know. with is a
// member that it has in any case.
func (m *maker) draft(r route, c Caller, with string) *draft {
	d := &draft{method: r.spec.Method, path: r.spec.Path}
	d.header = append(d.header, pair{"Host", m.g.world.Host})
	if c.Token != "" {
		d.header = append(d.header, pair{"Authorization", "Bearer " + c.Token})
	}
	if r.shape.Keyed {
		d.header = append(d.header, pair{"Idempotency-Key", fmt.Sprintf("hostile-%d-%d", m.g.seed, m.n)})
	}
	if r.body {
		d.body = map[string]any{}
		d.header = append(d.header, pair{"Content-Type", "application/json"})
	}
	for _, f := range r.shape.Members {
		if f.In == "path" || f.Name == with || demanded(f) {
			d.set(f, m.right(r, f, f.Name))
		}
	}
	return d
}

// demanded says that a request without the member is not right.
func demanded(f kitx.Member) bool {
	if _, maybe := f.Rule("omitempty", "omitnil"); maybe {
		_, anyway := f.Rule("required_without")
		return anyway
	}
	_, required := f.Rule("required")
	return required || f.In == "body" && !f.Optional
}

// set puts a value where its member travels.
func (d *draft) set(f kitx.Member, value any) {
	switch f.In {
	case "path":
		d.path = strings.Replace(d.path, "{"+f.Name+"}", url.PathEscape(text(value)), 1)
	case "query":
		d.query = append(d.query, pair{f.Name, url.QueryEscape(text(value))})
	case "header":
		d.header = append(d.header, pair{f.Name, text(value)})
	default:
		d.body[f.Name] = value
	}
}

func text(value any) string {
	switch v := value.(type) {
	case string:
		return v
	case float64:
		return strconv.FormatFloat(v, 'g', -1, 64)
	default:
		return fmt.Sprint(v)
	}
}

// content is the body as it is sent.
func (d *draft) content() []byte {
	switch {
	case d.raw != nil:
		return d.raw
	case d.body == nil:
		return nil
	}
	var b bytes.Buffer
	e := json.NewEncoder(&b)
	e.SetEscapeHTML(false)
	if err := e.Encode(d.body); err != nil {
		panic(err) // of maps, lists, texts and numbers
	}
	return bytes.TrimSpace(b.Bytes())
}

// bytes is the whole request.
func (d *draft) bytes() []byte {
	var b bytes.Buffer
	target := d.path
	for i, q := range d.query {
		target += string("?&"[min(i, 1)]) + q.name + "=" + q.value
	}
	content := d.content()
	fmt.Fprintf(&b, "%s %s HTTP/1.1\r\n", d.method, target)
	for _, h := range d.header {
		fmt.Fprintf(&b, "%s: %s\r\n", h.name, h.value)
	}
	switch length := d.length; {
	case length == "none":
	case length != "":
		fmt.Fprintf(&b, "Content-Length: %s\r\n", length)
	case len(content) > 0 || d.method != "GET" && d.method != "DELETE" && d.method != "HEAD":
		fmt.Fprintf(&b, "Content-Length: %d\r\n", len(content))
	}
	b.WriteString("\r\n")
	b.Write(content)
	return b.Bytes()
}

func (d *draft) without(header string) {
	d.header = slices.DeleteFunc(d.header, func(h pair) bool { return h.name == header })
}

// request is the draft with what is said of it.
func (d *draft) request(what string, w Want) Request {
	return Request{What: what, Bytes: d.bytes(), Head: d.method == "HEAD", Want: w}
}

// Nobody is an id that nothing has.
const Nobody = "0190a5f0-0000-7000-8000-000000000000"

// right is a value that keeps the rules of a member; at is its path.
func (m *maker) right(r route, f kitx.Member, at string) any {
	for _, key := range []string{r.spec.Op + " " + at, at, f.Name} {
		if values := m.g.world.Values[key]; len(values) > 0 {
			return pick(m, values...)
		}
	}
	switch f.Is {
	case "string":
		return rightText(m, f)
	case "integer":
		low, high := bounds(f)
		return int64(low) + m.Int64N(int64(min(high-low, 20))+1)
	case "number":
		low, high := bounds(f)
		return low + (high-low)*m.Float64()
	case "boolean":
		return false
	case "array":
		if _, least := f.Rule("min", "len"); !least && m.IntN(2) == 0 {
			return []any{}
		}
		return []any{m.right(r, *f.Entry, at+"[]")}
	default:
		object := map[string]any{}
		for _, inner := range f.Members {
			if !inner.Optional || demanded(inner) {
				object[inner.Name] = m.right(r, inner, at+"."+inner.Name)
			}
		}
		return object
	}
}

// rightForms are texts of rules that need one form.
var rightForms = map[string]string{
	"uuid": Nobody, "datetime": "2030-01-31", "iso4217": "EUR", "iso3166_1_alpha2": "DE",
}

func rightText(m *maker, f kitx.Member) string {
	if f.Form == "date-time" {
		return "2026-01-31T13:45:00.000Z"
	}
	for rule, form := range rightForms {
		if _, ok := f.Rule(rule); ok {
			return form
		}
	}
	if options, ok := f.Rule("oneof"); ok {
		return pick(m, strings.Fields(options)...)
	}
	letters := "a"
	if _, digits := f.Rule("number"); digits {
		letters = "7"
	}
	length := 6
	for _, rule := range []string{"len", "min"} {
		if n, ok := f.Rule(rule); ok {
			length, _ = strconv.Atoi(n)
		}
	}
	return strings.Repeat(letters, length)
}

// bounds are those of a number, and wide where it has none.
func bounds(f kitx.Member) (low, high float64) {
	const wide = 1_000_000
	low, high = 0, wide
	if n, ok := f.Rule("min", "gte", "gt"); ok {
		low, _ = strconv.ParseFloat(n, 64)
	}
	if n, ok := f.Rule("max", "lte", "lt"); ok {
		high, _ = strconv.ParseFloat(n, 64)
	}
	return low, high
}
