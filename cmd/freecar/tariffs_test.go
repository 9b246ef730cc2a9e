package main

import (
	"fmt"
	"net/http"
	"reflect"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"freecar/internal/auth"
	"freecar/internal/kitx"
	"freecar/trip/tripapi"
)

// aPlan is a price list of one's own.
func aPlan(id string, change m) m {
	plan := m{"id": id, "name": "Night", "vat_basis_points": 1900, "unlock": euros(150),
		"per_minute":        []m{{"start": 0, "end": 60, "rate": euros(25), "interval": 1}, {"start": 60, "rate": euros(15), "interval": 1}},
		"per_paused_minute": euros(5), "per_kilometre": []m{{"start": 50, "rate": euros(20), "interval": 1}},
		"cap": euros(5000), "hold": euros(1500), "grace_seconds": 0}
	for k, v := range change {
		plan[k] = v
	}
	return plan
}

func TestPricingPlans(t *testing.T) {
	both(t, 2, func(t *testing.T, r *rig) {
		rider, _ := r.rider(r.staff)
		car := rider.cars(2)[0]
		plans := rider.want(http.StatusOK, http.MethodGet, "/v1/pricing-plans", nil)
		if len(plans.at(t, "items").([]any)) != 1 || plans.text(t, "items", 0, "id") != "standard" || plans.at(t, "items", 0, "version") != 1.0 {
			t.Errorf("at first: %v", plans.body)
		}
		trip := rider.want(http.StatusCreated, http.MethodPost, "/v1/trips", m{"car_id": car}).text(t, "id")
		rider.until("the trip is in progress", "/v1/trips/current", state("in_progress"))

		next := aPlan("standard", m{"version": 1})
		published := r.staff.want(http.StatusCreated, http.MethodPost, "/v1/ops/pricing-plans", next, "Idempotency-Key", "next-plan")
		if published.at(t, "version") != 2.0 || published.at(t, "retired") != false {
			t.Errorf("published: %v", published.body)
		}
		again := r.staff.want(http.StatusCreated, http.MethodPost, "/v1/ops/pricing-plans", next, "Idempotency-Key", "next-plan")
		if again.header.Get("Idempotency-Replayed") != "true" || !reflect.DeepEqual(again.body, published.body) {
			t.Errorf("the same key again: %v", again.body)
		}
		if a := r.staff.want(http.StatusConflict, http.MethodPost, "/v1/ops/pricing-plans", next, "Idempotency-Key", "another"); a.code() != "plan_changed" {
			t.Errorf("made from an old version: %v", a.body)
		}
		if got := rider.want(http.StatusOK, http.MethodGet, "/v1/pricing-plans", nil); got.at(t, "items", 0, "version") != 2.0 {
			t.Errorf("in force: %v", got.body)
		}

		rider.want(http.StatusAccepted, http.MethodPost, "/v1/trips/"+trip+"/end", nil)
		done := rider.until("the trip is finished", "/v1/trips/"+trip, state("finished"))
		if done.at(t, "fare", "plan_version") != 1.0 || cents(t, done, "fare", "total") != 0 { // not moved in the grace time, of version 1 alone
			t.Errorf("a trip of version 1: %v", done.body)
		}

		quote := rider.want(http.StatusOK, http.MethodGet, "/v1/quotes?minutes=1&km=0&car_id="+car, nil)
		if cents(t, quote, "hold") != 1500 {
			t.Errorf("the quote: %v", quote.body)
		}
		rider.until("the car is free", "/v1/cars/"+car, state("available"))
		trip = rider.want(http.StatusCreated, http.MethodPost, "/v1/trips", m{"car_id": car}).text(t, "id")
		rider.until("the trip is in progress", "/v1/trips/current", state("in_progress"))
		if w := rider.want(http.StatusOK, http.MethodGet, "/v1/me/wallet", nil); cents(t, w, "held") != 1500 {
			t.Errorf("held: %v", w.body)
		}
		rider.want(http.StatusAccepted, http.MethodPost, "/v1/trips/"+trip+"/end", nil)
		done = rider.until("the trip is finished", "/v1/trips/"+trip, state("finished"))
		if !reflect.DeepEqual(done.at(t, "fare"), quote.at(t, "fare")) || cents(t, done, "fare", "total") != 175 {
			t.Errorf("quoted %v\ncharged %v", quote.body, done.body)
		}

		r.staff.want(http.StatusCreated, http.MethodPost, "/v1/ops/pricing-plans", aPlan("night", nil))
		if a := r.staff.want(http.StatusOK, http.MethodPost, "/v1/ops/pricing-plans/night/retire", nil); a.at(t, "version") != 2.0 || a.at(t, "retired") != true {
			t.Errorf("retired: %v", a.body)
		}
		if a := r.staff.want(http.StatusConflict, http.MethodPost, "/v1/ops/pricing-plans/standard/retire", nil); a.code() != "plan_needed" {
			t.Errorf("the standard plan: %v", a.body)
		}
		history := r.staff.want(http.StatusOK, http.MethodGet, "/v1/ops/pricing-plans?id=standard", nil)
		if len(history.at(t, "items").([]any)) != 2 || cents(t, history, "items", 1, "unlock") != 100 {
			t.Errorf("history: %v", history.body)
		}
		if got := rider.want(http.StatusOK, http.MethodGet, "/v1/pricing-plans", nil); len(got.at(t, "items").([]any)) != 1 {
			t.Errorf("riders see a retired plan: %v", got.body)
		}
	})
}

