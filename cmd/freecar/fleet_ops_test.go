package main

import (
	"bufio"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"slices"
	"strings"
	"sync"
	"testing"

	"freecar/car/carapi"
)

const opsCars = "/v1/ops/cars/"

// post sends bytes as they are and returns the answer's.
func (c client) post(path, contentType, body string, headers ...string) (status int, kind, text string) {
	c.t.Helper()
	r, err := http.NewRequestWithContext(c.t.Context(), http.MethodPost, c.base+path, strings.NewReader(body))
	if err != nil {
		c.t.Fatal(err)
	}
	r.Header.Set("Authorization", "Bearer "+c.token)
	r.Header.Set("Content-Type", contentType)
	for i := 0; i+1 < len(headers); i += 2 {
		r.Header.Set(headers[i], headers[i+1])
	}
	resp, err := c.http.Do(r)
	if err != nil {
		c.t.Fatal(err)
	}
	defer resp.Body.Close()
	answer, err := io.ReadAll(resp.Body)
	if err != nil {
		c.t.Fatal(err)
	}
	return resp.StatusCode, resp.Header.Get("Content-Type"), string(answer)
}

// importCSV sends a list and gives the report.
func (c client) importCSV(query, list string) (report carapi.ImportReport) {
	c.t.Helper()
	status, kind, text := c.post("/v1/ops/cars/import"+query, "text/csv", list)
	if err := json.Unmarshal([]byte(text), &report); err != nil || status != http.StatusOK || kind != "application/json" {
		c.t.Fatalf("got %d %s %s, %v", status, kind, text, err)
	}
	return report
}

func (c client) refusedWith(code string, method, path string, body any) {
	c.t.Helper()
	if a := c.want(http.StatusConflict, method, path, body); a.code() != code {
		c.t.Errorf("%s %s: got %v, want %s", method, path, a.body, code)
	}
}

// inSearch waits until riders find a car, or do not.
func (c client) inSearch(car string, want bool) {
	c.t.Helper()
	for range 4 { // more looks than instances
		c.until(fmt.Sprintf("car %s in the search: %t", car, want), "/v1/cars?"+city+"&limit=100", func(a answer) bool {
			return strings.Contains(fmt.Sprint(a.body), car) == want
		})
	}
}

