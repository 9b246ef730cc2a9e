package kitx

import (
	"bytes"
	"crypto/sha256"
	"encoding"
	"encoding/hex"
	"fmt"
	"io"
	"math"
	"mime"
	"net/http"
	"net/url"
	"reflect"
	"strconv"
	"strings"
	"unicode/utf8"

	"github.com/go-json-experiment/json"
	"github.com/gorilla/mux"

	"freecar/internal/errs"
)

// codec reads and writes the requests of one route. Its plan is made once.
type codec[Req any] struct {
	spec   Spec
	params []param
	known  map[string]bool // query names
	body   bool            // some field is part of the JSON body
	keyed  []int           // where Keyed is, nil if nowhere
}

// param is a field that travels outside the body.
type param struct {
	in, name string // path, query or header
	fallback string
	index    []int
}

var keyedType = reflect.TypeFor[Keyed]()

func newCodec[Req any](spec Spec) *codec[Req] {
	c := &codec[Req]{spec: spec, known: map[string]bool{}}
	t := reflect.TypeFor[Req]()
	if t.Kind() != reflect.Struct {
		panic("kitx: the request of " + spec.Op + " is no struct")
	}
	c.plan(t, nil)
	for _, p := range c.params {
		if p.in == "path" && !strings.Contains(spec.Path, "{"+p.name+"}") && !strings.Contains(spec.Path, "{"+p.name+":") {
			panic("kitx: " + spec.Op + " has no " + p.name + " in its path")
		}
	}
	return c
}

func (c *codec[Req]) plan(t reflect.Type, at []int) {
	for i := range t.NumField() {
		f := t.Field(i)
		index := append(append([]int(nil), at...), i)
		if f.Type == keyedType {
			c.keyed = index
			continue
		}
		in, name := location(f)
		switch {
		case in != "":
			if f.Tag.Get("json") != "-" && !c.spec.bodyless() {
				panic(fmt.Sprintf(`kitx: %s.%s travels in the %s and needs json:"-"`, t, f.Name, in))
			}
			c.params = append(c.params, param{in: in, name: name, fallback: f.Tag.Get("default"), index: index})
			if in == "query" {
				c.known[name] = true
			}
		case f.Anonymous && f.Type.Kind() == reflect.Struct && f.Tag.Get("json") == "":
			c.plan(f.Type, index)
		case f.Tag.Get("json") != "-":
			c.body = true
		}
	}
}

func (s Spec) bodyless() bool { return s.Method == http.MethodGet || s.Method == http.MethodHead }

func location(f reflect.StructField) (in, name string) {
	for _, in := range []string{"path", "query", "header"} {
		if name, ok := f.Tag.Lookup(in); ok {
			return in, name
		}
	}
	return "", ""
}

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
	if err := acceptJSON(r.Header.Get("Content-Type")); err != nil {
		return nil, err
	}
	if err := json.Unmarshal(raw, into, json.RejectUnknownMembers(true)); err != nil {
		return nil, jsonError(err)
	}
	return raw, nil
}

func acceptJSON(contentType string) error {
	if contentType == "" {
		return nil
	}
	kind, _, err := mime.ParseMediaType(contentType)
	if err != nil || kind != "application/json" {
		return errs.E(errs.UnsupportedMedia, "unsupported_media", "Send the body as application/json.")
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
			bad = append(bad, errs.Field{Field: name, Code: "unknown", Detail: "There is no such parameter."})
		case len(values) > 1:
			bad = append(bad, errs.Field{Field: name, Code: "repeated", Detail: "Give it once."})
		}
	}
	vars := mux.Vars(r)
	for _, p := range c.params {
		text := p.fallback
		switch p.in {
		case "path":
			text = vars[p.name]
		case "query":
			if values, ok := query[p.name]; ok {
				text = values[0]
			}
		case "header":
			text = r.Header.Get(p.name)
		}
		if text == "" {
			continue
		}
		if err := parse(v.FieldByIndex(p.index), text); err != nil {
			bad = append(bad, errs.Field{Field: p.name, Code: "invalid", Detail: err.Error()})
		}
	}
	return bad
}

var errNumber = fmt.Errorf("It must be a number in range.")

