package sqlite

import (
	"time"

	"github.com/go-json-experiment/json"

	"freecar/internal/idem"
	"freecar/internal/money"
	"freecar/internal/sqlitex"
	"freecar/trip"
)

// row is the document of a trip. Times are unix milliseconds, 0 for none.
type row struct {
	ID        string   `json:"id"`
	Account   string   `json:"account"`
	Car       rowCar   `json:"car"`
	State     string   `json:"state"`
	Step      string   `json:"step"`
	Accepted  bool     `json:"accepted"`
	Key       rowKey   `json:"key,omitzero"`
	StartKey  rowKey   `json:"start_key,omitzero"`
	Term      rowTerm  `json:"term,omitzero"`
	CreatedAt int64    `json:"created_at"`
	StartedAt int64    `json:"started_at,omitzero"`
	Pause     rowPause `json:"pause,omitzero"`
	rowEnd
	EndedAt        int64    `json:"ended_at,omitzero"`
	NextAt         int64    `json:"next_at,omitzero"`
	Deadline       int64    `json:"deadline,omitzero"`
	Plan           planDoc  `json:"plan,omitzero"`
	Promo          rowPromo `json:"promo,omitzero"`
	StartOdometerM int64    `json:"start_odometer_m"`
	DistanceM      int64    `json:"distance_m"`
	Fare           rowFare  `json:"fare"`
	Reason         string   `json:"reason,omitzero"`
	Version        int64    `json:"version"`
}

type rowTerm struct {
	At        int64  `json:"at"`
	ExpiresAt int64  `json:"expires_at"`
	Extended  bool   `json:"extended,omitzero"`
	StartAt   int64  `json:"start_at,omitzero"`
	Over      string `json:"over,omitzero"`
	OverAt    int64  `json:"over_at,omitzero"`
}

type rowPause struct {
	At       int64 `json:"at,omitzero"`
	ForMS    int64 `json:"for_ms,omitzero"`
	Asked    int   `json:"asked"`
	Resumed  int   `json:"resumed,omitzero"`
	ResumeAt int64 `json:"resume_at,omitzero"`
}

// rowEnd is flat, as it was before it had a place of its own.
type rowEnd struct {
	At        int64  `json:"end_requested_at,omitzero"`
	OdometerM int64  `json:"end_odometer_m,omitzero"`
	PausedMS  int64  `json:"end_paused_ms,omitzero"`
	Asked     int    `json:"end_attempts,omitzero"`
	By        string `json:"end_by,omitzero"`
	Note      string `json:"end_note,omitzero"`
	Unlocked  bool   `json:"end_unlocked,omitzero"`
}

type rowCar struct {
	ID    string `json:"id"`
	Plate string `json:"plate,omitzero"`
	Model string `json:"model,omitzero"`
}

type rowKey struct {
	Principal string `json:"principal"`
	Operation string `json:"operation"`
	Value     string `json:"value"`
	BodyHash  string `json:"body_hash"`
}

type rowFare struct {
	Currency string    `json:"currency"`
	Total    int64     `json:"total"`
	Lines    []rowLine `json:"lines"`
}

type rowLine struct {
	Code   string `json:"code"`
	Text   string `json:"text"`
	Amount int64  `json:"amount"`
}

func encode(t trip.Trip) ([]byte, error) { return json.Marshal(toRow(t)) }

func decode(doc []byte, serial int64) (trip.Trip, error) {
	var r row
	err := json.Unmarshal(doc, &r)
	return fromRow(r, serial), err
}

