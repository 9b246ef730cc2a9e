package tripd

import (
	"context"

	"freecar/internal/kitx"
	"freecar/trip"
	"freecar/trip/internal/adapter/cars"
	"freecar/trip/internal/adapter/sqlite"
	"freecar/trip/internal/endpoint"
	"freecar/trip/internal/transport"
)

// tariffs are the use cases about prices and places.
type tariffs struct {
	pricing   *trip.Pricing
	campaigns *trip.Campaigns
	zoning    *trip.Zoning
}

// newTariffs wires them over the store of the trips, and makes the standard plan.
func newTariffs(ctx context.Context, c Config, trips *sqlite.Trips) (t tariffs, err error) {
	t.zoning = trip.NewZoning(sqlite.NewZones(trips, endpoint.ZonesEvent), c.Clock)
	t.campaigns = trip.NewCampaigns(trip.CampaignsConfig{
		Promotions: sqlite.NewPromotions(trips, endpoint.PromotionEvent), Trips: trips, Clock: c.Clock, IDs: c.IDs,
	})
	t.pricing = trip.NewPricing(trip.PricingConfig{
		Plans: sqlite.NewPlans(trips, endpoint.PlanEvent), Cars: cars.New(c.Cars), Promotions: t.campaigns, Clock: c.Clock,
	})
	return t, t.pricing.Seed(ctx)
}

func (t tariffs) mount(s *kitx.Server) {
	transport.MountPrices(s, endpoint.NewPrices(t.pricing))
	transport.MountZones(s, endpoint.NewZones(t.zoning))
	transport.MountPromotions(s, endpoint.NewPromotions(t.campaigns))
}
