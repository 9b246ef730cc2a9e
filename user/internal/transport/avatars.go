package transport

import (
	"context"

	"freecar/internal/auth"
	"freecar/internal/events"
	"freecar/internal/kitx"
	"freecar/user/internal/endpoint"
	"freecar/user/userapi"
)

// MountAvatars serves the operations of riders' pictures.
func MountAvatars(s *kitx.Server, e endpoint.Avatars) {
	userapi.AddAvatar.Mount(s, e.Add)
	userapi.GetAvatar.Mount(s, e.Get)
	userapi.DeleteAvatar.Mount(s, e.Delete)
}

// avatarConsumer is the name under which this service gets its own events of avatars back.
const avatarConsumer = "user.avatars"

var avatarTypes = []string{userapi.AvatarRequested, userapi.AvatarChanged, userapi.AvatarRemoved}

// DeclareAvatars makes the bus keep what ConsumeAvatars will want.
func DeclareAvatars(ctx context.Context, bus events.Bus) error {
	return bus.Declare(ctx, avatarConsumer, avatarTypes)
}

// ConsumeAvatars deletes dropped pictures until ctx ends.
func ConsumeAvatars(ctx context.Context, bus events.Bus, e endpoint.Avatars) error {
	return bus.Consume(ctx, avatarConsumer, avatarTypes, func(ctx context.Context, event events.Event) error {
		return e.Dropped(auth.With(ctx, auth.Principal{}), event) // the service acts for itself
	})
}
