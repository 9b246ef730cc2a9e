package main

import (
	"encoding/json"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
)

// stop is one command of the README's tour and the answer that the README shows.
type stop struct{ command, answer string }

var fences = regexp.MustCompile("(?s)```(sh|json)\n(.*?)```")

// tour reads the stops of a README's section.
func tour(t *testing.T, readme, heading string) (stops []stop) {
	t.Helper()
	text, err := os.ReadFile(readme)
	if err != nil {
		t.Fatal(err)
	}
	_, section, found := strings.Cut(string(text), "\n## "+heading+"\n")
	section, _, _ = strings.Cut(section, "\n## ")
	if !found {
		t.Fatalf("the README has no section %q", heading)
	}
	for _, block := range fences.FindAllStringSubmatch(section, -1) {
		if block[1] == "sh" {
			stops = append(stops, stop{command: block[2]})
		} else {
			stops[len(stops)-1].answer = block[2]
		}
	}
	return stops
}

// TestTour runs the README's tour as it stands there against a fresh program, and holds
// the answers to those that the README shows.
func TestTour(t *testing.T) {
	stops := tour(t, "../../README.md", "A five-minute tour")
	if len(stops) < 8 {
		t.Fatalf("the tour has %d stops", len(stops))
	}
	dir := t.TempDir()
	p := run(t, filepath.Join(dir, "data"))
	var script strings.Builder
	script.WriteString("set -euo pipefail\n")
	for i, s := range stops {
		fmt.Fprintf(&script, "{\n%s} > answer-%d\n", strings.ReplaceAll(s.command, "http://127.0.0.1:8080", p.base), i)
	}
	shell := exec.CommandContext(t.Context(), "bash", "-c", script.String())
	shell.Dir = dir
	if out, err := shell.CombinedOutput(); err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	for i, s := range stops {
		if s.answer == "" {
			continue
		}
		raw, err := os.ReadFile(filepath.Join(dir, fmt.Sprintf("answer-%d", i)))
		if err != nil {
			t.Fatal(err)
		}
		var want, got any
		if err := json.Unmarshal([]byte(s.answer), &want); err != nil {
			t.Fatalf("the README's answer is no JSON: %v\n%s", err, s.answer)
		}
		if err := json.Unmarshal(raw, &got); err != nil {
			t.Fatalf("%s\nanswered %s", s.command, raw)
		}
		for _, difference := range compare("", want, got) {
			t.Errorf("%s\n%s\nanswered %s", s.command, difference, raw)
		}
	}
}

// differing are the members whose values are another each time: there the type counts.
var differing = regexp.MustCompile(`(^|\.)(id|[a-z]+_id|at|[a-z]+_at|[a-z]+_by|access_token|refresh_token|number|plate|model|latitude|longitude|` +
	`charge_percent|range_km|odometer_km|distance_m|trace_id|text|lock|state|version)$|\.fare\.|^fare\.|\.amount$`)

// compare lists where an answer has another shape than the README's, or another value
// where that is settled.
func compare(path string, want, got any) (differences []string) {
	differ := func() []string { return []string{fmt.Sprintf("%s: got %v, the README has %v", path, got, want)} }
	switch want := want.(type) {
	case map[string]any:
		g, ok := got.(map[string]any)
		if !ok || len(g) != len(want) {
			return differ()
		}
		for name, value := range want {
			differences = append(differences, compare(strings.TrimPrefix(path+"."+name, "."), value, g[name])...)
		}
	case []any:
		g, ok := got.([]any)
		switch {
		case !ok || len(g) != len(want) && !strings.Contains(path, "lines"):
			return differ()
		case len(g) > 0 && len(want) > 0:
			return compare(path, want[0], g[0])
		}
	default:
		if fmt.Sprintf("%T", want) != fmt.Sprintf("%T", got) || !differing.MatchString(path) && want != got {
			return differ()
		}
	}
	return differences
}