func TestQuotes(t *testing.T) {
	r := newRig(t, 1, 1)
	rider, _ := r.signUp()
	car := rider.cars(1)[0]
	quote := rider.want(http.StatusOK, http.MethodGet, "/v1/quotes?minutes=10&km=120.5&paused_minutes=5&car_id="+car, nil)
	var codes []string
	sum := 0
	for i := range quote.at(t, "fare", "lines").([]any) {
		codes = append(codes, quote.text(t, "fare", "lines", i, "code"))
		sum += cents(t, quote, "fare", "lines", i, "amount")
	}
	if want := 100 + 10*29 + 5*9 + 21*19; cents(t, quote, "fare", "total") != want || sum != want || !slices.Equal(codes, []string{"unlock", "driving", "pause", "distance"}) {
		t.Errorf("got %v, want %d", quote.body, want)
	}
	if quote.text(t, "fare", "plan_id") != "standard" || quote.at(t, "fare", "plan_version") != 1.0 || cents(t, quote, "hold") != 2000 || quote.text(t, "car_id") != car {
		t.Errorf("got %v", quote.body)
	}
	rider.want(http.StatusNotFound, http.MethodGet, "/v1/quotes?minutes=10&km=1&car_id=0190a5f0-0000-7000-8000-000000000000", nil)
	if a := rider.want(http.StatusConflict, http.MethodGet, "/v1/quotes?minutes=10&km=1&promo_code=none&car_id="+car, nil); a.code() != "promo_refused" || a.text(t, "errors", 0, "code") != "unknown" {
		t.Errorf("a code that is none: %v", a.body)
	}
}

// square is a zone around a place.
func square(id string, allowed bool, longitude, latitude, half float64) m {
	west, east, south, north := longitude-half, longitude+half, latitude-half, latitude+half
	return m{"type": "Feature", "properties": m{"id": id, "name": "Zone " + id, "ride_end_allowed": allowed},
		"geometry": m{"type": "Polygon", "coordinates": [][][]float64{{{west, south}, {east, south}, {east, north}, {west, north}, {west, south}}}}}
}

func collection(features ...m) m {
	if features == nil {
		features = []m{}
	}
	return m{"type": "FeatureCollection", "features": features}
}

