package main

import (
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

func TestOpsCars(t *testing.T) {
	inProcess(t, 2, func(t *testing.T, r *rig) {
		d := signedIn(t, r)
		plate := r.staff.want(http.StatusOK, http.MethodGet, "/v1/ops/cars/"+r.fleet[0], nil).text(t, "plate")

		has(t, d.does("cars", "show", plate), r.fleet[0], "out of service  -", "range")
		d.fails(1, `There is no car with the plate "B-NO 1". (not_found)`, "cars", "show", "B-NO 1")
		got := d.fails(1, "1 of 3 cars failed", "cars", "service", plate, "B-NO 1", r.fleet[1], "--reason", "new tyres")
		has(t, got.out, "car "+plate+" non_operational", "car "+r.fleet[1]+" non_operational")
		has(t, d.does("cars", "list", "--state", "non_operational"), r.fleet[0], r.fleet[1])
		has(t, d.does("cars", "show", plate), "new tyres")

		t.Run("a command is followed until the car has done it", func(t *testing.T) {
			has(t, d.does("cars", "unlock", plate, "--wait"), "car "+plate+" unlock: done")
			has(t, d.does("cars", "show", plate), "unlock, done, by staff")
			has(t, d.does("cars", "lock", plate, "--wait", "--json"), `"kind":"lock"`, `"state":"done"`)
		})
		has(t, d.does("cars", "return", plate), "car "+plate+" available")
		d.fails(2, "at least one of the flags", "cars", "change", plate)
		has(t, d.does("cars", "change", plate, "--model", "Tesla Model 3"), "is "+plate+", Tesla Model 3, plan standard")

		d.fails(2, "This retires the car "+plate+" and cannot be undone. Nobody is here to be asked: --yes", "cars", "retire", plate)
		has(t, d.does("cars", "show", plate), "available")
		has(t, d.does("cars", "retire", plate, "--yes"), "removed")
		d.fails(1, "(car_removed)", "cars", "return", plate)
	})
}

func TestOpsImport(t *testing.T) {
	r := newRig(t, 1, 0)
	d := signedIn(t, r)
	list := filepath.Join(t.TempDir(), "fleet.csv")
	if err := os.WriteFile(list, []byte("plate,model,latitude,longitude\nB-IM 1,VW ID.3,52.5,13.4\nB-IM 2,,52.5,13.4\n,VW ID.3,95,13.4\nB-IM 3,VW ID.3,,\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	got := d.fails(1, "2 of 4 lines were refused", "cars", "import", list, "--dry-run")
	has(t, got.out, "LINE", "3  B-IM 2  model", "latitude  too_large", "4 lines: 2 would be created, 0 would be updated, 0 unchanged, 2 refused")
	if out := d.does("cars", "list"); out != "" {
		t.Errorf("a dry run left\n%s", out)
	}
	d.fails(1, "2 of 4 lines were refused", "cars", "import", list)
	has(t, d.does("cars", "list"), "B-IM 1", "B-IM 3")

	rows := `{"plate":"B-IM 1","model":"VW ID.4"}` + "\n" + `{"plate":"B-IM 4","model":"VW ID.4"}` + "\n"
	out := d.typing(rows).does("cars", "import", "-", "--format", "ndjson", "--json")
	lines := strings.Split(strings.TrimSpace(out), "\n")
	if len(lines) != 3 || !strings.Contains(lines[0], `"outcome":"updated"`) || !strings.Contains(lines[1], `"outcome":"created"`) || !strings.Contains(lines[2], `"report"`) {
		t.Errorf("got\n%s", out)
	}
	d.fails(2, "--format says what the list is", "cars", "import", "-")
	d.fails(1, "no such file", "cars", "import", "nowhere.csv")
	d.typing("colour\nred\n").fails(1, "(", "cars", "import", "-", "--format", "csv") // not the columns of cars
}

// TestOpsAnyRoute is for what has no command of its own.
func TestOpsAnyRoute(t *testing.T) {
	r := newRig(t, 1, 0)
	d := signedIn(t, r)
	has(t, d.does("api", "/v1/ops/cars?limit=1"), `{"items":[],"next_cursor":null}`)
	body := `{"plate":"B-API 1","model":"VW ID.3"}`
	made := d.does("api", "/v1/ops/cars", "--data", body, "--idempotency-key", "k1")
	if again := d.typing(body).does("api", "/v1/ops/cars", "--data", "-", "--idempotency-key", "k1"); again != made {
		t.Errorf("got %s, then %s", made, again)
	}
	d.fails(1, "(key_reused)", "api", "/v1/ops/cars", "--data", `{"plate":"B-API 2","model":"VW ID.3"}`, "--idempotency-key", "k1")
	d.fails(1, "(no_such_route)", "api", "/v1/ops/nothing")
	d.fails(1, "model: It is required.", "api", "-X", "post", "/v1/ops/cars", "-d", `{"plate":"B-API 3"}`)
	for _, args := range [][]string{{"v1/me"}, {"http://example.com/v1/me"}, {"/internal/v1/trips"}, {"/v1/me", "-d", "{"}, {"/v1/me", "-d", "{}", "--idempotency-key", "a b"}} {
		d.fails(2, "freecar ops api --help", append([]string{"api"}, args...)...)
	}
}