func TestFleetService(t *testing.T) {
	both(t, 2, func(t *testing.T, r *rig) {
		rider, _ := r.rider(r.staff)
		car := rider.cars(2)[0]
		path := opsCars + car
		t.Run("out of service and back", func(t *testing.T) {
			a := r.staff.want(http.StatusOK, http.MethodPost, path+"/service", m{"reason": " brakes "})
			if a.text(t, "state") != "non_operational" || a.text(t, "outage", "reason") != "brakes" || a.at(t, "outage", "pending") != false {
				t.Errorf("got %v", a.body)
			}
			if again := r.staff.want(http.StatusOK, http.MethodPost, path+"/service", m{"reason": "tyres"}); again.at(t, "version") != a.at(t, "version") {
				t.Errorf("again: %v", again.body)
			}
			rider.inSearch(car, false)
			rider.refusedWith("car_unavailable", http.MethodPost, "/v1/trips", m{"car_id": car})
			back := r.staff.want(http.StatusOK, http.MethodPost, path+"/return", nil)
			if back.text(t, "state") != "available" || back.body["outage"] != nil {
				t.Errorf("got %v", back.body)
			}
			if again := r.staff.want(http.StatusOK, http.MethodPost, path+"/return", m{}); again.at(t, "version") != back.at(t, "version") {
				t.Errorf("again: %v", again.body)
			}
			rider.inSearch(car, true)
		})
		t.Run("a rider's car goes when it is free, and nothing else is done to it", func(t *testing.T) {
			trip := rider.want(http.StatusCreated, http.MethodPost, "/v1/trips", m{"car_id": car}).text(t, "id")
			rider.until("the trip is in progress", "/v1/trips/"+trip, state("in_progress"))
			plan := rider.want(http.StatusOK, http.MethodGet, "/v1/trips/"+trip, nil).text(t, "fare", "plan_id")
			for _, act := range []string{"/lock", "/unlock", "/retire"} {
				r.staff.refusedWith("car_claimed", http.MethodPost, path+act, nil)
			}
			r.staff.refusedWith("car_claimed", http.MethodPost, path+"/service", m{"reason": "brakes"})
			a := r.staff.want(http.StatusOK, http.MethodPost, path+"/service", m{"reason": "brakes", "when_free": true})
			if a.text(t, "state") != "on_trip" || a.at(t, "outage", "pending") != true {
				t.Errorf("got %v", a.body)
			}
			if a := r.staff.want(http.StatusOK, http.MethodPatch, path, m{"pricing_plan_id": "another"}); a.text(t, "state") != "on_trip" || a.text(t, "pricing_plan_id") != "another" {
				t.Errorf("got %v", a.body)
			}
			if got := rider.want(http.StatusOK, http.MethodGet, "/v1/trips/"+trip, nil).text(t, "fare", "plan_id"); got != plan {
				t.Errorf("the trip's plan became %s", got)
			}
			rider.want(http.StatusAccepted, http.MethodPost, "/v1/trips/"+trip+"/end", nil)
			if done := rider.until("the trip is finished", "/v1/trips/"+trip, state("finished")); done.text(t, "fare", "plan_id") != plan {
				t.Errorf("its plan became %v", done.body)
			}
			r.staff.until("the car is in service", path, state("non_operational"))
			rider.inSearch(car, false)
		})
		t.Run("removed for ever", func(t *testing.T) {
			a := r.staff.want(http.StatusOK, http.MethodPost, path+"/retire", nil)
			if a.text(t, "state") != "removed" || a.body["device_id"] != nil || a.body["outage"] != nil {
				t.Errorf("got %v", a.body)
			}
			if again := r.staff.want(http.StatusOK, http.MethodPost, path+"/retire", nil); again.at(t, "version") != a.at(t, "version") {
				t.Errorf("again: %v", again.body)
			}
			r.staff.refusedWith("car_removed", http.MethodPost, path+"/return", nil)
			r.staff.refusedWith("car_removed", http.MethodPost, path+"/service", m{"reason": "brakes"})
			r.staff.refusedWith("car_removed", http.MethodPost, path+"/lock", nil)
			r.staff.refusedWith("car_removed", http.MethodPatch, path, m{"model": "Zoe"})
			rider.refusedWith("car_unavailable", http.MethodPost, "/v1/trips", m{"car_id": car})
			rider.want(http.StatusNotFound, http.MethodGet, "/v1/cars/"+car, nil)
			rider.inSearch(car, false)
		})
	})
}

