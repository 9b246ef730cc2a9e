package userd

import (
	"context"

	"golang.org/x/sync/errgroup"

	"freecar/blob/blobapi"
	"freecar/internal/events"
	"freecar/internal/kitx"
	"freecar/user"
	"freecar/user/internal/adapter/sqlite"
	"freecar/user/internal/endpoint"
	"freecar/user/internal/transport"
)

// uploads is what the part about avatars hears of the blob service.
var uploads = blobapi.Uploads{Consumer: "user.uploads", Purpose: blobapi.Avatar}

// avatars is the part of the service about riders' pictures.
type avatars struct {
	bus       events.Bus
	gallery   user.Gallery
	endpoints endpoint.Avatars
}

func newAvatars(ctx context.Context, c Config, store *sqlite.Store, server *kitx.Server) (avatars, error) {
	for _, declare := range []func(context.Context, events.Bus) error{transport.DeclareAvatars, uploads.Declare} {
		if err := declare(ctx, c.Bus); err != nil {
			return avatars{}, err
		}
	}
	gallery := user.NewGallery(sqlite.Avatars{Store: store, Encode: endpoint.Events{}.Avatar},
		blobapi.NewPhotos(c.Blobs, blobapi.Avatar), c.Clock)
	a := avatars{bus: c.Bus, gallery: gallery, endpoints: endpoint.NewAvatars(gallery)}
	transport.MountAvatars(server, a.endpoints)
	return a, nil
}

// run hears of uploads and dropped pictures, until ctx ends.
func (a avatars) run(ctx context.Context, g *errgroup.Group) {
	for _, consume := range []func() error{
		func() error { return uploads.Consume(ctx, a.bus, a.gallery.AvatarStored) },
		func() error { return transport.ConsumeAvatars(ctx, a.bus, a.endpoints) },
	} {
		g.Go(func() error {
			if err := consume(); ctx.Err() == nil {
				return err
			}
			return nil // it was told to end, maybe before it had begun
		})
	}
}
