package tripapi

import (
	"net/http"

	"freecar/internal/auth"
	"freecar/internal/kitx"
	"freecar/internal/wire"
)

// Prices: for riders, and for staff.
var (
	GetQuote = kitx.NewRoute[QuoteRequest, Quote](kitx.Spec{Op: "trip.Quote", Method: http.MethodGet, Path: "/v1/quotes",
		Who: auth.Only(auth.Rider)})
	ListPlans = kitx.NewRoute[ListPlansRequest, wire.Page[StaffPlan]](kitx.Spec{Op: "trip.ListPlans", Method: http.MethodGet, Path: "/v1/ops/pricing-plans",
		Who: auth.Ops(auth.Finance)})
	PublishPlan = kitx.NewRoute[PublishPlanRequest, StaffPlan](kitx.Spec{Op: "trip.PublishPlan", Method: http.MethodPost, Path: "/v1/ops/pricing-plans",
		Who: auth.Ops(auth.Finance), Status: http.StatusCreated})
	RetirePlan = kitx.NewRoute[PlanRequest, StaffPlan](kitx.Spec{Op: "trip.RetirePlan", Method: http.MethodPost, Path: "/v1/ops/pricing-plans/{id}/retire",
		Who: auth.Ops(auth.Finance), Idempotent: true})
)

// The events of plans, as in freecar.trip.<event>.v1; their subject is
// "pricing-plan/<id>", their data a StaffPlan.
const (
	EventPlanPublished = "plan_published"
	EventPlanRetired   = "plan_retired"
)

// QuoteRequest describes a trip: how long it drives and stands paused, and how far it
// goes. At most 31 days and 10,000 km.
type QuoteRequest struct {
	CarID         string   `query:"car_id" json:"-" validate:"required,uuid"`
	Minutes       *int64   `query:"minutes" json:"-" validate:"required,gte=0,lte=44640"`
	KM            *float64 `query:"km" json:"-" validate:"required,gte=0,lte=10000"` // up to three decimals
	PausedMinutes int64    `query:"paused_minutes" json:"-" validate:"gte=0,lte=44640"`
	PromoCode     string   `query:"promo_code" json:"-" validate:"max=64,text"`
}

// Quote is what such a trip costs if it starts now.
type Quote struct {
	CarID string     `json:"car_id"`
	Fare  Fare       `json:"fare"`
	Hold  wire.Money `json:"hold"` // set aside at the start
}

// ListPlansRequest asks for a page of the latest version of each plan, by id; with an id
// for one of all versions of that plan, the latest first.
type ListPlansRequest struct {
	wire.Paging
	ID string `query:"id" json:"-" validate:"max=40,text"`
}

// PlanRequest names a plan.
type PlanRequest struct {
	ID string `path:"id" json:"-" validate:"required,max=40,text"`
}

// PublishPlanRequest makes a plan, or the next version of the one that has the id.
// Refused: 409 plan_changed when version is given and is not the latest.
type PublishPlanRequest struct {
	kitx.Keyed
	ID              string        `json:"id" validate:"required,max=40,text"`
	Version         *int64        `json:"version" validate:"omitnil,gte=1,lte=9007199254740991"` // that this one was made from
	Name            string        `json:"name" validate:"required,max=60,text"`
	VATBasisPoints  int64         `json:"vat_basis_points" validate:"gte=0,lte=9999"`
	Unlock          wire.Money    `json:"unlock"`
	PerMinute       []PlanSegment `json:"per_minute" validate:"max=20,dive"`
	PerPausedMinute wire.Money    `json:"per_paused_minute"`
	PerKilometre    []PlanSegment `json:"per_kilometre" validate:"max=20,dive"`
	Cap             *wire.Money   `json:"cap"` // null, or an amount of 0: none
	Hold            wire.Money    `json:"hold"`
	GraceSeconds    int64         `json:"grace_seconds" validate:"gte=0,lte=3600"`
}

// PlanSegment is a Segment as it is asked for.
type PlanSegment struct {
	Start    *int64     `json:"start" validate:"required,gte=0,lte=1000000"`
	Rate     wire.Money `json:"rate"`
	Interval *int64     `json:"interval" validate:"required,gte=0,lte=1000000"` // 0: charged once
	End      *int64     `json:"end" validate:"omitnil,gte=1,lte=1000000"`       // null: open
}

// StaffPlan is a version of a plan as staff see it.
type StaffPlan struct {
	Plan
	Retired bool `json:"retired"`
	// CreatedAt is when this version was made.
	CreatedAt *wire.Time `json:"created_at"`
}
