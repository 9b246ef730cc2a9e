package endpoint

import (
	"fmt"
	"time"

	"freecar/internal/money"
	"freecar/internal/wire"
	"freecar/trip"
	"freecar/trip/tripapi"
)

func fromTrip(t trip.Trip) tripapi.Trip {
	w := tripapi.Trip{
		ID: t.ID, CarID: t.Car.ID, Plate: t.Car.Plate, Model: t.Car.Model, State: string(t.State),
		CreatedAt: wire.FromTime(t.CreatedAt), StartedAt: wire.FromTimeOrNil(t.StartedAt), EndedAt: wire.FromTimeOrNil(endOf(t)),
		DistanceM: t.DistanceM, Fare: fromFare(t.Fare, t.Plan), PromoCode: t.Promo.Discount.Code,
	}
	if t.State == trip.Paused {
		w.PausedAt = wire.FromTimeOrNil(t.Pause.At)
	}
	if t.Reason != "" {
		w.Reason = &t.Reason
	}
	return w
}

// endOf is where a trip is over for its rider; locking and paying come after.
func endOf(t trip.Trip) time.Time {
	if t.State == trip.Finished {
		return t.End.At
	}
	return t.EndedAt
}

func fromFare(f trip.Fare, p trip.Plan) tripapi.Fare {
	w := tripapi.Fare{Total: wire.FromMoney(f.Total), PlanID: p.ID, PlanVersion: p.Version}
	for _, l := range f.Lines {
		w.Lines = append(w.Lines, tripapi.FareLine{Code: l.Code, Text: l.Text, Amount: wire.FromMoney(l.Amount)})
	}
	return w
}

func fromReceipt(r trip.Receipt) tripapi.Receipt {
	t := r.Trip
	return tripapi.Receipt{
		Number: fmt.Sprintf("FC-%08d", t.Serial), TripID: t.ID, IssuedAt: wire.FromTime(t.EndedAt),
		Plate: t.Car.Plate, Model: t.Car.Model,
		StartedAt: wire.FromTime(t.StartedAt), EndedAt: wire.FromTime(t.End.At),
		DistanceM: t.DistanceM, Fare: fromFare(t.Fare, t.Plan),
		Refunded: wire.FromMoney(r.Refunded), Paid: wire.FromMoney(r.Paid()),
	}
}

func fromPlan(p trip.Plan) tripapi.Plan {
	cents := func(minor int64) wire.Money { return wire.FromMoney(money.Of(minor)) }
	return tripapi.Plan{
		ID: p.ID, Version: p.Version, Name: p.Name, VATBasisPoints: p.VATBasisPoints, Unlock: cents(p.Unlock),
		PerMinute: fromSegments(p.PerMinute), PerPausedMinute: cents(p.PerPausedMinute), PerKilometre: fromSegments(p.PerKilometre),
		Cap: cents(p.Cap), Hold: cents(p.Hold), GraceSeconds: int64(p.Grace.Seconds()),
	}
}

func fromSegments(segments []trip.Segment) []tripapi.Segment {
	list := make([]tripapi.Segment, 0, len(segments))
	for _, s := range segments {
		w := tripapi.Segment{Start: s.Start, Rate: wire.FromMoney(money.Of(s.Rate)), Interval: s.Interval}
		if s.End > 0 {
			w.End = &s.End
		}
		list = append(list, w)
	}
	return list
}
