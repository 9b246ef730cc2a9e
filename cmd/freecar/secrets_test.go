package main

import (
	"bytes"
	"net/url"
	"regexp"
	"strings"
	"sync"
)

// secrets is what the tests of this run have made that nobody may read in a log, a span, a
// metric or on stderr: who riders are and where, what they prove it with, and keys.
type secrets struct {
	mu      sync.RWMutex
	byStart map[[startLength]byte][]secret
	known   map[string]bool
	// pairs are their first two bytes: most places of a line are done with here.
	pairs [1 << 16]bool
}

type secret struct{ text, what string }

const (
	startLength = 4
	// shortAtMost is the length up to which a secret may be a part of something else by chance.
	shortAtMost = 9
)

// made are the secrets of this run.
var made = newSecrets()

func newSecrets() *secrets {
	return &secrets{byStart: map[[startLength]byte][]secret{}, known: map[string]bool{}}
}

// add remembers one; what is shorter than any secret is none.
func (s *secrets) add(what, text string) {
	if len(text) < startLength {
		return
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, form := range []string{text, url.QueryEscape(text)} {
		if s.known[form] {
			continue
		}
		s.known[form] = true
		start := [startLength]byte([]byte(form))
		s.byStart[start] = append(s.byStart[start], secret{form, what})
		s.pairs[pair(start[0], start[1])] = true
	}
}

// in are the secrets in a line: what each is, with the line as one may show it.
func (s *secrets) in(line []byte) (found []string, redacted string) {
	s.mu.RLock()
	defer s.mu.RUnlock()
	redacted = string(line)
	for i := 0; i+startLength <= len(line); i++ {
		if !s.pairs[pair(line[i], line[i+1])] {
			continue
		}
		for _, one := range s.byStart[[startLength]byte(line[i:])] {
			if bytes.HasPrefix(line[i:], []byte(one.text)) && stands(line, i, len(one.text)) {
				found = append(found, one.what)
				redacted = strings.ReplaceAll(redacted, one.text, "["+one.what+"]")
			}
		}
	}
	for _, p := range patterns {
		if !bytes.Contains(line, p.has) {
			continue
		}
		if shown := p.form.FindAllString(redacted, -1); len(shown) > 0 {
			found = append(found, p.what)
			redacted = p.form.ReplaceAllString(redacted, "["+p.what+"]")
		}
	}
	return found, redacted
}

func pair(a, b byte) int { return int(a)<<8 | int(b) }

// stands says that a short text is not a part of a longer word or number.
func stands(line []byte, at, length int) bool {
	return length > shortAtMost || !(at > 0 && within(line[at-1])) && !(at+length < len(line) && within(line[at+length]))
}

func within(c byte) bool {
	return c >= '0' && c <= '9' || c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z' || c == '.' || c == '-' || c == '_'
}

// patterns are what a secret looks like, whoever made it. A line without the plain text in
// has is not looked at further.
var patterns = []struct {
	what string
	has  []byte
	form *regexp.Regexp
}{
	{"an access token", []byte("v4."), regexp.MustCompile(`v4\.(public|local)\.[\w-]{8,}`)},
	{"a bearer", []byte("earer "), regexp.MustCompile(`[Bb]earer [\w.~+/-]{16,}`)},
	{"an e-mail address", []byte("@"), regexp.MustCompile(`[\w.+-]+@[\w-]+\.[a-z]{2,}`)},
	{"a phone number", []byte("+"), regexp.MustCompile(`\+[1-9]\d{8,14}\b`)},
	{"a signature", []byte("signature="), regexp.MustCompile(`signature=[\w%-]{8,}`)},
	{"a position", []byte("itude"), regexp.MustCompile(`(latitude|longitude)\W{1,4}-?\d+\.\d+`)},
	{"a password", []byte("assword"), regexp.MustCompile(`[Pp]assword\\?"?[=:]\\?"?[^\s"\\,]{4,}`)},
}
