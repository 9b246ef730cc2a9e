package sqlite

import (
	"github.com/go-json-experiment/json"

	"freecar/car"
	"freecar/internal/geo"
	"freecar/internal/sqlitex"
)

// row is the document of a car. Times are unix milliseconds, 0 for none.
type row struct {
	ID            string       `json:"id"`
	Plate         string       `json:"plate"`
	Model         string       `json:"model"`
	PricingPlanID string       `json:"pricing_plan_id"`
	State         string       `json:"state"`
	Lock          string       `json:"lock"`
	Claim         *rowClaim    `json:"claim,omitzero"`
	Pause         *rowPause    `json:"pause,omitzero"`
	Commands      []rowCommand `json:"commands,omitzero"`
	DeviceID      string       `json:"device_id,omitzero"`
	BoundAt       int64        `json:"bound_at,omitzero"`
	NextDevice    *rowDevice   `json:"next_device,omitzero"`
	Outage        *rowOutage   `json:"outage,omitzero"`
	RegisteredAt  int64        `json:"registered_at"`
	ChangedAt     int64        `json:"changed_at"`
	Version       int64        `json:"version"`
}

type rowClaim struct {
	Kind      string `json:"kind"`
	ID        string `json:"id"`
	AccountID string `json:"account_id"`
	At        int64  `json:"at"`
}

type rowDevice struct {
	ID string `json:"id"`
	At int64  `json:"at"`
}

type rowOutage struct {
	Reason string `json:"reason"`
	At     int64  `json:"at"`
}

type rowPause struct {
	OdometerM  int64 `json:"odometer_m"`
	DroveOffAt int64 `json:"drove_off_at,omitzero"`
}

type rowCommand struct {
	ID        string `json:"id"`
	ClaimID   string `json:"claim_id,omitzero"`
	Step      string `json:"step"`
	Kind      string `json:"kind"`
	State     string `json:"state"`
	Reason    string `json:"reason,omitzero"`
	CreatedAt int64  `json:"created_at"`
	ExpiresAt int64  `json:"expires_at"`
	SettledAt int64  `json:"settled_at,omitzero"`
}

func encode(c car.Car) ([]byte, error) { return json.Marshal(toRow(c)) }

func decode(doc []byte) (car.Car, error) {
	var r row
	err := json.Unmarshal(doc, &r)
	return fromRow(r), err
}

func toRow(c car.Car) row {
	r := row{
		ID: c.ID, Plate: c.Plate, Model: c.Model, PricingPlanID: c.PricingPlanID, State: string(c.State), Lock: string(c.Lock),
		DeviceID: c.DeviceID, BoundAt: sqlitex.Millis(c.BoundAt), RegisteredAt: sqlitex.Millis(c.RegisteredAt), ChangedAt: sqlitex.Millis(c.ChangedAt), Version: c.Version,
	}
	if c.Claim != nil {
		r.Claim = &rowClaim{Kind: string(c.Claim.Kind), ID: c.Claim.ID, AccountID: c.Claim.AccountID, At: sqlitex.Millis(c.Claim.At)}
	}
	if c.NextDevice != nil {
		r.NextDevice = &rowDevice{ID: c.NextDevice.DeviceID, At: sqlitex.Millis(c.NextDevice.At)}
	}
	if c.Outage != nil {
		r.Outage = &rowOutage{Reason: c.Outage.Reason, At: sqlitex.Millis(c.Outage.At)}
	}
	if c.Pause != nil {
		r.Pause = &rowPause{OdometerM: c.Pause.OdometerM, DroveOffAt: sqlitex.Millis(c.Pause.DroveOffAt)}
	}
	for _, k := range c.Commands {
		r.Commands = append(r.Commands, rowCommand{
			ID: k.ID, ClaimID: k.ClaimID, Step: k.Step, Kind: string(k.Kind), State: string(k.State), Reason: k.Reason,
			CreatedAt: sqlitex.Millis(k.CreatedAt), ExpiresAt: sqlitex.Millis(k.ExpiresAt), SettledAt: sqlitex.Millis(k.SettledAt),
		})
	}
	return r
}

