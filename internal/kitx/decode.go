package kitx

import (
	"bytes"
	"io"
	"mime"
	"net/http"
	"net/url"
	"reflect"
	"slices"
	"strings"

	"github.com/go-json-experiment/json"

	"freecar/internal/errs"
)

// decode reads a request and holds it to its rules. Errors: Invalid with the fields
// named, TooLarge, UnsupportedMedia.
func (c *codec[Req]) decode(r *http.Request) (Req, error) {
	var req Req
	v := reflect.ValueOf(&req).Elem()
	raw, err := c.readBody(r, &req)
	if err != nil {
		return req, err
	}
	if bad := c.readParams(r, v); len(bad) > 0 {
		return req, errs.InvalidFields(bad...)
	}
	if c.keyed != nil {
		key, err := readKey(r, raw)
		if err != nil {
			return req, err
		}
		v.FieldByIndex(c.keyed).Set(reflect.ValueOf(key))
	}
	return req, check(v)
}

func (c *codec[Req]) readBody(r *http.Request, req *Req) ([]byte, error) {
	raw, err := io.ReadAll(http.MaxBytesReader(nil, r.Body, c.spec.MaxBody))
	if err != nil {
		return nil, bodyError(err, c.spec.MaxBody)
	}
	into := any(req)
	if !c.body {
		into = &None{} // nothing or {}
	}
	if len(bytes.TrimSpace(raw)) == 0 {
		return raw, nil // a missing member is found by its rule
	}
	if err := acceptMedia(r.Header.Get("Content-Type"), c.spec.Media); err != nil {
		return nil, err
	}
	if err := json.Unmarshal(raw, into, json.RejectUnknownMembers(true)); err != nil {
		return nil, jsonError(err)
	}
	return raw, nil
}

func acceptMedia(contentType, media string) error {
	if contentType == "" {
		return nil
	}
	kind, _, err := mime.ParseMediaType(contentType)
	if err != nil || kind != jsonMedia && kind != media {
		return errs.E(errs.UnsupportedMedia, "unsupported_media", "Send the body as "+media+".")
	}
	return nil
}

func (c *codec[Req]) readParams(r *http.Request, v reflect.Value) (bad []errs.Field) {
	query, err := url.ParseQuery(r.URL.RawQuery)
	if err != nil {
		return []errs.Field{{Field: "query", Code: "invalid", Detail: "The query string is not well formed."}}
	}
	for name, values := range query {
		switch {
		case !c.known[name]:
			bad = append(bad, errs.Field{Field: Echo(name), Code: "unknown", Detail: "There is no such parameter."})
		case len(values) > 1:
			bad = append(bad, errs.Field{Field: name, Code: "repeated", Detail: "Give it once."})
		}
	}
	vars := stateOf(r.Context()).vars
	for _, p := range c.params {
		text, given := p.find(r, vars, query)
		if !given {
			continue
		}
		if err := parse(v.FieldByIndex(p.index), text); err != nil {
			bad = append(bad, errs.Field{Field: p.name, Code: "invalid", Detail: err.Error()})
		}
	}
	slices.SortFunc(bad, func(a, b errs.Field) int { return strings.Compare(a.Field, b.Field) })
	return told(bad)
}

// told is as many of the mistakes as an answer names: one who makes thousands shall not get
// thousands of lines for them.
func told(bad []errs.Field) []errs.Field {
	const atMost = 20
	return bad[:min(len(bad), atMost)]
}

// find is the text of a field and whether there is one; an empty one is one.
func (p param) find(r *http.Request, vars map[string]string, query url.Values) (text string, given bool) {
	switch p.in {
	case "path":
		text, given = vars[p.name]
		return text, given
	case "query":
		if values, ok := query[p.name]; ok {
			return values[0], true
		}
	default:
		if values := r.Header.Values(p.name); len(values) > 0 {
			return values[0], true
		}
	}
	return p.fallback, p.fallback != ""
}
