package endpoint

import (
	"context"

	"freecar/internal/auth"
	"freecar/internal/wire"
	"freecar/trip"
	"freecar/trip/tripapi"
)

// OpsList lists anybody's trips.
func (e Endpoints) OpsList(ctx context.Context, r tripapi.OpsListRequest) (wire.Page[tripapi.OpsTrip], error) {
	list := e.service.AllTrips
	if r.Stuck {
		list = e.service.StuckTrips
	}
	page, err := list(ctx, trip.Filter{Account: r.AccountID, CarID: r.CarID, State: trip.State(r.State), Limit: r.Limit, Cursor: r.Cursor})
	return wire.NewPage(page.Trips, page.Next, fromOpsTrip), err
}

// OpsGet is anybody's trip.
func (e Endpoints) OpsGet(ctx context.Context, r tripapi.TripRequest) (tripapi.OpsTrip, error) {
	t, err := e.service.AnyTrip(ctx, r.ID)
	return fromOpsTrip(t), err
}

// OpsEnd ends anybody's trip; 202 until the car is locked and the fare paid.
func (e Endpoints) OpsEnd(ctx context.Context, r tripapi.OpsEndRequest) (tripapi.OpsTrip, error) {
	t, err := e.service.EndByStaff(ctx, trip.StaffEnd{TripID: r.ID, Reason: r.Reason, WithoutLock: r.WithoutLock})
	return fromOpsTrip(settled(ctx, t, t.State.Terminal())), err
}

// OpsWriteOff ends a stuck trip without its fare.
func (e Endpoints) OpsWriteOff(ctx context.Context, r tripapi.OpsWriteOffRequest) (tripapi.OpsTrip, error) {
	t, err := e.service.WriteOff(ctx, trip.WriteOff{TripID: r.ID, Reason: r.Reason, By: auth.From(ctx).Subject})
	return fromOpsTrip(t), err
}

func fromOpsTrip(t trip.Trip) tripapi.OpsTrip {
	w := tripapi.OpsTrip{Trip: fromTrip(t), AccountID: t.Account, Unlocked: t.End.Unlocked}
	if t.End.By != "" {
		by := string(t.End.By)
		w.EndedBy = &by
	}
	if t.End.Note != "" {
		w.EndNote = &t.End.Note
	}
	return w
}
