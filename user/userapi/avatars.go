package userapi

import (
	"net/http"

	"freecar/internal/auth"
	"freecar/internal/events"
	"freecar/internal/kitx"
	"freecar/internal/wire"
)

// The routes of a rider's picture.
var (
	AddAvatar = kitx.NewRoute[AddAvatarRequest, wire.PhotoUpload](kitx.Spec{Op: "user.AddAvatar", Method: http.MethodPost, Path: "/v1/me/avatar",
		Who: auth.Only(auth.Rider), Status: http.StatusCreated})
	GetAvatar = kitx.NewRoute[kitx.None, wire.PhotoLink](kitx.Spec{Op: "user.GetAvatar", Method: http.MethodGet, Path: "/v1/me/avatar",
		Who: auth.Only(auth.Rider)})
	DeleteAvatar = kitx.NewRoute[kitx.None, kitx.None](kitx.Spec{Op: "user.DeleteAvatar", Method: http.MethodDelete, Path: "/v1/me/avatar",
		Who: auth.Only(auth.Rider)})
)

// AddAvatarRequest asks for room for a picture.
type AddAvatarRequest struct{ wire.NewPhoto }

// The events of avatars. Their subject is "avatar-" and the account's id.
var (
	AvatarRequested = events.Type(Name, "avatar_requested")
	AvatarChanged   = events.Type(Name, "avatar_changed")
	AvatarRemoved   = events.Type(Name, "avatar_removed")
)

// AvatarEvent is the data of freecar.user.avatar_*.v1: the avatar after the change.
type AvatarEvent struct {
	AccountID string `json:"account_id"`
	BlobID    string `json:"blob_id,omitzero"`
	// NextBlobID is a picture that is on its way.
	NextBlobID string `json:"next_blob_id,omitzero"`
	// DroppedBlobIDs are the pictures that the change took away.
	DroppedBlobIDs []string `json:"dropped_blob_ids,omitzero"`
	Version        int64    `json:"version"`
}