func TestFleetCommands(t *testing.T) {
	both(t, 1, func(t *testing.T, r *rig) {
		car := r.fleet[0]
		path := opsCars + car
		became := func(id, want string) {
			t.Helper()
			r.staff.until("the command is "+want, path, func(a answer) bool {
				for i := range a.at(t, "commands").([]any) {
					if a.text(t, "commands", i, "id") == id {
						return a.text(t, "commands", i, "state") == want && a.text(t, "commands", i, "by") == "staff"
					}
				}
				return false
			})
		}
		r.staff.until("its device spoke", path, state("available"))
		r.staff.refusedWith("in_service", http.MethodPost, path+"/unlock", nil)
		r.staff.refusedWith("lock_state", http.MethodPost, path+"/lock", nil)
		r.staff.want(http.StatusOK, http.MethodPost, path+"/service", m{"reason": "washing"})
		first := r.staff.want(http.StatusAccepted, http.MethodPost, path+"/unlock", nil, "Idempotency-Key", "open")
		if first.text(t, "kind") != "unlock" || first.text(t, "state") != "waiting" || first.body["settled_at"] != nil {
			t.Errorf("got %v", first.body)
		}
		became(first.text(t, "id"), "done")
		again := r.staff.want(http.StatusAccepted, http.MethodPost, path+"/unlock", nil, "Idempotency-Key", "open")
		if again.text(t, "id") != first.text(t, "id") || again.header.Get("Idempotency-Replayed") != "true" {
			t.Errorf("the same key again: %v", again.body)
		}
		if a := r.staff.want(http.StatusUnprocessableEntity, http.MethodPost, opsCars+"0190a5f0-0000-7000-8000-000000000000/unlock", nil, "Idempotency-Key", "open"); a.code() != "key_reused" {
			t.Errorf("another car under it: %v", a.body)
		}
		r.staff.refusedWith("lock_state", http.MethodPost, path+"/unlock", nil)
		r.staff.until("the car is open", path, func(a answer) bool { return a.body["lock"] == "unlocked" && a.body["state"] == "non_operational" })
		closing := r.staff.want(http.StatusAccepted, http.MethodPost, path+"/lock", nil)
		became(closing.text(t, "id"), "done")
		r.staff.want(http.StatusAccepted, http.MethodPost, path+"/unlock", nil)
		r.staff.until("the car is open", path, func(a answer) bool { return a.body["lock"] == "unlocked" })
		r.staff.want(http.StatusOK, http.MethodPost, path+"/return", nil) // left open: the fleet closes it
		r.staff.until("the car is closed", path, func(a answer) bool { return a.body["lock"] == "locked" && a.body["state"] == "available" })
	})
}

func TestFleetLists(t *testing.T) {
	both(t, 3, func(t *testing.T, r *rig) {
		car := r.fleet[0]
		for _, id := range r.fleet {
			r.staff.until("the car was heard of", opsCars+id, state("available"))
		}
		known := r.staff.want(http.StatusOK, http.MethodGet, opsCars+car, nil)
		device, plate := known.text(t, "device_id"), known.text(t, "plate")
		listed := func(query string) []string {
			t.Helper()
			a := r.staff.want(http.StatusOK, http.MethodGet, "/v1/ops/cars?"+query, nil)
			ids := []string{}
			for i := range a.at(t, "items").([]any) {
				ids = append(ids, a.text(t, "items", i, "id"))
			}
			return ids
		}
		unheard := r.staff.want(http.StatusCreated, http.MethodPost, "/v1/ops/cars", m{"plate": "X 1", "model": "Zoe"}).text(t, "id")
		far := r.staff.want(http.StatusCreated, http.MethodPost, "/v1/ops/cars", m{"plate": "X 2", "model": "Zoe", "position": m{"latitude": -17, "longitude": -179.9}, "charge_percent": 4}).text(t, "id")
		for query, want := range map[string][]string{
			"limit=2":                           {far, unheard},
			"state=non_contactable":             {far, unheard},
			"max_charge=4.5":                    {far},
			"bbox=179,-18,-179,-16":             {far},
			"silent_since=2001-01-01T00:00:00Z": {unheard},
			"plate=" + strings.ToLower(plate[:1]) + strings.ReplaceAll(plate[1:], " ", "%20"): {car},
			"device_id=" + device + "&plate=X%201":                                            {},
		} {
			if got := listed(query); !slices.Equal(got, want) {
				t.Errorf("%s: got %v, want %v", query, got, want)
			}
		}
		if got := listed("device_id=" + device); len(got) != 3 || !slices.Contains(got, car) {
			t.Errorf("the device's: %v", got)
		}
		t.Run("one car, with a tag", func(t *testing.T) {
			a := r.staff.want(http.StatusOK, http.MethodGet, opsCars+far, nil)
			if a.at(t, "last_reading", "charge_percent") != 4.0 || a.at(t, "range_km") != 12.0 || len(a.at(t, "commands").([]any)) != 0 || a.body["claim"] != nil {
				t.Errorf("got %v", a.body)
			}
			head := r.staff.want(http.StatusOK, http.MethodHead, opsCars+far, nil)
			if head.header.Get("ETag") != a.header.Get("ETag") || head.body != nil {
				t.Errorf("its head: %v %v", head.header, head.body)
			}
			r.staff.want(http.StatusNotModified, http.MethodGet, opsCars+far, nil, "If-None-Match", a.header.Get("ETag"))
			r.staff.want(http.StatusOK, http.MethodPatch, opsCars+far, m{"model": "Twingo"})
			r.staff.want(http.StatusOK, http.MethodGet, opsCars+far, nil, "If-None-Match", a.header.Get("ETag"))
			r.staff.want(http.StatusNotFound, http.MethodGet, opsCars+"0190a5f0-0000-7000-8000-000000000000", nil)
		})
		t.Run("what a car is called", func(t *testing.T) {
			a := r.staff.want(http.StatusOK, http.MethodPatch, opsCars+far, m{"plate": "x  3", "model": " Zoe "})
			if a.text(t, "plate") != "X 3" || a.text(t, "model") != "Zoe" || a.text(t, "pricing_plan_id") != "standard" {
				t.Errorf("got %v", a.body)
			}
			if again := r.staff.want(http.StatusOK, http.MethodPatch, opsCars+far, m{"plate": "X 3"}); again.at(t, "version") != a.at(t, "version") {
				t.Errorf("again: %v", again.body)
			}
			r.staff.refusedWith("plate_exists", http.MethodPatch, opsCars+far, m{"plate": plate, "model": "e-Up"})
			if got := r.staff.want(http.StatusOK, http.MethodGet, opsCars+far, nil); got.at(t, "version") != a.at(t, "version") {
				t.Errorf("a refused change changed %v", got.body)
			}
		})
	})
}

