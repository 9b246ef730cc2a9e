package user

import (
	"time"

	"freecar/internal/errs"
	"freecar/internal/photo"
)

// Avatar is the picture that an account shows of itself. It is an aggregate of its own,
// so that it changes without the account.
type Avatar struct {
	AccountID string
	Photo     photo.Slot
	Version   int64 // 0 when it was never saved
}

// What happens to avatars.
const (
	AvatarRequested EventName = "avatar_requested"
	AvatarChanged   EventName = "avatar_changed"
	AvatarRemoved   EventName = "avatar_removed"
)

// AvatarChange is what is saved together with an avatar's new state. The zero one is no
// change.
type AvatarChange struct {
	Event   EventName
	At      time.Time
	Dropped []string // photos that the avatar no longer has
}

// IsZero says that nothing changed, so that nothing is saved.
func (c AvatarChange) IsZero() bool { return c.Event == "" }

// ErrNoAvatar tells that an account has no picture.
var ErrNoAvatar = errs.Missing("avatar")

// Request makes room for a picture; the one that is there stays until its bytes come.
func (a *Avatar) Request(blobID string, now time.Time) AvatarChange {
	return a.changed(AvatarRequested, a.Photo.Await(blobID), now)
}

// Arrive puts a picture in the place of the one before, now that its bytes are there. One
// that is no longer waited for changes nothing.
func (a *Avatar) Arrive(blobID string, now time.Time) AvatarChange {
	if !a.Photo.Arrive(blobID) {
		return AvatarChange{}
	}
	return a.changed(AvatarChanged, a.Photo.Promote(), now)
}

// Remove takes the picture away, also one that is on its way; none is no change.
func (a *Avatar) Remove(now time.Time) AvatarChange {
	dropped := a.Photo.Clear()
	if dropped == nil {
		return AvatarChange{}
	}
	return a.changed(AvatarRemoved, dropped, now)
}

func (a *Avatar) changed(event EventName, dropped []string, now time.Time) AvatarChange {
	a.Version++
	return AvatarChange{Event: event, At: now, Dropped: dropped}
}
