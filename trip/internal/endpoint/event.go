package endpoint

import (
	"context"

	"github.com/go-json-experiment/json"

	"freecar/internal/auth"
	"freecar/internal/events"
	"freecar/internal/obs"
	"freecar/internal/wire"
	"freecar/trip"
	"freecar/trip/tripapi"
)

// Event writes what is published of a change.
func Event(ctx context.Context, t trip.Trip, c trip.Change) (events.Event, error) {
	data, err := json.Marshal(tripapi.Event{
		ID: t.ID, AccountID: t.Account, CarID: t.Car.ID, State: string(t.State), Step: string(t.Step), Accepted: t.Accepted,
		CreatedAt: wire.FromTime(t.CreatedAt), Reservation: fromTerm(t), StartedAt: wire.FromTimeOrNil(t.StartedAt),
		Pauses: fromPauses(t.Pause), End: fromEnd(t.End), EndedAt: wire.FromTimeOrNil(t.EndedAt),
		StartOdometerM: t.StartOdometerM, DistanceM: t.DistanceM, Fare: fromFare(t.Fare, t.Plan), Promo: fromPromo(t.Promo), Reason: t.Reason, Version: t.Version,
	})
	return events.Event{Type: events.Type(tripapi.Name, c.Name), Subject: t.ID, Version: c.Version, Time: c.At, Trace: obs.TraceHeader(ctx), Actor: auth.StaffActor(ctx), Data: data}, err
}

func fromPromo(p trip.Promo) *tripapi.EventPromo {
	if p.Code == "" {
		return nil
	}
	return &tripapi.EventPromo{Code: p.Code, PromotionID: p.Discount.PromotionID}
}

func fromTerm(t trip.Trip) *tripapi.EventTerm {
	if !t.Reservable() {
		return nil
	}
	return &tripapi.EventTerm{At: wire.FromTime(t.Term.At), ExpiresAt: wire.FromTime(t.Term.ExpiresAt), Extended: t.Term.Extended,
		StartAt: wire.FromTimeOrNil(t.Term.StartAt), Over: string(t.Term.Over), OverAt: wire.FromTimeOrNil(t.Term.OverAt)}
}

func fromPauses(p trip.Pauses) *tripapi.EventPauses {
	if p == (trip.Pauses{}) {
		return nil
	}
	return &tripapi.EventPauses{At: wire.FromTimeOrNil(p.At), ForMS: p.For.Milliseconds(), Asked: p.Asked, Resumed: p.Resumed,
		ResumeAt: wire.FromTimeOrNil(p.ResumeAt)}
}

func fromEnd(e trip.End) *tripapi.EventEnd {
	if e.Asked == 0 {
		return nil
	}
	return &tripapi.EventEnd{At: wire.FromTime(e.At), OdometerM: e.OdometerM, PausedMS: e.Paused.Milliseconds(), Asked: e.Asked,
		By: string(e.By), Unlocked: e.Unlocked}
}
