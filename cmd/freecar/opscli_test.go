package main

import (
	"bytes"
	"fmt"
	"io"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"

	"freecar/cmd/freecar/internal/opscli"
)

// desk is a member of staff at a terminal of its own.
type desk struct {
	t   *testing.T
	url string
	in  string
}

// ran is what a command left behind.
type ran struct {
	out, err string
	code     int
}

// newDesk is a desk that nobody has signed in at.
func newDesk(t *testing.T, r *rig) desk {
	t.Helper()
	t.Setenv("XDG_CONFIG_HOME", t.TempDir())
	t.Setenv("FREECAR_URL", r.base)
	t.Setenv("FREECAR_PASSWORD", "")
	return desk{t: t, url: r.base}
}

// ops runs freecar ops as the program does.
func (d desk) ops(args ...string) ran {
	d.t.Helper()
	return d.run(strings.NewReader(d.in), new(bytes.Buffer), args...)
}

func (d desk) run(in io.Reader, out *bytes.Buffer, args ...string) ran {
	d.t.Helper()
	var complaints bytes.Buffer
	cmd := root()
	cmd.SetArgs(append([]string{"ops"}, args...))
	cmd.SetIn(in)
	cmd.SetOut(out)
	cmd.SetErr(&complaints)
	err := cmd.ExecuteContext(d.t.Context())
	if err != nil {
		fmt.Fprintln(&complaints, "freecar:", err)
	}
	return ran{out: out.String(), err: complaints.String(), code: opscli.ExitCode(err)}
}

// does runs a command that has to succeed and returns what it printed.
func (d desk) does(args ...string) string {
	d.t.Helper()
	r := d.ops(args...)
	if r.code != 0 {
		d.t.Fatalf("freecar ops %s: exit %d\n%s%s", strings.Join(args, " "), r.code, r.out, r.err)
	}
	return r.out
}

// fails runs a command that has to end with the code and say something.
func (d desk) fails(code int, says string, args ...string) ran {
	d.t.Helper()
	r := d.ops(args...)
	if r.code != code || !strings.Contains(r.err, says) {
		d.t.Errorf("freecar ops %s: exit %d, want %d and %q\n%s%s", strings.Join(args, " "), r.code, code, says, r.out, r.err)
	}
	return r
}

// typing is the desk with something on stdin.
func (d desk) typing(in string) desk { d.in = in; return d }

// signedIn is a desk with the admin at it.
func signedIn(t *testing.T, r *rig) desk {
	t.Helper()
	d := newDesk(t, r)
	d.typing("an admin's password\n").does("login", "--email", rigAdmin)
	return d
}

// has says that every text is in what was printed.
func has(t *testing.T, printed string, texts ...string) {
	t.Helper()
	for _, text := range texts {
		if !strings.Contains(printed, text) {
			t.Errorf("no %q in\n%s", text, printed)
		}
	}
}

