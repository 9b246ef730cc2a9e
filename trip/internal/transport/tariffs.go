package transport

import (
	"freecar/internal/kitx"
	"freecar/trip/internal/endpoint"
	"freecar/trip/tripapi"
)

// MountPrices serves plans and quotes.
func MountPrices(s *kitx.Server, e endpoint.Prices) {
	tripapi.Plans.Mount(s, e.InForce)
	tripapi.GetQuote.Mount(s, e.Quote)
	tripapi.ListPlans.Mount(s, e.List)
	tripapi.PublishPlan.Mount(s, e.Publish)
	tripapi.RetirePlan.Mount(s, e.Retire)
}

// MountZones serves the zones.
func MountZones(s *kitx.Server, e endpoint.Zones) {
	tripapi.GetZones.Mount(s, e.Get)
	tripapi.PutZones.Mount(s, e.Put)
}

// MountPromotions serves the promotions.
func MountPromotions(s *kitx.Server, e endpoint.Promotions) {
	tripapi.ListPromotions.Mount(s, e.List)
	tripapi.CreatePromotion.Mount(s, e.Create)
	tripapi.EndPromotion.Mount(s, e.End)
}