const (
	zonesPath = "/v1/ops/zones"
	geoJSON   = "application/geo+json"
)

func TestZones(t *testing.T) {
	both(t, 0, func(t *testing.T, r *rig) {
		empty := r.staff.want(http.StatusOK, http.MethodGet, zonesPath, nil)
		if empty.header.Get("ETag") != `"0"` || empty.header.Get("Content-Type") != geoJSON || len(empty.at(t, "features").([]any)) != 0 {
			t.Errorf("at first: %v %v", empty.header, empty.body)
		}
		first := collection(square("city", true, 13.4, 52.5, 0.2), square("museum", false, 13.4, 52.52, 0.001))
		put := r.staff.want(http.StatusOK, http.MethodPut, zonesPath, first, "Content-Type", geoJSON, "If-Match", `"0"`)
		if put.header.Get("ETag") != `"1"` || put.at(t, "version") != 1.0 || put.text(t, "features", 1, "properties", "name") != "Zone museum" {
			t.Errorf("put: %v %v", put.header, put.body)
		}
		got := r.staff.want(http.StatusOK, http.MethodGet, zonesPath, nil)
		if !reflect.DeepEqual(got.body, put.body) {
			t.Errorf("got %v\nput %v", got.body, put.body)
		}
		r.staff.want(http.StatusNotModified, http.MethodGet, zonesPath, nil, "If-None-Match", `"1"`)
		if a := r.staff.want(http.StatusOK, http.MethodPut, zonesPath, first, "If-Match", `"0"`); a.header.Get("ETag") != `"1"` {
			t.Errorf("the same set again: %v", a.header)
		}
		other := collection(square("city", true, 13.4, 52.5, 0.3))
		for _, stale := range []string{`"0"`, `"2", "3"`, `W/"1"`, "1", "nonsense"} {
			if a := r.staff.want(http.StatusPreconditionFailed, http.MethodPut, zonesPath, other, "If-Match", stale); a.code() != "precondition_failed" {
				t.Errorf("If-Match %s: %v", stale, a.body)
			}
		}
		got.body["features"] = other["features"]
		if a := r.staff.want(http.StatusOK, http.MethodPut, zonesPath, got.body); a.at(t, "version") != 2.0 { // what was read is put back, changed
			t.Errorf("got %v", a.body)
		}
		got.body["features"] = first["features"]
		if a := r.staff.want(http.StatusConflict, http.MethodPut, zonesPath, got.body); a.code() != "zones_changed" {
			t.Errorf("an old version: %v", a.body)
		}
		staff := auth.With(t.Context(), auth.Principal{Subject: "test", Roles: auth.Fleet})
		peer := r.inside(t, tripapi.Name)
		read, err := tripapi.GetZones.Call(staff, peer, kitx.None{})
		if err != nil {
			t.Fatal(err)
		}
		read.Features[0].Properties.Name = "Renamed"
		if saved, err := tripapi.PutZones.Call(staff, peer, tripapi.PutZonesRequest{IfMatch: `"2"`, FeatureCollection: read}); err != nil || *saved.Version != 3 || !reflect.DeepEqual(saved.Features, read.Features) {
			t.Errorf("the typed client saved %+v, %v", saved, err)
		}
		r.staff.want(http.StatusUnsupportedMediaType, http.MethodPut, zonesPath, other, "Content-Type", "application/vnd.geo+json")
		r.staff.want(http.StatusOK, http.MethodPut, zonesPath, collection())
	})
}

// reasons are the codes of a refusal's errors, or of a dry run's reasons.
func reasons(t *testing.T, a answer, list string) (codes []string) {
	t.Helper()
	for i := range a.at(t, list).([]any) {
		codes = append(codes, a.text(t, list, i, "code"))
	}
	return codes
}

