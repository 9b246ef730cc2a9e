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
	"freecar/user/userapi"
)

// What the part about avatars hears of the blob service and of its own.
var (
	uploads  = blobapi.Uploads{Consumer: "user.uploads", Purpose: blobapi.Avatar}
	erasures = userapi.Erasures{Consumer: "user.erasures"}
)

// avatars is the part of the service about riders' pictures.
type avatars struct {
	bus       events.Bus
	gallery   user.Gallery
	endpoints endpoint.Avatars
}

func newAvatars(ctx context.Context, c Config, store *sqlite.Store, server *kitx.Server) (avatars, error) {
	for _, declare := range []func(context.Context, events.Bus) error{transport.DeclareAvatars, uploads.Declare, erasures.Declare} {
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

// run hears of uploads, dropped pictures and erasures, until ctx ends.
func (a avatars) run(ctx context.Context, g *errgroup.Group) {
	for _, consume := range []func() error{
		func() error { return uploads.Consume(ctx, a.bus, a.gallery.AvatarStored) },
		func() error { return transport.ConsumeAvatars(ctx, a.bus, a.endpoints) },
		func() error { return erasures.Consume(ctx, a.bus, a.gallery.EraseAvatar) },
	} {
		g.Go(func() error {
			if err := consume(); ctx.Err() == nil {
				return err
			}
			return nil // it was told to end, maybe before it had begun
		})
	}
}
