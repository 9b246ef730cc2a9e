package endpoint

import (
	"context"

	"freecar/internal/kitx"
	"freecar/internal/wire"
	"freecar/trip"
	"freecar/trip/tripapi"
)

// Reserve keeps a car for the caller.
func (e Endpoints) Reserve(ctx context.Context, r tripapi.ReserveRequest) (tripapi.Reservation, error) {
	made, err := e.service.Reserve(ctx, trip.ReserveCar{Account: account(ctx), CarID: r.CarID,
		Key: kitx.KeyOf(ctx, tripapi.Reserve.Spec().Op, r.Keyed)})
	if err == nil && made.Replayed {
		kitx.MarkReplayed(ctx)
	}
	return fromReservation(made.Reservation), err
}

// CurrentReservation is the caller's reservation.
func (e Endpoints) CurrentReservation(ctx context.Context, _ kitx.None) (tripapi.Reservation, error) {
	r, err := e.service.CurrentReservation(ctx, account(ctx))
	return fromReservation(r), err
}

// OwnReservations lists the reservations of the caller.
func (e Endpoints) OwnReservations(ctx context.Context, r tripapi.OwnedRequest) (wire.Page[tripapi.Reservation], error) {
	list, next, err := e.service.Reservations(ctx, account(ctx), r.Cursor, r.Limit)
	return wire.NewPage(list, next, fromReservation), err
}

// OwnTrips lists the trips of the caller.
func (e Endpoints) OwnTrips(ctx context.Context, r tripapi.OwnedRequest) (wire.Page[tripapi.OwnTrip], error) {
	page, err := e.service.Trips(ctx, trip.Filter{Account: account(ctx), Limit: r.Limit, Cursor: r.Cursor})
	return wire.NewPage(page.Trips, page.Next, func(t trip.Trip) tripapi.OwnTrip {
		return tripapi.OwnTrip{Trip: fromTrip(t), EndNote: fromOpsTrip(t).EndNote}
	}), err
}

// Extend makes a reservation last longer.
func (e Endpoints) Extend(ctx context.Context, r tripapi.ExtendRequest) (tripapi.Reservation, error) {
	extended, err := e.service.Extend(ctx, trip.ExtendReservation{Account: account(ctx), ID: r.ID,
		Key: kitx.KeyOf(ctx, tripapi.Extend.Spec().Op, r.Keyed)})
	if err == nil && extended.Replayed {
		kitx.MarkReplayed(ctx)
	}
	return fromReservation(extended.Reservation), err
}

// CancelReservation gives the car back.
func (e Endpoints) CancelReservation(ctx context.Context, r tripapi.ReservationRequest) (kitx.None, error) {
	return kitx.None{}, e.service.CancelReservation(ctx, account(ctx), r.ID)
}

func fromReservation(r trip.Reservation) tripapi.Reservation {
	return tripapi.Reservation{
		ID: r.ID, CarID: r.Car.ID, Plate: r.Car.Plate, Model: r.Car.Model, State: string(r.State),
		CreatedAt: wire.FromTime(r.At), ExpiresAt: wire.FromTime(r.ExpiresAt), Extendable: r.Extendable,
		PlanID: r.Plan.ID, PlanVersion: r.Plan.Version,
	}
}