func TestEndInZone(t *testing.T) {
	both(t, 1, func(t *testing.T, r *rig) {
		rider, _ := r.rider(r.staff)
		trip := rider.want(http.StatusCreated, http.MethodPost, "/v1/trips", m{"car_id": rider.cars(1)[0]}).text(t, "id")
		rider.until("the trip is in progress", "/v1/trips/current", state("in_progress"))
		end := "/v1/trips/" + trip + "/end"

		r.staff.want(http.StatusOK, http.MethodPut, zonesPath, collection(square("island", true, 0, 0, 1), square("berlin", false, 13.4, 52.5, 0.5)))
		want := []string{"no_parking", "outside_zone"}
		r.eventually("the zones hold on every instance", func() bool {
			return r.everywhere(func() bool {
				a := rider.want(http.StatusOK, http.MethodPost, end+"?dry_run=true", nil)
				return a.at(t, "allowed") == false && slices.Equal(reasons(t, a, "reasons"), want)
			})
		})
		a := rider.want(http.StatusConflict, http.MethodPost, end, nil)
		if a.code() != "end_refused" || !slices.Equal(reasons(t, a, "errors"), want) || !strings.Contains(a.text(t, "errors", 0, "detail"), "Zone berlin") || !strings.Contains(a.text(t, "errors", 1, "detail"), "Zone island") {
			t.Errorf("refused: %v", a.body)
		}
		if a := rider.want(http.StatusOK, http.MethodGet, "/v1/trips/current", nil); a.body["state"] != "in_progress" {
			t.Errorf("a refused end: %v", a.body)
		}

		r.staff.want(http.StatusOK, http.MethodPut, zonesPath, collection(square("berlin", true, 13.4, 52.5, 0.5)))
		r.eventually("the end is accepted", func() bool {
			a, err := rider.try(http.MethodPost, end, nil)
			return err == nil && a.status == http.StatusAccepted
		})
		rider.until("the trip is finished", "/v1/trips/"+trip, state("finished"))
	})
}

// eventually looks again until ok.
func (r *rig) eventually(what string, ok func() bool) {
	r.t.Helper()
	for deadline := time.Now().Add(20 * time.Second); time.Now().Before(deadline); {
		if ok() {
			return
		}
		<-time.After(20 * time.Millisecond) // between two looks, not for something to happen
	}
	r.t.Fatal(what + ": not so")
}

// everywhere asks so often that each of two instances is bound to have answered.
func (r *rig) everywhere(ok func() bool) bool {
	for range 10 {
		if !ok() {
			return false
		}
	}
	return true
}

