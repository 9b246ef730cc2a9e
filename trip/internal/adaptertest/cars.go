package adaptertest

import (
	"strconv"
	"testing"

	"freecar/internal/errs"
	"freecar/trip"
)

func claimFor(car, account string, kind trip.ClaimKind) trip.Claim {
	return trip.Claim{CarID: car, ID: id(), Account: account, Kind: kind}
}

func take(t *testing.T, w World, c trip.Claim) trip.ClaimedCar {
	t.Helper()
	car, err := w.Cars.Claim(w.As(c.Account), c)
	must(t, err)
	return car
}

func look(t *testing.T, w World, c trip.Claim) trip.CarState {
	t.Helper()
	state, err := w.Cars.Car(w.As(c.Account), c.CarID)
	must(t, err)
	return state
}

func oneClaim(t *testing.T, w World) {
	car := w.Car()
	claims := make([]trip.Claim, racers)
	for i := range claims {
		claims[i] = claimFor(car, strconv.Itoa(4503599627370496+i), []trip.ClaimKind{trip.ForTrip, trip.ForReservation}[i%2])
	}
	if won := race(t, trip.ErrCarUnavailable, func(i int) error {
		_, err := w.Cars.Claim(w.As(claims[i].Account), claims[i])
		return err
	}); won != 1 {
		t.Fatalf("%d have the car", won)
	}
	var had int
	for _, c := range claims {
		if car, err := w.Cars.Claim(w.As(c.Account), c); err == nil {
			had++
			if car.ID != c.CarID || car.OdometerM != 1000 || car.PlanID == "" || car.Plate == "" {
				t.Errorf("claimed %+v", car)
			}
		}
	}
	if had != 1 {
		t.Errorf("%d have the car, asked again", had)
	}
}

func swaps(t *testing.T, w World) {
	kept := claimFor(w.Car(), w.Account(0, true), trip.ForReservation)
	take(t, w, kept)
	if state := look(t, w, kept); state.TripID != "" {
		t.Errorf("a reserved car has the trip %s", state.TripID)
	}
	begun := kept
	begun.Kind = trip.ForTrip
	for _, stranger := range []trip.Claim{
		{CarID: kept.CarID, ID: id(), Account: kept.Account, Kind: trip.ForTrip},
		{CarID: kept.CarID, ID: kept.ID, Account: w.Account(0, true), Kind: trip.ForTrip},
	} {
		_, err := w.Cars.Claim(w.As(stranger.Account), stranger)
		refused(t, err, trip.ErrCarUnavailable)
	}
	take(t, w, begun)
	if state := look(t, w, kept); state.TripID != begun.ID {
		t.Errorf("got %+v", state)
	}
	take(t, w, kept) // nothing was told yet
	take(t, w, begun)
	must(t, w.Cars.Command(w.As(begun.Account), begun.CarID, begun.ID, "unlocking", trip.Unlock))
	_, err := w.Cars.Claim(w.As(kept.Account), kept)
	refused(t, err, trip.ErrCarUnavailable)
}

func releases(t *testing.T, w World) {
	c := claimFor(w.Car(), w.Account(0, true), trip.ForTrip)
	ctx := w.As(c.Account)
	take(t, w, c)
	late := c
	late.Kind = trip.ForReservation
	other := c
	other.ID = id()
	for _, wrong := range []trip.Claim{late, other} {
		must(t, w.Cars.Release(ctx, trip.Release{Claim: wrong}))
		if state := look(t, w, c); state.TripID != c.ID {
			t.Fatalf("released by %+v: %+v", wrong, state)
		}
	}
	for range 2 {
		must(t, w.Cars.Release(ctx, trip.Release{Claim: c}))
	}
	next := claimFor(c.CarID, w.Account(0, true), trip.ForReservation)
	take(t, w, next)
	must(t, w.Cars.Release(ctx, trip.Release{Claim: c}))
	take(t, w, next) // it still has the car
	must(t, w.Cars.Release(ctx, trip.Release{Claim: trip.Claim{CarID: id(), ID: id(), Account: c.Account, Kind: trip.ForTrip}}))
}