func fromRow(r row) car.Car {
	c := car.Car{
		ID: r.ID, Plate: r.Plate, Model: r.Model, PricingPlanID: r.PricingPlanID, State: car.State(r.State), Lock: car.Lock(r.Lock),
		DeviceID: r.DeviceID, BoundAt: sqlitex.FromMillis(r.BoundAt), RegisteredAt: sqlitex.FromMillis(r.RegisteredAt), ChangedAt: sqlitex.FromMillis(r.ChangedAt), Version: r.Version,
	}
	if r.Claim != nil {
		c.Claim = &car.Claim{Kind: car.ClaimKind(r.Claim.Kind), ID: r.Claim.ID, AccountID: r.Claim.AccountID, At: sqlitex.FromMillis(r.Claim.At)}
	}
	if r.NextDevice != nil {
		c.NextDevice = &car.Binding{DeviceID: r.NextDevice.ID, At: sqlitex.FromMillis(r.NextDevice.At)}
	}
	if r.Outage != nil {
		c.Outage = &car.Outage{Reason: r.Outage.Reason, At: sqlitex.FromMillis(r.Outage.At)}
	}
	if r.Pause != nil {
		c.Pause = &car.Pause{OdometerM: r.Pause.OdometerM, DroveOffAt: sqlitex.FromMillis(r.Pause.DroveOffAt)}
	}
	for _, k := range r.Commands {
		c.Commands = append(c.Commands, car.Command{
			ID: k.ID, ClaimID: k.ClaimID, Step: k.Step, Kind: car.CommandKind(k.Kind), State: car.CommandState(k.State), Reason: k.Reason,
			CreatedAt: sqlitex.FromMillis(k.CreatedAt), ExpiresAt: sqlitex.FromMillis(k.ExpiresAt), SettledAt: sqlitex.FromMillis(k.SettledAt),
		})
	}
	return c
}

// lastColumns are a reading's that may be missing: the right side of a left join. They
// are scanned by lastReading, in this order.
const lastColumns = `r.device_id, r.at, r.received_at, r.latitude, r.longitude, r.charge_percent, r.odometer_m, r.speed_kmh, r.locked, r.doors_open`

// lastReading is where lastColumns are scanned to.
type lastReading struct {
	device                    *string // nil for what staff said
	at, receivedAt, odometerM *int64
	latitude, longitude       *float64
	charge, speed             *float64
	locked, doorsOpen         *bool
}

func (l *lastReading) columns() []any {
	return []any{&l.device, &l.at, &l.receivedAt, &l.latitude, &l.longitude, &l.charge, &l.odometerM, &l.speed, &l.locked, &l.doorsOpen}
}

func (l *lastReading) reading(carID string) *car.Reading {
	if l.at == nil {
		return nil
	}
	r := car.Reading{
		CarID: carID, At: sqlitex.FromMillis(*l.at), ReceivedAt: sqlitex.FromMillis(*l.receivedAt),
		Position:      geo.Position{Latitude: *l.latitude, Longitude: *l.longitude},
		ChargePercent: *l.charge, OdometerM: *l.odometerM, SpeedKMH: *l.speed, Locked: *l.locked, DoorsOpen: *l.doorsOpen,
	}
	if l.device != nil {
		r.DeviceID = *l.device
	}
	return &r
}

func nullText(s string) any {
	if s == "" {
		return nil
	}
	return s
}

// answer is a car with its reading, as it was answered under an idempotency key.
type answer struct {
	Car  row         `json:"car"`
	Last *rowReading `json:"last,omitzero"`
}

type rowReading struct {
	DeviceID      string  `json:"device_id,omitzero"`
	At            int64   `json:"at"`
	ReceivedAt    int64   `json:"received_at"`
	Latitude      float64 `json:"latitude"`
	Longitude     float64 `json:"longitude"`
	ChargePercent float64 `json:"charge_percent"`
	OdometerM     int64   `json:"odometer_m"`
	SpeedKMH      float64 `json:"speed_kmh"`
	Locked        bool    `json:"locked"`
	DoorsOpen     bool    `json:"doors_open"`
}

func encodeAnswer(c car.Car) ([]byte, error) {
	a := answer{Car: toRow(c)}
	if r := c.Last; r != nil {
		a.Last = &rowReading{
			DeviceID: r.DeviceID, At: sqlitex.Millis(r.At), ReceivedAt: sqlitex.Millis(r.ReceivedAt), Latitude: r.Position.Latitude, Longitude: r.Position.Longitude,
			ChargePercent: r.ChargePercent, OdometerM: r.OdometerM, SpeedKMH: r.SpeedKMH, Locked: r.Locked, DoorsOpen: r.DoorsOpen,
		}
	}
	return json.Marshal(a)
}

func decodeAnswer(doc []byte) (car.Car, error) {
	var a answer
	if err := json.Unmarshal(doc, &a); err != nil {
		return car.Car{}, err
	}
	c := fromRow(a.Car)
	if r := a.Last; r != nil {
		c.Last = &car.Reading{
			CarID: c.ID, DeviceID: r.DeviceID, At: sqlitex.FromMillis(r.At), ReceivedAt: sqlitex.FromMillis(r.ReceivedAt),
			Position:      geo.Position{Latitude: r.Latitude, Longitude: r.Longitude},
			ChargePercent: r.ChargePercent, OdometerM: r.OdometerM, SpeedKMH: r.SpeedKMH, Locked: r.Locked, DoorsOpen: r.DoorsOpen,
		}
	}
	return c, nil
}