func TestPromotions(t *testing.T) {
	const riders, limit = 24, 5
	both(t, riders, func(t *testing.T, r *rig) {
		terms := m{"code": "welcome", "percent_off": 50, "total_limit": limit}
		made := r.staff.want(http.StatusCreated, http.MethodPost, "/v1/ops/promotions", terms, "Idempotency-Key", "promo")
		if made.text(t, "code") != "WELCOME" || made.at(t, "redeemed") != 0.0 || made.at(t, "account_limit") != 1.0 || made.at(t, "valid_until") != nil {
			t.Errorf("made: %v", made.body)
		}
		again := r.staff.want(http.StatusCreated, http.MethodPost, "/v1/ops/promotions", terms, "Idempotency-Key", "promo")
		if again.header.Get("Idempotency-Replayed") != "true" || !reflect.DeepEqual(again.body, made.body) {
			t.Errorf("the same key again: %v", again.body)
		}
		if a := r.staff.want(http.StatusConflict, http.MethodPost, "/v1/ops/promotions", m{"code": "Welcome", "amount_off": euros(100)}); a.code() != "promotion_exists" {
			t.Errorf("the same code again: %v", a.body)
		}
		r.staff.want(http.StatusCreated, http.MethodPost, "/v1/ops/pricing-plans", aPlan("standard", nil)) // without grace

		all := make([]client, riders)
		for i := range all {
			all[i], _ = r.rider(r.staff)
		}
		cars := all[0].cars(riders)
		quote := all[0].want(http.StatusOK, http.MethodGet, "/v1/quotes?minutes=1&km=0&promo_code=wELCOME&car_id="+cars[0], nil)
		if cents(t, quote, "fare", "total") != 175-87 {
			t.Errorf("the quote: %v", quote.body)
		}
		answers := make([]answer, riders)
		var wg sync.WaitGroup
		begin := make(chan struct{})
		for i := range all {
			wg.Go(func() {
				<-begin
				a, err := all[i].try(http.MethodPost, "/v1/trips", m{"car_id": cars[i], "promo_code": "WELCOME"})
				if err != nil {
					t.Error(err)
				}
				answers[i] = a
			})
		}
		close(begin)
		wg.Wait()
		var winner *client
		won, trip := 0, ""
		for i, a := range answers {
			switch {
			case a.status == http.StatusCreated:
				won++
				winner, trip = &all[i], a.text(t, "id")
			case a.status != http.StatusConflict || a.code() != "promo_refused" || a.text(t, "errors", 0, "code") != "used_up" || a.text(t, "errors", 0, "field") != "promo_code":
				t.Errorf("rider %d: %d %v", i, a.status, a.body)
			}
		}
		listed := r.staff.want(http.StatusOK, http.MethodGet, "/v1/ops/promotions", nil)
		if won != limit || listed.at(t, "items", 0, "redeemed") != float64(limit) {
			t.Fatalf("%d trips of %d: %v", won, limit, listed.body)
		}
		winner.until("the trip is in progress", "/v1/trips/current", state("in_progress"))
		winner.want(http.StatusAccepted, http.MethodPost, "/v1/trips/"+trip+"/end", nil)
		done := winner.until("the trip is finished", "/v1/trips/"+trip, state("finished"))
		if !reflect.DeepEqual(done.at(t, "fare"), quote.at(t, "fare")) {
			t.Errorf("quoted %v\ncharged %v", quote.body, done.body)
		}
		ended := r.staff.want(http.StatusOK, http.MethodPost, "/v1/ops/promotions/"+made.text(t, "id")+"/end", nil)
		if ended.at(t, "ended_at") == nil || ended.at(t, "redeemed") != float64(limit) {
			t.Errorf("ended: %v", ended.body)
		}
		if a := all[0].want(http.StatusConflict, http.MethodGet, "/v1/quotes?minutes=1&km=0&promo_code=welcome&car_id="+cars[0], nil); a.text(t, "errors", 0, "code") != "expired" {
			t.Errorf("after its end: %v", a.body)
		}
	})
}

func TestTariffRoles(t *testing.T) {
	r := newRig(t, 1, 0)
	rider, _ := r.signUp()
	for _, c := range []struct {
		method, path string
		body         any
	}{
		{http.MethodGet, "/v1/ops/pricing-plans", nil},
		{http.MethodPost, "/v1/ops/pricing-plans", aPlan("night", nil)},
		{http.MethodPost, "/v1/ops/pricing-plans/standard/retire", nil},
		{http.MethodGet, zonesPath, nil},
		{http.MethodPut, zonesPath, collection()},
		{http.MethodGet, "/v1/ops/promotions", nil},
		{http.MethodPost, "/v1/ops/promotions", m{"code": "WELCOME", "percent_off": 20}},
		{http.MethodPost, "/v1/ops/promotions/0190a5f0-0000-7000-8000-000000000000/end", nil},
	} {
		rider.want(http.StatusForbidden, c.method, c.path, c.body)
		r.client.want(http.StatusUnauthorized, c.method, c.path, c.body)
	}
	r.staff.want(http.StatusForbidden, http.MethodGet, "/v1/quotes?minutes=1&km=1&car_id=0190a5f0-0000-7000-8000-000000000000", nil)
}

