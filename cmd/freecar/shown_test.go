package main

import (
	"bytes"
	"encoding/json"
	"fmt"
	"net/http"
	"os"
	"strings"
	"sync"
	"testing"

	"github.com/openzipkin/zipkin-go/model"
	"github.com/prometheus/client_golang/prometheus"

	"freecar/internal/auth/keys"
	"freecar/internal/obs"
)

// shown is what a platform shows of itself while a test runs: log lines, spans, metrics,
// stderr. The test fails whose platform shows a secret of this run.
type shown struct {
	tb testing.TB

	mu sync.Mutex
	// What was shown is looked at some time later: an answer tells the client's secrets
	// after the log told of the request.
	before, now bytes.Buffer
	leaks       int
}

const (
	lookEvery    = 4 << 20 // bytes
	leaksAtMost  = 5
	shownAtMost  = 600
	bannersAdmin = "  Admin "
)

// newShown looks at nothing in a benchmark: that is nil.
func newShown(tb testing.TB) *shown {
	if measured(tb) {
		return nil
	}
	return &shown{tb: tb}
}

func measured(tb testing.TB) bool {
	_, is := tb.(*testing.B)
	return is
}

// Write takes whole lines.
func (s *shown) Write(p []byte) (int, error) {
	if s == nil {
		return len(p), nil
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	s.now.Write(p)
	if s.now.Len() >= lookEvery {
		s.look(&s.before)
		s.before, s.now = s.now, s.before
	}
	return len(p), nil
}

// say takes one line.
func (s *shown) say(line string) { _, _ = s.Write([]byte(line + "\n")) }

// Send takes a span: what it says besides times and ids.
func (s *shown) Send(span model.SpanModel) {
	var line strings.Builder
	fmt.Fprintf(&line, "span %s", span.Name)
	for key, value := range span.Tags {
		fmt.Fprintf(&line, " %s=%s", key, value)
	}
	for _, note := range span.Annotations {
		line.WriteString(" " + note.Value)
	}
	if span.RemoteEndpoint != nil {
		fmt.Fprintf(&line, " to %+v", *span.RemoteEndpoint)
	}
	s.say(line.String())
}

// Close is that of a zipkin reporter.
func (s *shown) Close() error { return nil }

// check looks at what has not been looked at: at the end.
func (s *shown) check() {
	if s == nil {
		return
	}
	s.tb.Helper()
	s.mu.Lock()
	defer s.mu.Unlock()
	s.look(&s.before)
	s.look(&s.now)
}

func (s *shown) look(at *bytes.Buffer) {
	s.tb.Helper()
	for line := range bytes.Lines(at.Bytes()) {
		found, redacted := made.in(line)
		if len(found) == 0 || s.leaks >= leaksAtMost {
			continue
		}
		s.leaks++
		s.tb.Errorf("what the platform shows has %s:\n%s", strings.Join(found, ", "), shortened(redacted))
	}
	at.Reset()
}

func shortened(line string) string {
	if len(line) > shownAtMost {
		return line[:shownAtMost] + "…"
	}
	return line
}

// platform is how a platform in this process shows itself: all that it can.
func (s *shown) platform() *obs.Platform {
	logger, err := obs.NewLogger(s, "debug")
	if err != nil {
		s.tb.Fatal(err)
	}
	return obs.NewPlatform(logger, prometheus.NewRegistry(), s, 1)
}

// metrics takes the labels of all that was counted.
func (s *shown) metrics(registry *prometheus.Registry) {
	families, err := registry.Gather()
	if err != nil {
		s.tb.Error(err)
	}
	for _, family := range families {
		for _, one := range family.GetMetric() {
			var line strings.Builder
			line.WriteString(family.GetName())
			for _, label := range one.GetLabel() {
				line.WriteString(" " + label.GetName() + "=" + label.GetValue())
			}
			s.say(line.String())
		}
	}
}

// stderr takes what a process said there. The banner of a first start shows the admin's
// password: nowhere else does it stand.
func (s *shown) stderr(said string) {
	for line := range strings.Lines(said) {
		if !strings.HasPrefix(line, bannersAdmin) {
			s.say(strings.TrimSuffix(line, "\n"))
		}
	}
}

// rememberKeys adds a platform's keys, in the form of their file.
func rememberKeys(set keys.Set) {
	raw, err := json.Marshal(set)
	if err == nil {
		rememberKeyFile(raw)
	}
}

func rememberKeyFile(raw []byte) {
	var file struct {
		Signing []struct {
			Seed string `json:"seed"`
		} `json:"signing"`
		Assertion, URL, Sealing string
	}
	if json.Unmarshal(raw, &file) != nil {
		return
	}
	for _, key := range []string{file.Assertion, file.URL, file.Sealing} {
		made.add("a key", key)
	}
	for _, key := range file.Signing {
		made.add("a key", key.Seed)
	}
}

// rememberKeysAt adds the keys in a file, if there is one.
func rememberKeysAt(path string) {
	if raw, err := os.ReadFile(path); err == nil {
		rememberKeyFile(raw)
	}
}

// listening is a client's transport that remembers secrets. Benchmarks are spared it.
func listening(tb testing.TB, by http.RoundTripper) http.RoundTripper {
	if measured(tb) {
		return by
	}
	return overheard{by: by}
}
