package endpoint

import (
	"context"
	"time"

	"github.com/go-json-experiment/json"

	"freecar/internal/auth"
	"freecar/internal/events"
	"freecar/internal/obs"
	"freecar/internal/wire"
	"freecar/user"
	"freecar/user/userapi"
)

// Events writes what is published of a change: a snapshot of the aggregate after it.
type Events struct{}

// Account writes an account's event; it tells nobody's name.
func (Events) Account(ctx context.Context, c user.Change, a user.Account) (events.Event, error) {
	return event(ctx, c.Event, a.ID, a.Version, c.At, userapi.AccountEvent{
		AccountID: a.ID,
		Roles:     a.Roles.Names(),
		Status:    string(a.Status),
		CreatedAt: wire.FromTime(a.CreatedAt),
		Version:   a.Version,
	})
}

// Device writes a device's event.
func (Events) Device(ctx context.Context, c user.Change, d user.Device) (events.Event, error) {
	return event(ctx, c.Event, d.ID, d.Version, c.At, userapi.DeviceEvent{
		DeviceID:  d.ID,
		CarIDs:    d.CarIDs,
		CreatedAt: wire.FromTime(d.CreatedAt),
		RevokedAt: wire.FromTimeOrNil(d.RevokedAt),
		Version:   d.Version,
	})
}

// Hold writes a hold's event.
func (Events) Hold(ctx context.Context, c user.Change, h user.Hold) (events.Event, error) {
	return event(ctx, c.Event, h.ID, h.Version, c.At, userapi.HoldEvent{
		HoldID:    h.ID,
		TripID:    h.TripID,
		AccountID: h.AccountID,
		Amount:    wire.FromMoney(h.Amount),
		Captured:  wire.FromMoney(h.Captured),
		Refunded:  wire.FromMoney(h.Refunded),
		State:     string(h.State),
		PlacedAt:  wire.FromTime(h.PlacedAt),
		SettledAt: wire.FromTimeOrNil(h.SettledAt),
		Version:   h.Version,
	})
}

// TopUp writes a top-up's event.
func (Events) TopUp(ctx context.Context, c user.Change, t user.TopUp) (events.Event, error) {
	return event(ctx, c.Event, t.ID, t.Version, c.At, userapi.TopUpEvent{
		TopUpID:   t.ID,
		AccountID: t.AccountID,
		Amount:    wire.FromMoney(t.Amount),
		State:     string(t.State),
		At:        wire.FromTime(t.At),
		SettledAt: wire.FromTimeOrNil(t.SettledAt),
		Version:   t.Version,
	})
}

// Adjustment writes an adjustment's event; why it was made stays in the books.
func (Events) Adjustment(ctx context.Context, c user.Change, a user.Adjustment) (events.Event, error) {
	return event(ctx, c.Event, a.ID, a.Version, c.At, userapi.AdjustmentEvent{
		AdjustmentID: a.ID,
		AccountID:    a.AccountID,
		Amount:       wire.FromMoney(a.Amount),
		At:           wire.FromTime(a.At),
		Version:      a.Version,
	})
}

// Intervention writes an intervention's event.
func (Events) Intervention(ctx context.Context, c user.Change, i user.Intervention) (events.Event, error) {
	return event(ctx, c.Event, i.ID, i.Version, c.At, userapi.InterventionEvent{
		InterventionID: i.ID,
		Cache:          i.Cache,
		Consumer:       i.Consumer,
		Letters:        i.Letters,
		At:             wire.FromTime(i.At),
		Version:        i.Version,
	})
}

func event(ctx context.Context, name user.EventName, subject string, version int64, at time.Time, data any) (events.Event, error) {
	raw, err := json.Marshal(data)
	return events.Event{
		Type:    events.Type(userapi.Name, string(name)),
		Subject: subject,
		Version: version,
		Time:    at,
		Trace:   obs.TraceHeader(ctx),
		Actor:   auth.StaffActor(ctx),
		Data:    raw,
	}, err
}