func outOfService(t *testing.T, w World) {
	c := claimFor(w.Car(), w.Account(0, true), trip.ForTrip)
	take(t, w, c)
	must(t, w.Cars.Release(w.As(c.Account), trip.Release{Claim: c, OutOfService: "It does not answer."}))
	next := claimFor(c.CarID, c.Account, trip.ForTrip)
	_, err := w.Cars.Claim(w.As(next.Account), next)
	refused(t, err, trip.ErrCarUnavailable)
}

func noCar(t *testing.T, w World) {
	c := claimFor(id(), w.Account(0, true), trip.ForTrip)
	_, claimErr := w.Cars.Claim(w.As(c.Account), c)
	_, carErr := w.Cars.Car(w.As(c.Account), c.CarID)
	for _, err := range []error{claimErr, carErr} {
		if errs.KindOf(err) != errs.NotFound {
			t.Errorf("got %v", err)
		}
	}
}

func commands(t *testing.T, w World) {
	c := claimFor(w.Car(), w.Account(0, true), trip.ForTrip)
	ctx := w.As(c.Account)
	take(t, w, c)
	tell := func(step string, command trip.Command) {
		t.Helper()
		for range 2 {
			must(t, w.Cars.Command(ctx, c.CarID, c.ID, step, command))
		}
		if o := look(t, w, c).Commands[step]; o.State != trip.CommandPending || !o.At.IsZero() {
			t.Errorf("%s: got %+v", step, o)
		}
	}
	settled := func(step string, state trip.CommandState, locked bool) {
		t.Helper()
		got := look(t, w, c)
		if o := got.Commands[step]; o.State != state || o.At.IsZero() || got.Locked != locked || got.Open == locked {
			t.Errorf("%s: got %+v of %+v", step, o, got)
		}
	}
	tell("unlocking", trip.Unlock)
	w.Answer(c.CarID, true)
	settled("unlocking", trip.CommandDone, false)
	tell("locking-1", trip.Lock)
	w.Answer(c.CarID, false)
	settled("locking-1", trip.CommandFailed, false)
	tell("locking-2", trip.Lock)
	w.Answer(c.CarID, true)
	settled("locking-2", trip.CommandDone, true)
	must(t, w.Cars.Command(ctx, c.CarID, c.ID, "stop-1", trip.StopRequest))
	if got := look(t, w, c); !got.Locked {
		t.Errorf("a stop request changed the lock: %+v", got)
	}
}

func strangers(t *testing.T, w World) {
	kept := claimFor(w.Car(), w.Account(0, true), trip.ForReservation)
	take(t, w, kept)
	for _, rental := range []string{kept.ID, id()} { // not even the reservation itself
		if err := w.Cars.Command(w.As(kept.Account), kept.CarID, rental, "unlocking", trip.Unlock); errs.KindOf(err) != errs.Conflict {
			t.Errorf("got %v", err)
		}
	}
}

func drivesOff(t *testing.T, w World) {
	c := claimFor(w.Car(), w.Account(0, true), trip.ForTrip)
	ctx := w.As(c.Account)
	take(t, w, c)
	must(t, w.Cars.Command(ctx, c.CarID, c.ID, "unlocking", trip.Unlock))
	w.Answer(c.CarID, true)
	w.Drive(c.CarID, 5000, 30)
	if got := look(t, w, c); got.OdometerM != 6000 || got.SpeedKMH != 30 || got.ReadAt.IsZero() || !got.DroveOffAt.IsZero() {
		t.Errorf("driving: %+v", got)
	}
	w.Drive(c.CarID, 5000, 0)
	must(t, w.Cars.Command(ctx, c.CarID, c.ID, "pausing-1", trip.Lock))
	w.Answer(c.CarID, true)
	w.Drive(c.CarID, 5050, 0)
	if got := look(t, w, c); !got.Locked || !got.DroveOffAt.IsZero() {
		t.Errorf("rolling: %+v", got)
	}
	w.Drive(c.CarID, 5051, 0)
	got := look(t, w, c)
	if got.Locked || !got.Open || got.DroveOffAt.IsZero() || !got.DroveOffAt.Equal(got.ReadAt) {
		t.Errorf("driven off: %+v", got)
	}
	must(t, w.Cars.Command(ctx, c.CarID, c.ID, "pausing-2", trip.Lock))
	w.Answer(c.CarID, true)
	if got := look(t, w, c); !got.Locked || !got.DroveOffAt.IsZero() {
		t.Errorf("locked again: %+v", got)
	}
}
