package main

import (
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"
)

// stop is one command of the README's tours and the answer that the README shows, in the
// language of its fence.
type stop struct{ command, language, answer string }

var fences = regexp.MustCompile("(?s)```(sh|json|text)\n(.*?)```")

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
			stops[len(stops)-1].language, stops[len(stops)-1].answer = block[1], block[2]
		}
	}
	if len(stops) < 8 {
		t.Fatalf("%q has %d stops", heading, len(stops))
	}
	return stops
}

// TestTour runs the README's tours as they stand there, one after the other against one
// fresh program, each in a terminal of its own, and holds the answers to those that the
// README shows.
func TestTour(t *testing.T) {
	dir := t.TempDir()
	p := run(t, filepath.Join(dir, "data"))
	install(t, dir)
	for _, heading := range []string{"A five-minute tour", "A second tour: plans change"} {
		t.Run(heading, func(t *testing.T) {
			stops := tour(t, "../../README.md", heading)
			for i, answer := range take(t, stops, dir, p.base) {
				for _, difference := range stops[i].differences(t, answer) {
					t.Errorf("%s\n%s\nanswered %s", stops[i].command, difference, answer)
				}
			}
		})
	}
}

// take runs the commands of a tour in one shell in the folder and returns what each wrote.
func take(t *testing.T, stops []stop, dir, base string) (answers [][]byte) {
	t.Helper()
	kept := t.TempDir()
	var script strings.Builder
	script.WriteString("set -euo pipefail\n")
	for i, s := range stops {
		fmt.Fprintf(&script, "{\n%s} > '%s/%d'\n", strings.ReplaceAll(s.command, "http://127.0.0.1:8080", base), kept, i)
	}
	shell := exec.CommandContext(t.Context(), "bash", "-c", script.String())
	shell.Dir = dir
	config := filepath.Join(dir, "config") // for the session of freecar ops, wherever a system keeps such things
	shell.Env = append(os.Environ(), "FREECAR_URL="+base, "HOME="+config, "XDG_CONFIG_HOME="+config)
	if out, err := shell.CombinedOutput(); err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	for i := range stops {
		answer, err := os.ReadFile(filepath.Join(kept, strconv.Itoa(i)))
		if err != nil {
			t.Fatal(err)
		}
		answers = append(answers, answer)
	}
	return answers
}

// install puts the program where the README has it after a build.
func install(t *testing.T, dir string) {
	t.Helper()
	path, err := binary()
	if err != nil {
		t.Fatal(err)
	}
	err = os.Mkdir(filepath.Join(dir, "bin"), 0o700)
	if err = errors.Join(err, os.Symlink(path, filepath.Join(dir, "bin", "freecar"))); err != nil {
		t.Fatal(err)
	}
}

// differences lists where an answer is not what the README shows.
func (s stop) differences(t *testing.T, raw []byte) []string {
	t.Helper()
	switch s.language {
	case "json":
		var want, got any
		if err := json.Unmarshal([]byte(s.answer), &want); err != nil {
			t.Fatalf("the README's answer is no JSON: %v\n%s", err, s.answer)
		}
		if err := json.Unmarshal(raw, &got); err != nil {
			return []string{err.Error()}
		}
		return compare("", want, got)
	case "text":
		return compareText(s.answer, string(raw))
	}
	return nil
}

// differing are the members whose values are another each time: there the type counts.
var differing = regexp.MustCompile(`(^|\.)(id|[a-z]+_id|at|[a-z]+_at|[a-z]+_by|actor|access_token|refresh_token|number|plate|model|latitude|longitude|` +
	`charge_percent|range_km|odometer_km|distance_m|trace_id|text|version)$|\.fare\.|^fare\.|\.amount$`)

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
		if !ok || len(g) != len(want) && !strings.Contains(path, "lines") {
			return differ()
		}
		for i := range min(len(want), len(g)) {
			differences = append(differences, compare(path, want[i], g[i])...)
		}
	default:
		if fmt.Sprintf("%T", want) != fmt.Sprintf("%T", got) || !differing.MatchString(path) && want != got {
			return differ()
		}
	}
	return differences
}

// compareText lists the lines of the README that an answer does not have in this order. A
// word with a digit in it is another each time, and so is how wide a column is.
func compareText(want, got string) (differences []string) {
	rest := lines(got)
	for _, line := range lines(want) {
		i := slices.Index(rest, line)
		if i < 0 {
			differences = append(differences, "the README has the line "+line)
			continue
		}
		rest = rest[i+1:]
	}
	return differences
}

func lines(text string) (all []string) {
	for line := range strings.Lines(text) {
		words := strings.Fields(line)
		for i, word := range words {
			if strings.ContainsAny(word, "0123456789") {
				words[i] = "#"
			}
		}
		all = append(all, strings.Join(words, " "))
	}
	return all
}
