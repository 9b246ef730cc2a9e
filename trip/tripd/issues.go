package tripd

import (
	"context"

	"freecar/blob/blobapi"
	"freecar/internal/kitx"
	"freecar/trip"
	"freecar/trip/internal/adapter/sqlite"
	"freecar/trip/internal/endpoint"
	"freecar/trip/internal/transport"
	"freecar/user/userapi"
)

// erasures is what the part about issues hears of the user service.
var erasures = userapi.Erasures{Consumer: "trip.erasures"}

// newDesk wires the part of the service about issues with cars.
func newDesk(ctx context.Context, c Config, trips *sqlite.Trips, server *kitx.Server) (*trip.Desk, error) {
	if err := erasures.Declare(ctx, c.Bus); err != nil {
		return nil, err
	}
	desk := trip.NewDesk(trip.DeskConfig{Issues: sqlite.NewIssues(trips, endpoint.IssueEvent), Trips: trips,
		Pictures: blobapi.NewPhotos(c.Blobs, blobapi.IssuePhoto), Clock: c.Clock, IDs: c.IDs})
	transport.MountIssues(server, endpoint.NewIssues(desk))
	return desk, nil
}