// TestTariffsAudited: what staff decide about prices and places is on record.
func TestTariffsAudited(t *testing.T) {
	r := newRig(t, 1, 0)
	r.staff.want(http.StatusCreated, http.MethodPost, "/v1/ops/pricing-plans", aPlan("night", nil))
	r.staff.want(http.StatusOK, http.MethodPost, "/v1/ops/pricing-plans/night/retire", nil)
	r.staff.want(http.StatusOK, http.MethodPut, zonesPath, collection(square("city", true, 13.4, 52.5, 0.2)))
	id := r.staff.want(http.StatusCreated, http.MethodPost, "/v1/ops/promotions", m{"code": "WELCOME", "percent_off": 20}).text(t, "id")
	r.staff.want(http.StatusOK, http.MethodPost, "/v1/ops/promotions/"+id+"/end", nil)
	for subject, actions := range map[string][]string{
		"pricing-plan/night":    {"freecar.trip.plan_retired.v1", "freecar.trip.plan_published.v1"},
		"pricing-plan/standard": {}, // the first start's, and nobody's
		"zones":                 {"freecar.trip.zones_replaced.v1"},
		id:                      {"freecar.trip.promotion_ended.v1", "freecar.trip.promotion_created.v1"},
	} {
		r.staff.until("the audit knows of "+subject, "/v1/ops/audit?subject="+subject, func(a answer) bool {
			var got []string
			for i := range a.at(t, "items").([]any) {
				got = append(got, a.text(t, "items", i, "action"))
			}
			return slices.Equal(got, actions)
		})
	}
}