func TestOpsSession(t *testing.T) {
	r := newRig(t, 1, 0)
	d := newDesk(t, r)
	d.fails(1, "you are not signed in\nSign in to "+r.base+` with "freecar ops login"`, "whoami")
	d.typing("wrong\n").fails(1, "(bad_credentials)", "login", "--email", rigAdmin)

	password := filepath.Join(t.TempDir(), "password")
	if err := os.WriteFile(password, []byte("an admin's password\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	if got := d.ops("login", "--email", rigAdmin, "--password-file", password); got.code != 0 || got.out != "" {
		t.Fatalf("signing in: %+v", got)
	}
	has(t, d.does("whoami"), "admin@freecar.local", "admin", "active")
	has(t, d.does("whoami", "--json"), `"email":"admin@freecar.local"`)
	d.does("logout")
	d.fails(1, "you are not signed in", "whoami")

	t.Setenv("FREECAR_PASSWORD", "an admin's password")
	has(t, d.does("login", "--email", rigAdmin, "--json"), `"email":"admin@freecar.local"`)
	t.Run("a rider signs in, and is told what it may not", func(t *testing.T) {
		r.want(http.StatusCreated, http.MethodPost, "/v1/accounts", m{"email": "bob@example.com", "password": "correct horse battery", "name": "Bob"})
		d := newDesk(t, r)
		got := d.typing("correct horse battery").ops("login", "--email", "bob@example.com")
		has(t, got.err, "no role of staff")
		d.fails(1, "It takes fleet or admin; you are bob@example.com (rider).", "cars", "list")
	})
	t.Run("a password does not leave in the clear", func(t *testing.T) {
		for _, command := range [][]string{{"login", "--email", rigAdmin}, {"password"}, {"totp", "enrol"}} {
			d.fails(1, "in the clear", append(command, "--url", "http://freecar.example.com")...)
		}
	})
	t.Run("a session that the gateway ended", func(t *testing.T) {
		d := signedIn(t, r)
		endSessions(t)
		d.fails(1, "your session has ended", "whoami")
		d.fails(1, "you are not signed in", "whoami")
	})
}

// endSessions spoils the tokens that are kept, as if the gateway had ended the session.
func endSessions(t *testing.T) {
	t.Helper()
	files, err := filepath.Glob(filepath.Join(os.Getenv("XDG_CONFIG_HOME"), "freecar", "*.json"))
	if err != nil || len(files) != 1 {
		t.Fatal(files, err)
	}
	if err := os.WriteFile(files[0], []byte(`{"access_token":"x","refresh_token":"y"}`), 0o600); err != nil {
		t.Fatal(err)
	}
}

// TestOpsRenewal is many invocations at once that find the access token expired: the
// refresh token must be presented once, or the session would end.
func TestOpsRenewal(t *testing.T) {
	both(t, 0, func(t *testing.T, r *rig) {
		d := signedIn(t, r)
		expire(t)
		var all sync.WaitGroup
		for range 12 {
			all.Go(func() {
				if got := d.ops("whoami"); got.code != 0 {
					t.Errorf("exit %d: %s", got.code, got.err)
				}
			})
		}
		all.Wait()
		expire(t)
		d.does("whoami") // the session lives
	})
}

// expire makes the kept access token look expired.
func expire(t *testing.T) {
	t.Helper()
	files, err := filepath.Glob(filepath.Join(os.Getenv("XDG_CONFIG_HOME"), "freecar", "*.json"))
	if err != nil || len(files) != 1 {
		t.Fatal(files, err)
	}
	raw, err := os.ReadFile(files[0])
	if err != nil {
		t.Fatal(err)
	}
	before, _, _ := strings.Cut(string(raw), `"expires_at":"`)
	if err := os.WriteFile(files[0], []byte(before+`"expires_at":"2020-01-01T00:00:00Z"}`), 0o600); err != nil {
		t.Fatal(err)
	}
}

func TestOpsLicences(t *testing.T) {
	inProcess(t, 0, func(t *testing.T, r *rig) {
		d := signedIn(t, r)
		if got := d.ops("licences", "list"); got.code != 0 || got.out != "" || got.err != "There are no licences.\n" {
			t.Errorf("none: %+v", got)
		}
		var ids []string
		for range 4 {
			rider, id := r.signUp()
			rider.submitLicence()
			ids = append(ids, id)
		}
		table := d.does("licences", "list", "--status", "pending")
		has(t, table, "ACCOUNT", "STATUS", "B072R", "2040-01-31")
		if lines := strings.Count(table, "\n"); lines != 5 {
			t.Errorf("%d lines:\n%s", lines, table)
		}
		t.Run("pages are joined, and a part is called a part", func(t *testing.T) {
			part := d.ops("licences", "list", "--limit", "3")
			has(t, part.err, "These are the first 3 licences; --all lists all.")
			if strings.Count(part.out, "\n") != 4 {
				t.Errorf("got\n%s", part.out)
			}
			documents := d.does("licences", "list", "--all", "--json")
			for _, id := range ids {
				has(t, documents, `{"account_id":"`+id+`","status":"pending"`)
			}
		})
		has(t, d.does("licences", "approve", ids[0], ids[0]), "licence "+ids[0]+" verified\n")
		has(t, d.does("licences", "approve", ids[0], "--json"), `"status":"verified"`)
		d.fails(2, `"reason" not set`, "licences", "reject", ids[1])
		got := d.fails(1, "1 of 3 licences failed; the others are done", "licences", "reject", ids[1], "9007199254740991", ids[2], "--reason", "unreadable")
		has(t, got.out, "licence "+ids[1]+" rejected", "licence "+ids[2]+" rejected")
		has(t, got.err, "licence 9007199254740991: There is no such licence. (not_found)", "trace_id")
		t.Run("ids from stdin", func(t *testing.T) {
			has(t, d.typing(ids[3]+"\n\n").does("licences", "approve", "-"), "licence "+ids[3]+" verified")
		})
		t.Run("who may not is refused once, not for each", func(t *testing.T) {
			rider := newDesk(t, r)
			r.want(http.StatusCreated, http.MethodPost, "/v1/accounts", m{"email": "carol@example.com", "password": "correct horse battery", "name": "Carol"})
			rider.typing("correct horse battery").does("login", "--email", "carol@example.com")
			got := rider.fails(1, "0 of 3 done, 2 not tried", "licences", "approve", "1", "2", "3")
			has(t, got.err, "It takes support or admin")
		})
	})
}

func TestOpsFleet(t *testing.T) {
	r := newRig(t, 1, 2)
	d := signedIn(t, r)
	table := d.does("cars", "list")
	has(t, table, "PLATE", "CHARGE", r.fleet[0], r.fleet[1])
	made := d.does("cars", "create", "--plate", "B-OP 1", "--model", "VW ID.3", "--position", "52.5,13.4", "--charge", "80")
	has(t, made, "B-OP 1", "VW ID.3", "80%", "52.50000,13.40000", "standard")
	has(t, d.does("cars", "list", "--plate", "B-OP 1", "--json"), `"plate":"B-OP 1"`)
	d.fails(1, "(", "cars", "create", "--plate", "B-OP 1", "--model", "VW ID.3") // the plate is taken
	d.fails(1, "plate: It is required. (required)", "cars", "create", "--plate", "", "--model", "VW ID.3")
	t.Run("one key, one car", func(t *testing.T) {
		create := []string{"cars", "create", "--plate", "B-OP 2", "--model", "VW ID.3", "--idempotency-key", "op-2", "--json"}
		if first, second := d.does(create...), d.does(create...); first != second {
			t.Errorf("got\n%s%s", first, second)
		}
	})
	device := d.does("devices", "create", "--name", "a box", "--car", r.fleet[0])
	has(t, device, "id ", "secret ")
	t.Run("a shell completes ids", func(t *testing.T) {
		out := complete(t, "ops", "devices", "create", "--car", "")
		has(t, out, r.fleet[0]+"\t", "B-OP 1, VW ID.3")
		has(t, complete(t, "ops", "cars", "list", "--state", ""), "non_operational\n", "on_trip\n")
		has(t, complete(t, "ops", "accounts", "show", ""), "\tadmin@freecar.local")
		t.Setenv("XDG_CONFIG_HOME", t.TempDir())
		if out := complete(t, "ops", "accounts", "show", ""); out != ":4\n" {
			t.Errorf("nobody signed in: %q", out)
		}
	})
}

// complete is what a shell asks the program for.
func complete(t *testing.T, args ...string) string {
	t.Helper()
	var out bytes.Buffer
	cmd := root()
	cmd.SetArgs(append([]string{"__complete"}, args...))
	cmd.SetOut(&out)
	cmd.SetErr(new(bytes.Buffer))
	if err := cmd.ExecuteContext(t.Context()); err != nil {
		t.Fatal(err)
	}
	return out.String()
}

func TestShellCompletion(t *testing.T) {
	for _, shell := range []string{"bash", "zsh", "fish"} {
		var out bytes.Buffer
		cmd := root()
		cmd.SetArgs([]string{"completion", shell})
		cmd.SetOut(&out)
		if err := cmd.ExecuteContext(t.Context()); err != nil || !strings.Contains(out.String(), "__complete") {
			t.Errorf("%s: %v", shell, err)
		}
	}
}