func TestFleetDevices(t *testing.T) {
	both(t, 1, func(t *testing.T, r *rig) {
		rider, _ := r.rider(r.staff)
		car := rider.cars(1)[0]
		trip := rider.want(http.StatusCreated, http.MethodPost, "/v1/trips", m{"car_id": car}).text(t, "id")
		rider.until("the trip is in progress", "/v1/trips/"+trip, state("in_progress"))
		present := r.staff.want(http.StatusOK, http.MethodGet, opsCars+car, nil).text(t, "device_id")
		next := r.staff.want(http.StatusCreated, http.MethodPost, "/v1/ops/devices",
			m{"name": "another box", "car_ids": []string{car, "0190a5f0-0000-7000-8000-000000000000"}}).text(t, "id")
		waits := r.staff.until("the next device waits", opsCars+car, func(a answer) bool { return a.body["next_device_id"] == next })
		if waits.text(t, "device_id") != present {
			t.Errorf("it took the car in a trip: %v", waits.body)
		}
		rider.want(http.StatusAccepted, http.MethodPost, "/v1/trips/"+trip+"/end", nil)
		rider.until("the trip is finished", "/v1/trips/"+trip, state("finished"))
		r.staff.until("the next device speaks for the car", opsCars+car, func(a answer) bool {
			return a.body["device_id"] == next && a.body["next_device_id"] == nil
		})
	})
}

// manyCars is a list of so many cars.
func manyCars(n int) string {
	var list strings.Builder
	list.WriteString("\ufeffplate,model,pricing_plan_id,latitude,longitude,charge_percent,odometer_km\r\n")
	for i := range n {
		fmt.Fprintf(&list, "I %d,\"e-Up, %d\",,52.5,13.4,80,1.5\r\n", i, i)
	}
	return list.String()
}

