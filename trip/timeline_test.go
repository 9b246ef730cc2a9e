package trip_test

import (
	"fmt"
	"math/rand/v2"
	"testing"
	"time"

	"freecar/internal/idem"
	"freecar/trip"
)

// TestAnyTimeline lives trips of random pauses, failing locks and refused ends, under
// random plans, and looks at the fare all the time.
func TestAnyTimeline(t *testing.T) {
	for seed := range uint64(300) {
		t.Run(fmt.Sprint("seed ", seed), func(t *testing.T) {
			l := newLife(t, seed)
			for range 80 {
				l.pass()
				l.look()
				l.something()
				l.look()
			}
			l.finish()
		})
	}
}

// life is a trip, its car and the time.
type life struct {
	t      *testing.T
	random *rand.Rand
	now    time.Time
	trip   trip.Trip
	car    trip.CarState
	last   int64 // the fare when last looked at
}

func newLife(t *testing.T, seed uint64) *life {
	t.Helper()
	l := &life{t: t, random: rand.New(rand.NewPCG(seed, 3)), now: time.Date(2030, 5, 1, 12, 0, 0, 0, time.UTC)}
	l.car = trip.CarState{OdometerM: 1000, TripID: "t"}
	l.trip = trip.NewTrip("t", "1", "c", idem.Key{}, l.now)
	l.must(l.trip.Accept(trip.ClaimedCar{ID: "c", OdometerM: 1000}, l.plan(), l.now))
	l.must(l.trip.Begin(l.now, policy, l.now))
	return l
}

// plan has rates that lie as badly as they can: free times, and pauses dearer than driving.
func (l *life) plan() trip.Plan {
	p := trip.Standard()
	p.PerPausedMinute = l.random.Int64N(40)
	p.Cap = l.random.Int64N(2) * (500 + l.random.Int64N(4000))
	if l.random.IntN(2) == 0 {
		p.PerMinute = []trip.Segment{{Rate: 100}, {Start: l.random.Int64N(9), Rate: l.random.Int64N(50), Interval: 1 + l.random.Int64N(5)}}
	}
	return p
}

func (l *life) must(err error) {
	l.t.Helper()
	if err != nil {
		l.t.Fatalf("%v: %+v", err, l.trip)
	}
}

func (l *life) pass() {
	l.now = l.now.Add(time.Duration(l.random.IntN(70_000)) * time.Millisecond)
	if l.trip.Step == trip.Driving || l.random.IntN(8) == 0 {
		l.car.OdometerM += int64(l.random.IntN(400)) * int64(l.random.IntN(2))
	}
}

// ago is a time that another server tells of.
func (l *life) ago() time.Time {
	return l.now.Add(time.Duration(l.random.IntN(5000)-4500) * time.Millisecond)
}

func (l *life) something() {
	n := &l.trip
	works := l.random.IntN(3) > 0
	switch n.Step {
	case trip.Driving:
		switch l.random.IntN(4) {
		case 0, 1:
			l.must(n.RequestPause(l.now))
		case 2:
			l.must(n.RequestEnd(trip.EndRequest{OdometerM: l.car.OdometerM}, l.now))
		}
	case trip.Pausing:
		if works {
			l.must(n.Park(policy, l.now))
		} else {
			l.must(n.PauseFailed("lock_failed", policy, l.now))
		}
	case trip.Parked:
		switch l.random.IntN(6) {
		case 0, 1:
			l.must(n.RequestResume(l.now))
		case 2: // and after that the car drives off
			l.must(n.RequestEnd(trip.EndRequest{OdometerM: l.car.OdometerM}, l.now))
		case 3: // though it has driven off
			l.car.DroveOffAt = l.now
			l.pass()
			l.look()
			l.must(n.RequestEnd(trip.EndRequest{OdometerM: l.car.OdometerM, DroveOffAt: l.car.DroveOffAt}, l.now))
			l.car.DroveOffAt = time.Time{}
		case 4:
			l.car.DroveOffAt = l.now // heard of at once by whoever looks, and by the trip later
			l.look()
			l.pass()
			l.look()
			l.must(n.Resume(l.car.DroveOffAt, policy, l.now))
			l.car.DroveOffAt = time.Time{}
		}
	case trip.Resuming:
		if works {
			l.must(n.Resume(l.later(n.Pause.ResumeAt), policy, l.now))
		} else {
			l.must(n.ResumeFailed("unlock_failed", policy, l.now))
		}
	case trip.Locking:
		l.look()
		l.must(n.EndFailed("lock_failed", l.now, policy, l.now))
	}
}

// later is another server's time of what was asked for at a moment.
func (l *life) later(asked time.Time) time.Time {
	if at := l.ago(); at.After(asked) {
		return at
	}
	return asked
}

func (l *life) look() {
	l.t.Helper()
	n := l.trip
	seen := n.AsOf(l.car, l.now)
	total, sum := seen.Fare.Total.Amount, int64(0)
	for _, line := range seen.Fare.Lines {
		sum += line.Amount.Amount
	}
	if again := n.AsOf(l.car, l.now); sum != total || again.Fare.Total != seen.Fare.Total {
		l.t.Fatalf("%d is not the sum of %+v, or not the same again", total, seen.Fare.Lines)
	}
	if total < l.last {
		l.t.Fatalf("the fare fell from %d to %d: %+v", l.last, total, seen)
	}
	most := n.Plan.Fare(trip.Usage{Driving: l.now.Sub(n.StartedAt), DistanceM: seen.DistanceM}).Total.Amount
	if total > most {
		l.t.Fatalf("with its pauses it costs %d, without them %d: %+v", total, most, seen)
	}
	l.last = total
}

// finish ends the trip: what is charged is what was seen last.
func (l *life) finish() {
	l.t.Helper()
	n := &l.trip
	if n.Step != trip.Locking {
		l.must(n.RequestEnd(trip.EndRequest{OdometerM: l.car.OdometerM}, l.now))
	}
	l.look()
	l.now = l.now.Add(20 * time.Second)
	l.look()
	l.must(n.Price(l.car.OdometerM, l.now))
	if n.Fare.Total.Amount != l.last {
		l.t.Fatalf("charged %d, seen %d: %+v", n.Fare.Total.Amount, l.last, n)
	}
}
