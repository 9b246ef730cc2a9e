package endpoint

import (
	"context"
	"time"

	"github.com/go-json-experiment/json"

	"freecar/internal/auth"
	"freecar/internal/events"
	"freecar/internal/obs"
	"freecar/trip"
	"freecar/trip/tripapi"
)

// PlanEvent writes what is published of a version of a plan.
func PlanEvent(ctx context.Context, p trip.Plan) (events.Event, error) {
	name := tripapi.EventPlanPublished
	if p.Retired {
		name = tripapi.EventPlanRetired
	}
	// The prefix keeps an id that people choose apart from all others.
	return event(ctx, name, "pricing-plan/"+p.ID, p.Version, p.At, fromStaffPlan(p))
}

// ZonesEvent writes what is published of a set of zones.
func ZonesEvent(ctx context.Context, z trip.Zones) (events.Event, error) {
	return event(ctx, tripapi.EventZonesReplaced, "zones", z.Version, z.At, fromZones(z))
}

// PromotionEvent writes what is published of a promotion's change.
func PromotionEvent(ctx context.Context, p trip.Promotion, c trip.Change) (events.Event, error) {
	return event(ctx, c.Name, p.ID, c.Version, c.At, fromPromotionState(p))
}

func event(ctx context.Context, name, subject string, version int64, at time.Time, data any) (events.Event, error) {
	raw, err := json.Marshal(data)
	return events.Event{Type: events.Type(tripapi.Name, name), Subject: subject, Version: version, Time: at, Trace: obs.TraceHeader(ctx), Actor: auth.StaffActor(ctx), Data: raw}, err
}
