package endpoint_test

import (
	"context"
	"errors"
	"math"
	"reflect"
	"strings"
	"testing"
	"time"

	"freecar/car"
	"freecar/car/carapi"
	"freecar/car/internal/endpoint"
	"freecar/internal/errs"
	"freecar/internal/events"
	"freecar/internal/geo"
	"freecar/internal/kitx"
)

// asked is a service that remembers what it was asked, and nothing else.
type asked struct {
	car.Service
	search   car.Search
	readings []car.Reading
}

func (a *asked) Search(_ context.Context, s car.Search) []car.Found {
	a.search = s
	return nil
}

func (a *asked) Report(_ context.Context, _ string, r []car.Reading) (car.Report, error) {
	a.readings = r
	return car.Report{Accepted: len(r)}, nil
}

// FuzzSearchRequest: a search that is let through is of one valid place or box.
func FuzzSearchRequest(f *testing.F) {
	f.Add("13.3,52.4,13.5,52.6", 0.0, 0.0, false, false)
	for _, box := range []string{"", "1,2,3", "1,2,3,4,5", "NaN,1,2,3", "Inf,-90,180,90", "0x1p4,0,17,1", "170,-20,-170,20", "1,3,2,2", " 1 ,2\t,3,\n4", "1e400,0,1,1", "180.0000000001,0,1,1", "1_0,0,1,1", "-0,-0,0,0", "٣,1,2,3"} {
		f.Add(box, 52.5, 13.4, box == "", box == "")
	}
	f.Add("", math.NaN(), 181.0, true, true)
	f.Fuzz(func(t *testing.T, box string, lat, lon float64, hasLat, hasLon bool) {
		r := carapi.SearchRequest{BBox: box, RadiusM: 1000, Limit: 20}
		if hasLat {
			r.Latitude = &lat
		}
		if hasLon {
			r.Longitude = &lon
		}
		if kitx.Check(&r) != nil {
			return // as it is before anything else
		}
		service := &asked{}
		_, err := endpoint.New(service, car.DefaultPolicy()).Search(t.Context(), r)
		if err != nil {
			if e, ok := errors.AsType[*errs.Error](err); !ok || e.Kind != errs.Invalid || len(e.Fields) == 0 || e.Fields[0].Field == "" {
				t.Errorf("%q: refused with %v", box, err)
			}
			return
		}
		s := service.search
		if s.Box != nil != (box != "") || s.Box == nil && !s.From.Valid() || s.Box != nil && (!s.Box.Valid() || hasLat || hasLon) {
			t.Errorf("%q, %v, %v: asked for %+v", box, lat, lon, s)
		}
		if s.Box != nil && strings.ContainsAny(box, "xX_") {
			t.Errorf("%q is no list of decimal numbers", box)
		}
	})
}

// FuzzEvents: what is published of a car is read back as it was, and of any other data a
// car comes of it or an error.
func FuzzEvents(f *testing.F) {
	now := time.Date(2026, 1, 31, 13, 45, 0, 0, time.UTC)
	c := car.New(car.Registration{ID: "c", Plate: "B-FC 1", First: &car.Reading{At: now, Position: geo.Position{Latitude: 1}}}, now)
	for _, kind := range []car.EventKind{car.EventRegistered} {
		e, err := endpoint.Event(f.Context(), car.Event{Kind: kind, Car: c, At: now})
		if err != nil {
			f.Fatal(err)
		}
		f.Add(e.Data)
	}
	for _, text := range []string{"", "null", "{}", `{"claim":{},"commands":[{}],"seen":{"position":null}}`, `{"seen":{"position":{"latitude":1e999,"longitude":1}}}`,
		`{"id":"c","seen":{"at":null,"position":{"latitude":1,"longitude":2}}}`, `{"claim":{"kind":"trip","at":"0000-01-01T00:00:00+01:00"}}`, `{"commands":null,"next_device":{"id":"d"},"outage":{},"pause":{"drove_off_at":null}}`} {
		f.Add([]byte(text))
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		if id, s, err := endpoint.MovedOf(events.Event{Data: data}); err == nil {
			e, err := endpoint.Moved(t.Context(), id, s, now)
			if err != nil {
				t.Fatalf("%s: %v", data, err)
			}
			if sameID, again, err := endpoint.MovedOf(e); err != nil || sameID != id || again != s {
				t.Errorf("%s: %+v became %+v, %v", data, s, again, err)
			}
		}
		c, err := endpoint.CarOf(events.Event{Data: data})
		if err != nil {
			return
		}
		e, err := endpoint.Event(t.Context(), car.Event{Car: c, At: now})
		if err != nil {
			t.Fatalf("%s: %v", data, err)
		}
		again, err := endpoint.CarOf(e)
		if c.Claim != nil {
			c.Last = nil // where a car is that somebody has is not told
		}
		if err != nil || !reflect.DeepEqual(again.Last, c.Last) || !reflect.DeepEqual(again.Claim, c.Claim) || len(again.Commands) != len(c.Commands) || again.Version != c.Version {
			t.Errorf("%s: %+v became %+v, %v", data, c, again, err)
		}
	})
}
