package car_test

import (
	"errors"
	"testing"
	"time"

	"freecar/car"
)

func TestOdometers(t *testing.T) {
	judge := func(before func(*car.Standing), after time.Duration, odometerM int64) error {
		s := car.Standing{DeviceID: device, State: car.Available, Lock: car.Locked, Last: heard()}
		before(&s)
		at := start.Add(after)
		r := car.Reading{CarID: "car-1", DeviceID: device, At: at, ReceivedAt: at, OdometerM: odometerM}
		return s.Judge(device, r, policy)
	}
	same := func(*car.Standing) {}
	another := func(state car.State) func(*car.Standing) {
		return func(s *car.Standing) { s.Last.DeviceID, s.State = "device-2", state }
	}
	reach := func(d time.Duration) int64 { return 1000 + 250_000*int64(d/time.Hour) + 10_000 }
	for name, tc := range map[string]struct {
		before    func(*car.Standing)
		after     time.Duration
		odometerM int64
		want      error
	}{
		"it stands":                              {same, time.Second, 1000, nil},
		"one metre back":                         {same, time.Second, 999, car.ErrOdometerFell},
		"what was kept without a connection":     {same, time.Millisecond, 11_000, nil},
		"a metre more":                           {same, time.Millisecond, 11_001, car.ErrOdometerJumped},
		"a wrong number":                         {same, time.Hour, 9_999_999_000, car.ErrOdometerJumped},
		"as far as a car drives in a silence":    {same, 3 * time.Hour, reach(3 * time.Hour), nil},
		"and a metre more":                       {same, 3 * time.Hour, reach(3*time.Hour) + 1, car.ErrOdometerJumped},
		"a new box counts from nothing":          {another(car.Available), time.Second, 0, nil},
		"or from far away":                       {another(car.NonOperational), time.Second, 54_321_000, nil},
		"also in a reservation":                  {another(car.Reserved), time.Second, 0, nil},
		"not under a trip that is setting off":   {another(car.Stopped), time.Second, 0, car.ErrOdometerFell},
		"not under a trip":                       {another(car.OnTrip), time.Second, 54_321_000, car.ErrOdometerJumped},
		"whatever staff guessed, the box counts": {func(s *car.Standing) { s.Last.DeviceID = "" }, time.Second, 54_321_000, nil},
	} {
		t.Run(name, func(t *testing.T) {
			if err := judge(tc.before, tc.after, tc.odometerM); !errors.Is(err, tc.want) {
				t.Errorf("got %v, want %v", err, tc.want)
			}
		})
	}
}

func TestWrongOdometer(t *testing.T) {
	c := newCompany(t)
	id := c.park(t, "B-FC 1")
	say := func(odometerM int64) error {
		t.Helper()
		c.clock.Advance(time.Second)
		r := c.standing(id, 0)
		r.OdometerM = odometerM
		if report := c.report(t, r); report.Accepted == 0 {
			return report.Refused[0].Err
		}
		return nil
	}
	t.Run("one wrong reading neither bills nor silences a car", func(t *testing.T) {
		c.claim(t, id, trip)
		for _, step := range []struct {
			odometerM int64
			want      error
		}{{1010, nil}, {9_999_999_000, car.ErrOdometerJumped}, {1020, nil}} {
			if err := say(step.odometerM); !errors.Is(err, step.want) {
				t.Fatalf("%d m: got %v, want %v", step.odometerM, err, step.want)
			}
		}
		if got := c.state(t, id).Last.OdometerM; got != 1020 {
			t.Errorf("it counts %d m", got)
		}
	})
	t.Run("a new box begins anew before the next trip", func(t *testing.T) {
		if _, err := c.Release(t.Context(), id, car.Releasing{Kind: car.ForTrip, ID: trip}); err != nil {
			t.Fatal(err)
		}
		if err := c.Bind(t.Context(), "device-2", []string{id}, c.clock.Now()); err != nil {
			t.Fatal(err)
		}
		if _, err := c.Claim(t.Context(), id, car.Claim{Kind: car.ForTrip, ID: "trip-2", AccountID: account}); !errors.Is(err, car.ErrUnavailable) {
			t.Errorf("claimed before the box spoke: %v", err)
		}
		c.clock.Advance(time.Second)
		r := c.standing(id, 0)
		r.OdometerM = 7
		if report, err := c.Report(t.Context(), "device-2", []car.Reading{r}); err != nil || report.Accepted != 1 {
			t.Fatalf("got %+v, %v", report, err)
		}
		c.claim(t, id, "trip-2")
		if got := c.state(t, id); got.Last.OdometerM != 7 || got.Last.DeviceID != "device-2" {
			t.Errorf("got %+v", got.Last)
		}
	})
}