// TestTariffsBadInput sends what breaks a rule: each answer is 400 and names the field,
// and nothing changes.
func TestTariffsBadInput(t *testing.T) {
	r := newRig(t, 1, 1)
	rider, _ := r.signUp()
	car := rider.cars(1)[0]
	everything := func() string {
		text := ""
		for _, path := range []string{"/v1/ops/pricing-plans", "/v1/ops/pricing-plans?id=standard", zonesPath, "/v1/ops/promotions"} {
			text += fmt.Sprint(r.staff.want(http.StatusOK, http.MethodGet, path, nil).body)
		}
		return text
	}
	zone := func(change func(feature m)) m {
		f := square("a", true, 13.4, 52.5, 0.2)
		change(f)
		return collection(f)
	}
	coordinates := func(rings ...any) m {
		return zone(func(f m) { f["geometry"] = m{"type": "Polygon", "coordinates": rings} })
	}
	const plans, promotions, at = "/v1/ops/pricing-plans", "/v1/ops/promotions", "features[0].geometry.coordinates"
	promotion := func(change m) m {
		p := m{"code": "WELCOME", "percent_off": 20}
		for k, v := range change {
			p[k] = v
		}
		return p
	}
	quote := func(query string) string { return "/v1/quotes?" + query }
	before := everything()
	for _, tc := range []struct {
		method, path string
		body         any
		field        string
	}{
		{"GET", quote("minutes=1&km=1"), nil, "car_id"},
		{"GET", quote("minutes=1&km=1&car_id=x"), nil, "car_id"},
		{"GET", quote("km=1&car_id=" + car), nil, "minutes"},
		{"GET", quote("minutes=1&car_id=" + car), nil, "km"},
		{"GET", quote("minutes=-1&km=1&car_id=" + car), nil, "minutes"},
		{"GET", quote("minutes=44641&km=1&car_id=" + car), nil, "minutes"},
		{"GET", quote("minutes=1.5&km=1&car_id=" + car), nil, "minutes"},
		{"GET", quote("minutes=1&km=NaN&car_id=" + car), nil, "km"},
		{"GET", quote("minutes=1&km=10001&car_id=" + car), nil, "km"},
		{"GET", quote("minutes=1&km=1&paused_minutes=-1&car_id=" + car), nil, "paused_minutes"},
		{"GET", quote("minutes=1&km=1&promo_code=" + strings.Repeat("x", 65) + "&car_id=" + car), nil, "promo_code"},
		{"GET", quote("minutes=1&km=1&hours=1&car_id=" + car), nil, "hours"},

		{"POST", plans, m{}, "id"},
		{"POST", plans, aPlan("Night!", nil), "id"},
		{"POST", plans, aPlan("night", m{"name": ""}), "name"},
		{"POST", plans, aPlan("night", m{"version": 0}), "version"},
		{"POST", plans, aPlan("night", m{"unlock": euros(-1)}), "unlock.amount"},
		{"POST", plans, aPlan("night", m{"unlock": m{"amount": 100, "currency": "USD"}}), "unlock.currency"},
		{"POST", plans, aPlan("night", m{"unlock": 100}), "unlock"},
		{"POST", plans, aPlan("night", m{"per_minute": []m{{"rate": euros(25), "interval": 1}}}), "per_minute[0].start"},
		{"POST", plans, aPlan("night", m{"per_minute": []m{{"start": 0, "rate": euros(25)}}}), "per_minute[0].interval"},
		{"POST", plans, aPlan("night", m{"per_minute": []m{{"start": 0, "rate": m{"amount": 25, "currency": "USD"}, "interval": 1}}}), "per_minute[0].rate.currency"},
		{"POST", plans, aPlan("night", m{"per_minute": []m{{"start": 0, "rate": euros(25), "interval": 1}, {"start": 5, "rate": euros(20), "interval": 1}}}), "per_minute[1].start"},
		{"POST", plans, aPlan("night", m{"per_kilometre": []m{{"start": 5, "end": 5, "rate": euros(25), "interval": 1}}}), "per_kilometre[0].end"},
		{"POST", plans, aPlan("night", m{"per_paused_minute": euros(16)}), "per_paused_minute.amount"},
		{"POST", plans, aPlan("night", m{"cap": euros(149)}), "cap.amount"},
		{"POST", plans, aPlan("night", m{"hold": euros(100_001)}), "hold.amount"},
		{"POST", plans, aPlan("night", m{"hold": nil}), "hold.currency"},
		{"POST", plans, aPlan("night", m{"grace_seconds": 3601}), "grace_seconds"},
		{"POST", plans, aPlan("night", m{"grace_seconds": 1 << 60}), "grace_seconds"},
		{"POST", plans, aPlan("night", m{"vat_basis_points": -1}), "vat_basis_points"},
		{"POST", plans, aPlan("night", m{"surge": true}), "surge"},
		{"GET", plans + "?cursor=x&id=standard", nil, "cursor"},
		{"GET", plans + "?limit=0", nil, "limit"},
		{"GET", plans + "?id=" + strings.Repeat("x", 41), nil, "id"},

		{"PUT", zonesPath, nil, "type"},
		{"PUT", zonesPath, m{"type": "FeatureCollection"}, "features"},
		{"PUT", zonesPath, m{"type": "Feature", "features": []m{}}, "type"},
		{"PUT", zonesPath, m{"type": "FeatureCollection", "features": []m{}, "crs": m{}}, "crs"},
		{"PUT", zonesPath, zone(func(f m) { f["type"] = "Zone" }), "features[0].type"},
		{"PUT", zonesPath, zone(func(f m) { delete(f, "geometry") }), "features[0].geometry.type"},
		{"PUT", zonesPath, zone(func(f m) { f["geometry"] = nil }), "features[0].geometry.type"},
		{"PUT", zonesPath, zone(func(f m) { f["geometry"] = m{"type": "Point", "coordinates": []float64{1, 2}} }), "features[0].geometry.type"},
		{"PUT", zonesPath, zone(func(f m) { f["properties"] = m{"id": "a", "name": "A"} }), "features[0].properties.ride_end_allowed"},
		{"PUT", zonesPath, zone(func(f m) { f["properties"].(m)["id"] = "" }), "features[0].properties.id"},
		{"PUT", zonesPath, zone(func(f m) { f["properties"].(m)["colour"] = "red" }), "features[0].properties.colour"},
		{"PUT", zonesPath, collection(square("a", true, 1, 1, 1), square("a", true, 5, 1, 1)), "features[1].properties.id"},
		{"PUT", zonesPath, coordinates(), at},
		{"PUT", zonesPath, coordinates([][]float64{{0, 0}, {1, 0}, {1, 1}, {0, 1}}), at + "[0]"},
		{"PUT", zonesPath, coordinates([][]float64{{0, 0}, {1, 1}, {1, 0}, {0, 1}, {0, 0}}), at + "[0]"},
		{"PUT", zonesPath, coordinates([][]float64{{0, 0}, {181, 0}, {1, 1}, {0, 0}}), at + "[0][1][0]"},
		{"PUT", zonesPath, coordinates([]any{[]any{0, 0}, []any{"NaN", 0}, []any{1, 1}, []any{0, 0}}), at},
		{"PUT", zonesPath, coordinates([]any{[]any{0, 0}, []any{nil, 0}, []any{1, 1}, []any{0, 0}}), at},
		{"PUT", zonesPath, coordinates([][]float64{{0, 0}, {1, 0}, {1, 1}, {0, 0}}, [][]float64{{5, 5}, {6, 5}, {6, 6}, {5, 5}}), at},

		{"POST", "/v1/trips", m{"car_id": car, "promo_code": strings.Repeat("x", 65)}, "promo_code"},
		{"POST", "/v1/trips", m{"car_id": car, "promo_code": 7}, "promo_code"},

		{"POST", promotions, m{"percent_off": 20}, "code"},
		{"POST", promotions, promotion(m{"code": "a b c"}), "code"},
		{"POST", promotions, promotion(m{"percent_off": 0}), "percent_off"},
		{"POST", promotions, promotion(m{"percent_off": nil}), "percent_off"},
		{"POST", promotions, promotion(m{"amount_off": euros(100)}), "percent_off"},
		{"POST", promotions, promotion(m{"percent_off": nil, "amount_off": m{"amount": 100, "currency": "USD"}}), "amount_off.currency"},
		{"POST", promotions, promotion(m{"minimum_fare": euros(-1)}), "minimum_fare.amount"},
		{"POST", promotions, promotion(m{"total_limit": 0}), "total_limit"},
		{"POST", promotions, promotion(m{"account_limit": 101}), "account_limit"},
		{"POST", promotions, promotion(m{"valid_until": "2001-01-01T00:00:00Z"}), "valid_until"},
		{"POST", promotions, promotion(m{"valid_from": "tomorrow"}), "valid_from"},
		{"GET", promotions + "?cursor=x", nil, "cursor"},
		{"POST", promotions + "/x/end", nil, "id"},
	} {
		t.Run(fmt.Sprintf("%s %s %s", tc.method, tc.path, tc.field), func(t *testing.T) {
			who := r.staff
			if !strings.HasPrefix(tc.path, "/v1/ops/") {
				who = rider
			}
			a, err := who.try(tc.method, tc.path, tc.body, "Idempotency-Key", "k")
			if err != nil {
				t.Fatal(err)
			}
			var fields []string
			list, _ := a.body["errors"].([]any)
			for i := range list {
				fields = append(fields, a.text(t, "errors", i, "field"))
			}
			if a.status != http.StatusBadRequest || !slices.Contains(fields, tc.field) {
				t.Errorf("got %d %v, want 400 for %s", a.status, a.body, tc.field)
			}
		})
	}
	t.Run("a body that is too large", func(t *testing.T) {
		body := collection(square(strings.Repeat("x", 2<<20), true, 1, 1, 1))
		r.staff.want(http.StatusRequestEntityTooLarge, http.MethodPut, zonesPath, body)
	})
	if after := everything(); after != before {
		t.Errorf("something changed:\n%s\n%s", before, after)
	}
}