func TestFleetImport(t *testing.T) {
	both(t, 0, func(t *testing.T, r *rig) {
		fleet := func() int {
			return len(r.staff.want(http.StatusOK, http.MethodGet, "/v1/ops/cars?limit=100", nil).at(t, "items").([]any))
		}
		counts := func(got carapi.ImportReport, created, updated, unchanged, refused int) {
			t.Helper()
			if got.Created != created || got.Updated != updated || got.Unchanged != unchanged || len(got.Refused) != refused {
				t.Errorf("got %+v", got)
			}
		}
		rider, _ := r.signUp()
		list := manyCars(70)
		t.Run("a dry run says it all and does nothing", func(t *testing.T) {
			counts(r.staff.importCSV("?dry_run=true", list), 70, 0, 0, 0)
			if n := fleet(); n != 0 {
				t.Errorf("%d cars", n)
			}
		})
		t.Run("a list, twice", func(t *testing.T) {
			counts(r.staff.importCSV("", list), 70, 0, 0, 0)
			if found := rider.want(http.StatusOK, http.MethodGet, "/v1/cars?"+city, nil).at(t, "items").([]any); len(found) != 0 {
				t.Errorf("nobody heard of a car yet, and riders find %v", found)
			}
			counts(r.staff.importCSV("?dry_run=false", list), 0, 0, 70, 0)
			if n := fleet(); n != 70 {
				t.Errorf("%d cars", n)
			}
		})
		t.Run("line by line", func(t *testing.T) {
			report := r.staff.importCSV("", "plate,model,latitude\nI 0,Zoe,\nI 1,\nI 1,Zoe,x\nI 2,\"e-Up, 2\",\nI 2,Zoe,\nI 999,Zoe,\n")
			counts(report, 1, 1, 1, 3)
			want := []carapi.RefusedLine{{Line: 3, Code: "wrong_columns"}, {Line: 4, Field: "latitude", Code: "invalid"}, {Line: 6, Plate: "I 2", Field: "plate", Code: "repeated"}}
			for i, got := range report.Refused {
				if got.Detail == "" {
					t.Errorf("line %d without a word", got.Line)
				}
				if got.Detail = ""; got != want[i] {
					t.Errorf("got %+v, want %+v", got, want[i])
				}
			}
			if report.Lines != 6 {
				t.Errorf("%d lines", report.Lines)
			}
		})
		t.Run("JSON lines, and the answer as it comes", func(t *testing.T) {
			status, kind, text := r.staff.post("/v1/ops/cars/import", "application/x-ndjson",
				`{"plate":"J 1","model":"Zoe"}`+"\n"+`{"plate":"J 2"}`+"\n"+`{"plate":"I 3","model":"e-Up, 3"}`, "Accept", "application/x-ndjson, */*;q=0.1")
			if status != http.StatusOK || kind != "application/x-ndjson" {
				t.Fatalf("got %d %s %s", status, kind, text)
			}
			var got []string
			for lines := bufio.NewScanner(strings.NewReader(text)); lines.Scan(); {
				var line struct {
					carapi.ImportedLine
					carapi.ImportEnd
				}
				if err := json.Unmarshal(lines.Bytes(), &line); err != nil {
					t.Fatal(err)
				}
				got = append(got, fmt.Sprintf("%d %s %s %t %d %d", line.Line, line.Plate, line.Outcome, line.CarID != "", len(line.ImportedLine.Refused), line.Report.Lines))
			}
			if want := []string{"1 J 1 created true 0 0", "2 J 2 refused false 1 0", "3 I 3 unchanged true 0 0", "0   false 0 3"}; !slices.Equal(got, want) {
				t.Errorf("got %q", got)
			}
		})
		t.Run("one list by two at once is one fleet", func(t *testing.T) {
			before := fleet()
			var wg sync.WaitGroup
			reports := make([]carapi.ImportReport, 2)
			for i := range reports {
				wg.Go(func() {
					_, _, text := r.staff.post("/v1/ops/cars/import", "text/csv; charset=utf-8", "plate,model\nK 1,Zoe\nK 2,Zoe\nK 3,Zoe\n")
					if err := json.Unmarshal([]byte(text), &reports[i]); err != nil {
						t.Error(err)
					}
				})
			}
			wg.Wait()
			if reports[0].Created+reports[1].Created != 3 || reports[0].Unchanged+reports[1].Unchanged != 3 || fleet() != before+3 {
				t.Errorf("got %+v", reports)
			}
		})
		before := fleet()
		for name, tc := range map[string]struct {
			query, contentType, body string
			status                   int
			code, field              string
		}{
			"another type":         {"", "application/json", list, 415, "unsupported_media", ""},
			"a form":               {"", "multipart/form-data; boundary=x", list, 415, "unsupported_media", ""},
			"another encoding":     {"", "text/csv; charset=iso-8859-1", list, 415, "unsupported_media", ""},
			"no type":              {"", "", list, 415, "unsupported_media", ""},
			"nothing":              {"", "text/csv", "", 400, "invalid", "header"},
			"no names of columns":  {"", "text/csv", "L 1,Zoe\n", 400, "invalid", "plate"},
			"an unknown column":    {"", "text/csv", "plate,model,colour\nL 1,Zoe,red\n", 400, "invalid", "colour"},
			"a column twice":       {"", "text/csv", "plate,model,model\nL 1,Zoe,Zoe\n", 400, "invalid", "model"},
			"too many lines":       {"", "text/csv", manyCars(carapi.ImportLinesAtMost + 1), 413, "too_many_lines", ""},
			"too many bytes":       {"", "text/csv", "plate,model\n" + strings.Repeat("x", 5<<20), 413, "too_large", ""},
			"an unknown parameter": {"?dry=true", "text/csv", list, 400, "invalid", "dry"},
			"a parameter twice":    {"?dry_run=true&dry_run=false", "text/csv", list, 400, "invalid", "dry_run"},
			"no such value":        {"?dry_run=yes", "text/csv", list, 400, "invalid", "dry_run"},
			"a broken query":       {"?%zz", "text/csv", list, 400, "invalid", "query"},
		} {
			t.Run("refused whole: "+name, func(t *testing.T) {
				status, _, text := r.staff.post("/v1/ops/cars/import"+tc.query, tc.contentType, tc.body)
				if status != tc.status || !strings.Contains(text, `"code":"`+tc.code+`"`) || !strings.Contains(text, `"field":"`+tc.field) && tc.field != "" {
					t.Errorf("got %d %s", status, text)
				}
			})
		}
		if n := fleet(); n != before {
			t.Errorf("%d cars, %d before", n, before)
		}
	})
}

