package adaptertest

import (
	"context"
	"errors"
	"testing"

	"freecar/internal/errs"
	"freecar/internal/money"
	"freecar/trip"
)

// World is the other services as a trip reaches them, and what a test can do to them.
type World struct {
	Cars     trip.Cars
	Wallet   trip.Wallet
	Licences trip.Licences

	// As is the context in which the trip service calls for an account.
	As func(account string) context.Context
	// Car makes a car that can be rented, with 1,000 m on its odometer.
	Car func() string
	// Account makes an account with so much money, which may drive or not.
	Account func(minor int64, mayDrive bool) string
	// Money is what an account can spend, and what is held of it.
	Money func(account string) (available, held int64)
	// Answer lets the car do what it is told, or fail to.
	Answer func(carID string, done bool)
	// Drive lets the car report that it has gone so far since it was made, and its speed.
	Drive func(carID string, metres int64, speedKMH float64)
}

// OpenWorld gives a world with nothing in it.
type OpenWorld func(t *testing.T) World

// Others holds the ways to the other services to the contract that the saga stands on.
func Others(t *testing.T, open OpenWorld) {
	for name, test := range map[string]func(*testing.T, World){
		"a car has one claim, however often and by how many it is asked for": oneClaim,
		"a claim changes its kind within its rental, and nowhere else":       swaps,
		"a release names its claim, and twice is once":                       releases,
		"a car out of service is nobody's":                                   outOfService,
		"what is not there is NotFound":                                      noCar,
		"a step is one command, and its outcome is known":                    commands,
		"a car does what its trip tells it, and nobody else":                 strangers,
		"a locked car that drives is open again":                             drivesOff,
		"a hold is placed once and released once":                            holds,
		"a hold that comes after its release is refused":                     lateHold,
		"a hold never takes more than there is":                              noFunds,
		"a fare is captured once":                                            captures,
		"who owes something":                                                 solvent,
		"of many holds and releases of one trip none is left":                holdRace,
		"who may drive": mayDrive,
	} {
		t.Run(name, func(t *testing.T) { test(t, open(t)) })
	}
}

func must(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

func refused(t *testing.T, err, want error) {
	t.Helper()
	if !errors.Is(err, want) {
		t.Errorf("got %v, want %v", err, want)
	}
}

func noMoney(t *testing.T, err error) {
	t.Helper()
	if errs.KindOf(err) != errs.Conflict {
		t.Errorf("got %v, want a conflict", err)
	}
}

func holds(t *testing.T, w World) {
	account, rental := w.Account(5000, true), id()
	ctx := w.As(account)
	for range 2 {
		must(t, w.Wallet.Hold(ctx, rental, account, money.Of(2000)))
	}
	purse(t, w, account, 3000, 2000)
	for range 2 {
		must(t, w.Wallet.Release(ctx, rental))
	}
	purse(t, w, account, 5000, 0)
}

func purse(t *testing.T, w World, account string, available, held int64) {
	t.Helper()
	if a, h := w.Money(account); a != available || h != held {
		t.Errorf("%d to spend and %d held, want %d and %d", a, h, available, held)
	}
}

func lateHold(t *testing.T, w World) {
	account := w.Account(5000, true)
	ctx := w.As(account)
	never, released := id(), id()
	must(t, w.Wallet.Release(ctx, never))
	must(t, w.Wallet.Hold(ctx, released, account, money.Of(2000)))
	must(t, w.Wallet.Release(ctx, released))
	for _, rental := range []string{never, released} {
		noMoney(t, w.Wallet.Hold(ctx, rental, account, money.Of(2000)))
	}
	purse(t, w, account, 5000, 0)
}

func noFunds(t *testing.T, w World) {
	account, rental := w.Account(3000, true), id()
	ctx := w.As(account)
	must(t, w.Wallet.Hold(ctx, id(), account, money.Of(2000)))
	refused(t, w.Wallet.Hold(ctx, rental, account, money.Of(2000)), trip.ErrFunds)
	purse(t, w, account, 1000, 2000)
	must(t, w.Wallet.Hold(ctx, rental, account, money.Of(1000))) // a refused one is no hold
	purse(t, w, account, 0, 3000)
}

func captures(t *testing.T, w World) {
	account, rental := w.Account(5000, true), id()
	ctx := w.As(account)
	must(t, w.Wallet.Hold(ctx, rental, account, money.Of(2000)))
	for range 2 {
		must(t, w.Wallet.Capture(ctx, rental, money.Of(700)))
	}
	noMoney(t, w.Wallet.Capture(ctx, rental, money.Of(800)))
	noMoney(t, w.Wallet.Release(ctx, rental))
	purse(t, w, account, 4300, 0)
	free := id()
	must(t, w.Wallet.Hold(ctx, free, account, money.Of(2000)))
	for range 2 {
		must(t, w.Wallet.Capture(ctx, free, money.Of(0)))
	}
	purse(t, w, account, 4300, 0)
}

func solvent(t *testing.T, w World) {
	account, rental := w.Account(2000, true), id()
	ctx := w.As(account)
	must(t, w.Wallet.Solvent(ctx, w.Account(0, false)))
	must(t, w.Wallet.Hold(ctx, rental, account, money.Of(2000)))
	must(t, w.Wallet.Solvent(ctx, account)) // all is held, and nothing owed
	must(t, w.Wallet.Capture(ctx, rental, money.Of(2001)))
	refused(t, w.Wallet.Solvent(ctx, account), trip.ErrDebt)
}

func holdRace(t *testing.T, w World) {
	account, rental := w.Account(5000, true), id()
	ctx := w.As(account)
	race(t, nil, func(i int) error {
		if i%2 == 0 {
			return w.Wallet.Release(ctx, rental)
		}
		if err := w.Wallet.Hold(ctx, rental, account, money.Of(2000)); err != nil && errs.KindOf(err) != errs.Conflict {
			return err
		}
		return nil
	})
	must(t, w.Wallet.Release(ctx, rental))
	purse(t, w, account, 5000, 0)
}

func mayDrive(t *testing.T, w World) {
	driver, walker := w.Account(0, true), w.Account(0, false)
	must(t, w.Licences.Check(w.As(driver), driver))
	refused(t, w.Licences.Check(w.As(walker), walker), trip.ErrLicence)
}