func toRow(t trip.Trip) row {
	r := row{
		ID: t.ID, Account: t.Account, Car: rowCar(t.Car), State: string(t.State), Step: string(t.Step), Accepted: t.Accepted,
		Key: rowKey(t.Key), StartKey: rowKey(t.StartKey), Term: toTerm(t.Term), Pause: toPause(t.Pause), rowEnd: toEnd(t.End),
		CreatedAt: sqlitex.Millis(t.CreatedAt), StartedAt: sqlitex.Millis(t.StartedAt), EndedAt: sqlitex.Millis(t.EndedAt),
		NextAt: sqlitex.Millis(t.NextAt), Deadline: sqlitex.Millis(t.Deadline),
		Plan: toPlanDoc(t.Plan), Promo: toRowPromo(t.Promo),
		StartOdometerM: t.StartOdometerM, DistanceM: t.DistanceM,
		Fare:   rowFare{Currency: t.Fare.Total.Currency, Total: t.Fare.Total.Amount},
		Reason: t.Reason, Version: t.Version,
	}
	for _, l := range t.Fare.Lines {
		r.Fare.Lines = append(r.Fare.Lines, rowLine{Code: l.Code, Text: l.Text, Amount: l.Amount.Amount})
	}
	return r
}

func fromRow(r row, serial int64) trip.Trip {
	t := trip.Trip{
		ID: r.ID, Serial: serial, Account: r.Account, Car: trip.RentedCar(r.Car), State: trip.State(r.State), Step: trip.Step(r.Step),
		Accepted: r.Accepted, Key: idem.Key(r.Key), StartKey: idem.Key(r.StartKey),
		Term: fromTerm(r.Term), Pause: fromPause(r.Pause), End: fromEnd(r.rowEnd),
		CreatedAt: sqlitex.FromMillis(r.CreatedAt), StartedAt: sqlitex.FromMillis(r.StartedAt), EndedAt: sqlitex.FromMillis(r.EndedAt),
		NextAt: sqlitex.FromMillis(r.NextAt), Deadline: sqlitex.FromMillis(r.Deadline),
		Plan: fromPlanDoc(r.Plan), Promo: fromRowPromo(r.Promo),
		StartOdometerM: r.StartOdometerM, DistanceM: r.DistanceM,
		Fare:   trip.Fare{Total: money.Money{Amount: r.Fare.Total, Currency: r.Fare.Currency}},
		Reason: r.Reason, Version: r.Version,
	}
	for _, l := range r.Fare.Lines {
		t.Fare.Lines = append(t.Fare.Lines, trip.Line{Code: l.Code, Text: l.Text, Amount: money.Money{Amount: l.Amount, Currency: r.Fare.Currency}})
	}
	return t
}

func toTerm(t trip.Term) rowTerm {
	return rowTerm{At: sqlitex.Millis(t.At), ExpiresAt: sqlitex.Millis(t.ExpiresAt), Extended: t.Extended,
		StartAt: sqlitex.Millis(t.StartAt), Over: string(t.Over), OverAt: sqlitex.Millis(t.OverAt)}
}

func fromTerm(r rowTerm) trip.Term {
	return trip.Term{At: sqlitex.FromMillis(r.At), ExpiresAt: sqlitex.FromMillis(r.ExpiresAt), Extended: r.Extended,
		StartAt: sqlitex.FromMillis(r.StartAt), Over: trip.ReservationState(r.Over), OverAt: sqlitex.FromMillis(r.OverAt)}
}

func toPause(p trip.Pauses) rowPause {
	return rowPause{At: sqlitex.Millis(p.At), ForMS: p.For.Milliseconds(), Asked: p.Asked, Resumed: p.Resumed, ResumeAt: sqlitex.Millis(p.ResumeAt)}
}

func fromPause(r rowPause) trip.Pauses {
	return trip.Pauses{At: sqlitex.FromMillis(r.At), For: time.Duration(r.ForMS) * time.Millisecond, Asked: r.Asked, Resumed: r.Resumed,
		ResumeAt: sqlitex.FromMillis(r.ResumeAt)}
}

func toEnd(e trip.End) rowEnd {
	return rowEnd{At: sqlitex.Millis(e.At), OdometerM: e.OdometerM, PausedMS: e.Paused.Milliseconds(), Asked: e.Asked,
		By: string(e.By), Note: e.Note, Unlocked: e.Unlocked}
}

func fromEnd(r rowEnd) trip.End {
	return trip.End{At: sqlitex.FromMillis(r.At), OdometerM: r.OdometerM, Paused: time.Duration(r.PausedMS) * time.Millisecond, Asked: r.Asked,
		By: trip.EndedBy(r.By), Note: r.Note, Unlocked: r.Unlocked}
}