// TestFleetBadInput sends what breaks a rule to the routes of the fleet: each answer is
// 400 and names the field, and nothing changes.
func TestFleetBadInput(t *testing.T) {
	r := newRig(t, 1, 1)
	car := r.fleet[0]
	path := opsCars + car
	r.staff.until("its device spoke", path, state("available"))
	before := r.staff.want(http.StatusOK, http.MethodGet, path, nil).at(t, "version")
	for _, tc := range []struct {
		method, path string
		body         any
		field        string
	}{
		{"GET", opsCars + "x", nil, "id"},
		{"GET", "/v1/ops/cars?state=broken", nil, "state"},
		{"GET", "/v1/ops/cars?device_id=1", nil, "device_id"},
		{"GET", "/v1/ops/cars?max_charge=101", nil, "max_charge"},
		{"GET", "/v1/ops/cars?max_charge=NaN", nil, "max_charge"},
		{"GET", "/v1/ops/cars?silent_since=yesterday", nil, "silent_since"},
		{"GET", "/v1/ops/cars?bbox=1,2,3", nil, "bbox"},
		{"GET", "/v1/ops/cars?bbox=1,50,2,40", nil, "bbox"},
		{"GET", "/v1/ops/cars?plate=%3B", nil, "plate"},
		{"GET", "/v1/ops/cars?colour=red", nil, "colour"},
		{"PATCH", path, nil, "body"},
		{"PATCH", path, m{}, "body"},
		{"PATCH", path, m{"plate": nil}, "body"},
		{"PATCH", path, m{"plate": ""}, "plate"},
		{"PATCH", path, m{"plate": "A;B"}, "plate"},
		{"PATCH", path, m{"model": " "}, "model"},
		{"PATCH", path, m{"model": "Zoe\u0000"}, "model"},
		{"PATCH", path, m{"model": strings.Repeat("x", 61)}, "model"},
		{"PATCH", path, m{"pricing_plan_id": ""}, "pricing_plan_id"},
		{"PATCH", path, m{"pricing_plan_id": 7}, "pricing_plan_id"},
		{"PATCH", path, m{"state": "available"}, "state"},
		{"PATCH", opsCars + "x", m{"model": "Zoe"}, "id"},
		{"POST", path + "/service", nil, "reason"},
		{"POST", path + "/service", m{"reason": "  "}, "reason"},
		{"POST", path + "/service", m{"reason": "a\nb"}, "reason"},
		{"POST", path + "/service", m{"reason": strings.Repeat("x", 201)}, "reason"},
		{"POST", path + "/service", m{"reason": "x", "when_free": "yes"}, "when_free"},
		{"POST", opsCars + "x/service", m{"reason": "x"}, "id"},
		{"POST", path + "/return", m{"reason": "x"}, "reason"},
		{"POST", opsCars + "x/return", nil, "id"},
		{"POST", path + "/retire", m{"reason": "x"}, "reason"},
		{"POST", opsCars + "x/retire", nil, "id"},
		{"POST", path + "/lock", m{"force": true}, "force"},
		{"POST", opsCars + "x/lock", nil, "id"},
		{"POST", opsCars + "x/unlock", nil, "id"},
	} {
		t.Run(fmt.Sprintf("%s %s %s", tc.method, tc.path, tc.field), func(t *testing.T) {
			a := r.staff.want(http.StatusBadRequest, tc.method, tc.path, tc.body)
			if !strings.Contains(fmt.Sprint(a.body["errors"]), "field:"+tc.field+"]") {
				t.Errorf("got %v", a.body)
			}
		})
	}
	t.Run("an idempotency key out of form", func(t *testing.T) {
		r.staff.want(http.StatusBadRequest, http.MethodPost, path+"/lock", nil, "Idempotency-Key", strings.Repeat("k", 129))
	})
	t.Run("cars that are not there", func(t *testing.T) {
		const nobody = opsCars + "0190a5f0-0000-7000-8000-000000000000"
		r.staff.want(http.StatusNotFound, http.MethodPatch, nobody, m{"model": "Zoe"})
		r.staff.want(http.StatusNotFound, http.MethodPost, nobody+"/service", m{"reason": "x"})
		for _, act := range []string{"/return", "/retire", "/lock", "/unlock"} {
			r.staff.want(http.StatusNotFound, http.MethodPost, nobody+act, nil)
		}
	})
	t.Run("riders have no business here", func(t *testing.T) {
		rider, _ := r.signUp()
		for _, act := range []string{"/service", "/return", "/retire", "/lock", "/unlock"} {
			rider.want(http.StatusForbidden, http.MethodPost, path+act, nil)
			r.client.want(http.StatusUnauthorized, http.MethodPost, path+act, nil)
		}
		rider.want(http.StatusForbidden, http.MethodGet, path, nil)
		rider.want(http.StatusForbidden, http.MethodPatch, path, m{"model": "Zoe"})
		rider.want(http.StatusForbidden, http.MethodPost, "/v1/ops/cars/import", nil)
	})
	if after := r.staff.want(http.StatusOK, http.MethodGet, path, nil).at(t, "version"); after != before {
		t.Errorf("version %v, %v before", after, before)
	}
}
