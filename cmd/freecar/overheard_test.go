package main

import (
	"bytes"
	"encoding/json"
	"io"
	"net/http"
	"regexp"
	"strconv"
	"strings"
)

// overheard is a transport that remembers the secrets of all that goes over it.
type overheard struct{ by http.RoundTripper }

// RoundTrip passes the request on.
func (o overheard) RoundTrip(r *http.Request) (*http.Response, error) {
	if r.GetBody != nil && strings.Contains(r.Header.Get("Content-Type"), "json") {
		if body, err := r.GetBody(); err == nil {
			raw, _ := io.ReadAll(body) // of a buffer
			remember(r.URL.Path, raw, true)
		}
	}
	resp, err := o.by.RoundTrip(r)
	if err == nil && strings.Contains(resp.Header.Get("Content-Type"), "application/json") {
		resp.Body = &copied{ReadCloser: resp.Body, path: r.URL.Path}
	}
	return resp, err
}

// CloseIdleConnections is what http.Client asks for.
func (o overheard) CloseIdleConnections() {
	if c, ok := o.by.(interface{ CloseIdleConnections() }); ok {
		c.CloseIdleConnections()
	}
}

// copied is the body of an answer, of which a copy is looked at when all is read.
type copied struct {
	io.ReadCloser
	path string
	copy bytes.Buffer
}

const copiedAtMost = 256 << 10

// Read copies what it reads.
func (c *copied) Read(p []byte) (int, error) {
	n, err := c.ReadCloser.Read(p)
	if c.copy.Len() < copiedAtMost {
		c.copy.Write(p[:n])
	}
	if err == io.EOF {
		c.look()
	}
	return n, err
}

// Close looks at the copy of a body that was not read to its end.
func (c *copied) Close() error {
	c.look()
	return c.ReadCloser.Close()
}

// told are members of answers that tell a secret: most answers have none and are not parsed.
var told = [][]byte{[]byte(`_token"`), []byte(`secret"`), []byte("signature="), []byte(`"otpauth`)}

func (c *copied) look() {
	for _, mark := range told {
		if bytes.Contains(c.copy.Bytes(), mark) {
			remember(c.path, c.copy.Bytes(), false)
			break
		}
	}
	c.copy.Reset()
}

// remember adds the secrets of a JSON document.
func remember(path string, document []byte, sent bool) {
	decoder := json.NewDecoder(bytes.NewReader(document))
	decoder.UseNumber() // a position as it is written
	var all any
	if decoder.Decode(&all) != nil {
		return
	}
	(&skimmed{path: path, sent: sent}).value("", all)
}

// skimmed is one document on its way into the secrets.
type skimmed struct {
	path string
	sent bool // by a client
}

func (r *skimmed) value(name string, v any) {
	switch v := v.(type) {
	case map[string]any:
		for name, member := range v {
			r.value(name, member)
		}
	case []any:
		for _, one := range v {
			r.value(name, one)
		}
	case string:
		r.text(name, v)
	case json.Number:
		if at, err := v.Float64(); err == nil && r.sent && positions[name] && precise(v.String()) && at >= -180 && at <= 180 {
			made.add("a position", v.String())
		}
	}
}

var (
	signature = regexp.MustCompile(`signature=([\w%-]+)`)
	positions = map[string]bool{"latitude": true, "longitude": true, "coordinates": true}
	// always are the names of what is a secret wherever it stands.
	always = map[string]string{
		"email": "an e-mail address", "phone": "a phone number", "full_name": "a name", "birth_date": "a date of birth",
		"password": "a password", "new_password": "a password", "access_token": "an access token",
		"refresh_token": "a refresh token", "device_secret": "a device's secret", "secret": "a secret",
		"otpauth_url": "a second factor", "totp": "a code", "wechat_code": "a code",
	}
	// under are the names of what is one under some paths.
	under = map[string]struct{ path, what string }{
		"name": {"/v1/accounts", "a name"}, "number": {"licence", "a licence's number"},
		"text": {"issues", "a rider's words"}, "note": {"/", "somebody's words"},
	}
)

func (r *skimmed) text(name, text string) {
	for _, found := range signature.FindAllStringSubmatch(text, -1) {
		made.add("a signature", found[1])
	}
	if what, ok := always[name]; ok && distinct(text) {
		made.add(what, text)
	}
	if u, ok := under[name]; ok && (strings.Contains(r.path, u.path) || name == "name" && r.path == "/v1/me") && distinct(text) {
		made.add(u.what, text)
	}
}

// precise says that a number has more digits than could be there by chance.
func precise(number string) bool {
	_, decimals, _ := strings.Cut(number, ".")
	return len(decimals) >= 5
}

// distinct says that a text is nobody else's: hostile clients send words and repetitions
// as passwords, which a log may have for other reasons.
func distinct(text string) bool {
	if _, err := strconv.Atoi(text); err == nil {
		return len(text) >= 6
	}
	different := map[rune]bool{}
	for _, c := range text {
		different[c] = true
	}
	return len(text) >= 8 && len(different) >= 5
}