// parse sets a field from text.
func parse(f reflect.Value, text string) error {
	if !utf8.ValidString(text) {
		return fmt.Errorf("It must be UTF-8.")
	}
	if f.Kind() == reflect.Pointer {
		f.Set(reflect.New(f.Type().Elem()))
		return parse(f.Elem(), text)
	}
	if u, ok := f.Addr().Interface().(encoding.TextUnmarshaler); ok {
		return u.UnmarshalText([]byte(text))
	}
	switch f.Kind() {
	case reflect.String:
		f.SetString(text)
	case reflect.Int, reflect.Int64:
		n, err := strconv.ParseInt(text, 10, 64)
		if err != nil || f.OverflowInt(n) {
			return errNumber
		}
		f.SetInt(n)
	case reflect.Float64:
		x, err := strconv.ParseFloat(text, 64)
		if err != nil || math.IsNaN(x) || math.IsInf(x, 0) {
			return errNumber
		}
		f.SetFloat(x)
	case reflect.Bool:
		if text != "true" && text != "false" {
			return fmt.Errorf("It must be true or false.")
		}
		f.SetBool(text == "true")
	default:
		panic("kitx: no way to read a " + f.Type().String())
	}
	return nil
}

// encode writes a request for the client: the reverse of decode.
func (c *codec[Req]) encode(req Req) (*http.Request, error) {
	v := reflect.ValueOf(&req).Elem()
	path, query, header := c.spec.Path, url.Values{}, http.Header{}
	for _, p := range c.params {
		text, ok := format(v.FieldByIndex(p.index))
		switch {
		case p.in == "path":
			path = strings.Replace(path, "{"+p.name+"}", url.PathEscape(text), 1)
		case !ok:
		case p.in == "query":
			query.Set(p.name, text)
		case p.in == "header":
			header.Set(p.name, text)
		}
	}
	var body []byte
	if c.body {
		var err error
		if body, err = json.Marshal(req); err != nil {
			return nil, err
		}
		header.Set("Content-Type", "application/json")
	}
	if c.keyed != nil {
		if key := v.FieldByIndex(c.keyed).Interface().(Keyed); key.IdempotencyKey != "" {
			header.Set(KeyHeader, key.IdempotencyKey)
		}
	}
	return newRequest(c.spec.Method, path, query, header, body), nil
}

// newRequest makes a request that net/http can send again on a dead connection.
func newRequest(method, path string, query url.Values, header http.Header, body []byte) *http.Request {
	u := &url.URL{Scheme: "http", RawPath: path, RawQuery: query.Encode()}
	u.Path, _ = url.PathUnescape(path)
	r := &http.Request{Method: method, URL: u, Header: header, Proto: "HTTP/1.1", ProtoMajor: 1, ProtoMinor: 1}
	if body != nil {
		r.ContentLength = int64(len(body))
		r.GetBody = func() (io.ReadCloser, error) { return io.NopCloser(bytes.NewReader(body)), nil }
		r.Body, _ = r.GetBody()
	}
	return r
}

// format is the text of a field; false for the zero value, which is left out.
func format(f reflect.Value) (string, bool) {
	if f.IsZero() {
		return "", false
	}
	if f.Kind() == reflect.Pointer {
		f = f.Elem()
	}
	if m, ok := f.Interface().(encoding.TextMarshaler); ok {
		text, err := m.MarshalText()
		return string(text), err == nil
	}
	return fmt.Sprint(f.Interface()), true
}

// Keyed is embedded by requests that take an Idempotency-Key.
type Keyed struct {
	IdempotencyKey string `json:"-"`
	// BodyHash tells the request's content from another under the same key.
	BodyHash string `json:"-"`
}

// KeyHeader carries the idempotency key.
const KeyHeader = "Idempotency-Key"

const keyAtMost = 128

func readKey(r *http.Request, raw []byte) (Keyed, error) {
	key := r.Header.Get(KeyHeader)
	if key == "" {
		return Keyed{}, nil
	}
	if err := CheckKey(key); err != nil {
		return Keyed{}, err
	}
	hash := sha256.New()
	_, _ = io.WriteString(hash, r.Method+" "+r.URL.Path+"?"+r.URL.RawQuery+"\n") // never fails
	_, _ = hash.Write(raw)
	return Keyed{IdempotencyKey: key, BodyHash: hex.EncodeToString(hash.Sum(nil))}, nil
}

// CheckKey holds an idempotency key to its form: 1–128 visible ASCII characters.
func CheckKey(key string) error {
	bad := len(key) == 0 || len(key) > keyAtMost
	for _, c := range []byte(key) {
		bad = bad || c <= ' ' || c > '~'
	}
	if bad {
		return errs.Invalidf(KeyHeader, "invalid", "An idempotency key has 1 to %d visible ASCII characters.", keyAtMost)
	}
	return nil
}
