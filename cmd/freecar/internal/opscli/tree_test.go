package opscli

import (
	"bytes"
	"strings"
	"testing"

	"github.com/spf13/cobra"
)

// commands are all of freecar ops.
func commands(t *testing.T) []*cobra.Command {
	t.Helper()
	var all []*cobra.Command
	var walk func(*cobra.Command)
	walk = func(c *cobra.Command) {
		all = append(all, c)
		for _, sub := range c.Commands() {
			walk(sub)
		}
	}
	walk(Command("test"))
	return all
}

// TestHelp holds every command to what a person finds under --help: what it does, and
// examples that this program would take.
func TestHelp(t *testing.T) {
	for _, c := range commands(t) {
		t.Run(c.CommandPath(), func(t *testing.T) {
			if c.Short == "" || strings.HasSuffix(c.Short, ".") {
				t.Errorf("says of itself %q", c.Short)
			}
			if !strings.Contains(c.Example, c.CommandPath()) {
				t.Errorf("no example begins with its name: %q", c.Example)
			}
			for line := range strings.Lines(c.Example) {
				for _, example := range invocationsIn(line) {
					understood(t, example)
				}
			}
		})
	}
}

// invocationsIn are the arguments of each freecar ops in a line of shell.
func invocationsIn(line string) [][]string {
	var all [][]string
	for _, stage := range stages(line) {
		if words := fields(stage); len(words) > 2 && words[0] == "freecar" && words[1] == "ops" {
			all = append(all, words[2:])
		}
	}
	return all
}

// stages splits a pipeline, and fields a stage of it, at what is not quoted.
func stages(line string) []string {
	return split(line, func(r rune) bool { return strings.ContainsRune("|<>", r) })
}
func fields(stage string) []string {
	words := split(stage, func(r rune) bool { return r == ' ' || r == '\n' })
	for i, w := range words {
		words[i] = strings.Trim(w, `"'`)
	}
	return words
}

func split(s string, at func(rune) bool) []string {
	quote := rune(0)
	return strings.FieldsFunc(s, func(r rune) bool {
		switch {
		case quote == 0 && (r == '"' || r == '\''):
			quote = r
		case r == quote:
			quote = 0
		case quote == 0:
			return at(r)
		}
		return false
	})
}

// understood says that an example's flags and arguments are right. It runs nothing.
func understood(t *testing.T, args []string) {
	t.Helper()
	root := Command("test")
	c, rest, err := root.Find(args)
	if err == nil {
		err = c.ParseFlags(rest)
	}
	if err == nil {
		err = c.ValidateArgs(c.Flags().Args())
	}
	if err != nil {
		t.Errorf("%q: %v", args, err)
	}
}

func TestMisuse(t *testing.T) {
	for _, c := range []struct {
		args string
		says string
	}{
		{"carz", "did you mean cars?"},
		{"cars", ""},
		{"cars frobnicate", `there is no "frobnicate" in "ops cars"; there are`},
		{"cars list extra", "it takes no argument"},
		{"cars list --limit 0", "--limit must be at least 1"},
		{"cars list --limit 5 --all", "limit"},
		{"cars list --state flying", "non_operational"},
		{"cars list --frobnicate", "frobnicate"},
		{"cars create --plate x", `"model" not set`},
		{"cars create --plate x --model y --position 52.52", "latitude,longitude"},
		{"accounts show", "ops accounts show <account>"},
		{"licences approve", "ops licences approve <account>..."},
		{"licences approve -", "no id was given"},
		{"whoami --url ftp://x", "--url"},
		{"whoami --timeout 0s", "--timeout"},
		{"login", "--email or --phone"},
		{"login --email a@example.com", "there is no password"},
	} {
		t.Run(c.args, func(t *testing.T) {
			t.Setenv("XDG_CONFIG_HOME", t.TempDir())
			t.Setenv("FREECAR_PASSWORD", "")
			cmd := Command("test")
			cmd.SilenceErrors, cmd.SilenceUsage = true, true
			cmd.SetArgs(strings.Fields(c.args))
			cmd.SetIn(strings.NewReader(""))
			var out bytes.Buffer
			cmd.SetOut(&out)
			cmd.SetErr(&out)
			err := cmd.ExecuteContext(t.Context())
			if c.says == "" {
				if err != nil || !strings.Contains(out.String(), "Available Commands") {
					t.Errorf("a group alone explains itself: %v\n%s", err, out.String())
				}
				return
			}
			if ExitCode(err) != exitMisuse || !strings.Contains(err.Error(), c.says) || !strings.Contains(err.Error(), "--help") {
				t.Errorf("exit %d, %v", ExitCode(err), err)
			}
		})
	}
}
