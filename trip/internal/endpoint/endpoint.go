// Package endpoint speaks the wire on one side and the domain on the other.
package endpoint

import (
	"context"
	"net/http"

	"freecar/internal/auth"
	"freecar/internal/errs"
	"freecar/internal/kitx"
	"freecar/internal/wire"
	"freecar/trip"
	"freecar/trip/tripapi"
)

// Endpoints are the operations in terms of the wire.
type Endpoints struct{ service trip.Service }

// New wraps the service.
func New(s trip.Service) Endpoints { return Endpoints{service: s} }

// Start rents a car.
func (e Endpoints) Start(ctx context.Context, r tripapi.StartRequest) (tripapi.Trip, error) {
	started, err := e.service.Start(ctx, trip.StartTrip{Account: account(ctx), CarID: r.CarID, ReservationID: r.ReservationID,
		PromoCode: r.PromoCode, Key: kitx.KeyOf(ctx, tripapi.Start.Spec().Op, r.Keyed)})
	if err == nil && started.Replayed {
		kitx.MarkReplayed(ctx)
	}
	return fromTrip(started.Trip), err
}

// List lists the caller's trips.
func (e Endpoints) List(ctx context.Context, r tripapi.ListRequest) (wire.Page[tripapi.Trip], error) {
	page, err := e.service.Trips(ctx, trip.Filter{Account: account(ctx), State: trip.State(r.State), Limit: r.Limit, Cursor: r.Cursor})
	return wire.NewPage(page.Trips, page.Next, fromTrip), err
}

// Current is the caller's live trip.
func (e Endpoints) Current(ctx context.Context, _ kitx.None) (tripapi.Trip, error) {
	t, err := e.service.Current(ctx, account(ctx))
	return fromTrip(t), err
}

// Get is one of the caller's trips.
func (e Endpoints) Get(ctx context.Context, r tripapi.TripRequest) (tripapi.Trip, error) {
	t, err := e.service.Trip(ctx, account(ctx), r.ID)
	return fromTrip(t), err
}

// Pause locks the car in the middle of a trip; 202 until it is.
func (e Endpoints) Pause(ctx context.Context, r tripapi.StopRequest) (tripapi.StopAnswer, error) {
	if r.DryRun {
		return verdict(e.service.MayPause(ctx, account(ctx), r.ID))
	}
	t, err := e.service.Pause(ctx, account(ctx), r.ID)
	return stopped(settled(ctx, t, t.Step == trip.Parked), err)
}

// Resume unlocks the car of a paused trip; 202 until it is.
func (e Endpoints) Resume(ctx context.Context, r tripapi.TripRequest) (tripapi.Trip, error) {
	t, err := e.service.Resume(ctx, account(ctx), r.ID)
	return fromTrip(settled(ctx, t, t.Step == trip.Driving)), err
}

// End ends a trip; 202 until the car is locked and the fare paid.
func (e Endpoints) End(ctx context.Context, r tripapi.StopRequest) (tripapi.StopAnswer, error) {
	if r.DryRun {
		return verdict(e.service.MayEnd(ctx, account(ctx), r.ID))
	}
	t, err := e.service.End(ctx, account(ctx), r.ID)
	return stopped(settled(ctx, t, t.State.Terminal()), err)
}

// settled makes the answer 202 while the car has yet to do its part.
func settled(ctx context.Context, t trip.Trip, done bool) trip.Trip {
	if !done {
		kitx.SetStatus(ctx, http.StatusAccepted)
	}
	return t
}

func stopped(t trip.Trip, err error) (tripapi.StopAnswer, error) {
	w := fromTrip(t)
	return tripapi.StopAnswer{Trip: &w}, err
}

func verdict(against []errs.Field, err error) (tripapi.StopAnswer, error) {
	w := tripapi.Verdict{Allowed: len(against) == 0}
	for _, r := range against {
		w.Reasons = append(w.Reasons, tripapi.Reason{Code: r.Code, Detail: r.Detail})
	}
	return tripapi.StopAnswer{Verdict: &w}, err
}

// Receipt is a finished trip's.
func (e Endpoints) Receipt(ctx context.Context, r tripapi.TripRequest) (tripapi.Receipt, error) {
	receipt, err := e.service.Receipt(ctx, account(ctx), r.ID)
	if err != nil {
		return tripapi.Receipt{}, err
	}
	return fromReceipt(receipt), nil
}

// Live tells whether a claim stands.
func (e Endpoints) Live(ctx context.Context, r tripapi.LiveRequest) (tripapi.LiveAnswer, error) {
	live, err := e.service.Live(ctx, r.ID, trip.ClaimKind(r.Kind))
	return tripapi.LiveAnswer{Live: live}, err
}

func account(ctx context.Context) string { return auth.From(ctx).Subject }
