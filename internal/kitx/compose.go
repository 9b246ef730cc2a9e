package kitx

import (
	"bytes"
	"io"
	"net/http"
	"net/url"
	"reflect"
	"strings"
	"unicode"

	"github.com/go-json-experiment/json"

	"freecar/internal/errs"
)

// encode composes a request for the client: the reverse of decode.
func (c *codec[Req]) encode(req Req) (*http.Request, error) {
	v := reflect.ValueOf(&req).Elem()
	path, query, header := c.spec.Path, url.Values{}, http.Header{}
	for _, p := range c.params {
		field := v.FieldByIndex(p.index)
		text, err := format(field)
		switch {
		case err != nil || p.in == "path" && text == "" || p.in == "header" && strings.ContainsFunc(text, unicode.IsControl):
			return nil, errs.Invalidf(p.name, "invalid", "It cannot be sent in the %s.", p.in)
		case p.in == "path":
			path = strings.Replace(path, "{"+p.name+"}", url.PathEscape(text), 1)
		case field.IsZero(): // the other side has a default for what is left out
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
		if key := v.FieldByIndex(c.keyed).Interface().(Keyed).IdempotencyKey; key != "" {
			if err := CheckKey(key); err != nil {
				return nil, err
			}
			header.Set(KeyHeader, key)
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
