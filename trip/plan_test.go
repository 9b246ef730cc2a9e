package trip_test

import (
	"math/rand/v2"
	"testing"
	"time"

	"freecar/internal/money"
	"freecar/trip"
)

func TestFare(t *testing.T) {
	plan := trip.Standard()
	for name, tc := range map[string]struct {
		usage trip.Usage
		want  int64
	}{
		"not moved in the grace time":     {trip.Usage{Driving: 2 * time.Minute, DistanceM: 49}, 0},
		"moved at once":                   {trip.Usage{Driving: time.Second, DistanceM: 50}, 100 + 29},
		"not moved, a moment past grace":  {trip.Usage{Driving: 2*time.Minute + time.Millisecond}, 100 + 3*29},
		"a minute begun is a minute":      {trip.Usage{Driving: 10*time.Minute + time.Millisecond, DistanceM: 4000}, 100 + 11*29},
		"whole minutes":                   {trip.Usage{Driving: 10 * time.Minute, DistanceM: 4000}, 100 + 10*29},
		"pauses cost less":                {trip.Usage{Driving: 10 * time.Minute, Paused: 5 * time.Minute, DistanceM: 4000}, 100 + 10*29 + 5*9},
		"kilometres beyond those free":    {trip.Usage{Driving: 60 * time.Minute, DistanceM: 102_001}, 100 + 60*29 + 3*19},
		"the cap":                         {trip.Usage{Driving: 48 * time.Hour, DistanceM: 10_000}, 8900},
		"nothing used, unlocked long ago": {trip.Usage{Paused: 3 * time.Minute}, 100 + 3*9},
	} {
		t.Run(name, func(t *testing.T) {
			fare := plan.Fare(tc.usage)
			if fare.Total != money.Of(tc.want) {
				t.Errorf("got %v, want %v: %+v", fare.Total, money.Of(tc.want), fare.Lines)
			}
		})
	}
	t.Run("segments follow GBFS", func(t *testing.T) {
		p := trip.Plan{PerMinute: []trip.Segment{
			{Start: 0, End: 10, Interval: 5, Rate: 100}, // two charges at most
			{Start: 10, Interval: 0, Rate: 50},          // once
			{Start: 10, Interval: 1, Rate: 7},
		}}
		for minutes, want := range map[int64]int64{0: 0, 1: 100, 5: 100, 6: 200, 10: 200, 11: 257, 13: 271} {
			if got := p.Fare(trip.Usage{Driving: time.Duration(minutes) * time.Minute, DistanceM: 100}).Total.Amount; got != want {
				t.Errorf("%d minutes: got %d, want %d", minutes, got, want)
			}
		}
	})
	t.Run("lines sum to the total, which never falls and stays within unlock fee and cap", func(t *testing.T) {
		r := rand.New(rand.NewPCG(1, 2))
		for range 200 {
			var u trip.Usage
			last := int64(0)
			for range 50 {
				u.Driving += time.Duration(r.Int64N(int64(5 * time.Minute)))
				u.DistanceM += r.Int64N(3000)
				fare, sum := plan.Fare(u), int64(0)
				for _, l := range fare.Lines {
					sum += l.Amount.Amount
				}
				total := fare.Total.Amount
				free := u.DistanceM < 50 && u.Driving <= plan.Grace
				if sum != total || total < last || total > plan.Cap || total < plan.Unlock && !free {
					t.Fatalf("%+v: total %d after %d, lines %+v", u, total, last, fare.Lines)
				}
				last = total
			}
		}
	})
	t.Run("pausing is never dearer than driving", func(t *testing.T) {
		for minutes := time.Duration(0); minutes < 200; minutes++ {
			driving := plan.Fare(trip.Usage{Driving: minutes * time.Minute, DistanceM: 100})
			paused := plan.Fare(trip.Usage{Paused: minutes * time.Minute, DistanceM: 100})
			if paused.Total.Amount > driving.Total.Amount {
				t.Errorf("%d min: paused %v, driving %v", minutes, paused.Total, driving.Total)
			}
		}
	})
}
