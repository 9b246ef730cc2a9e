// Package blobapi is all that others may see of the blob service: its routes, their wire
// types and its events.
package blobapi

import (
	"net/http"

	"freecar/internal/auth"
	"freecar/internal/events"
	"freecar/internal/kitx"
	"freecar/internal/wire"
)

// Name is the service's.
const Name = "blob"

// The routes of the services that have objects.
var (
	// Create leaves an object that vanishes by itself, so a repetition does no harm.
	Create = kitx.NewRoute[CreateRequest, Room](kitx.Spec{Op: "blob.Create", Method: http.MethodPost, Path: "/internal/v1/objects",
		Who: auth.Services("user", "profile", "trip"), Status: http.StatusCreated, Idempotent: true})
	GetURL = kitx.NewRoute[ObjectRequest, Link](kitx.Spec{Op: "blob.GetURL", Method: http.MethodGet, Path: "/internal/v1/objects/{id}/url",
		Who: auth.Services("user", "profile", "trip")})
	// GetContent is for a service that looks at the bytes itself.
	GetContent = kitx.NewRoute[ObjectRequest, Content](kitx.Spec{Op: "blob.GetContent", Method: http.MethodGet, Path: "/internal/v1/objects/{id}/content",
		Who: auth.Services("profile"), Quiet: true})
	Delete = kitx.NewRoute[ObjectRequest, kitx.None](kitx.Spec{Op: "blob.Delete", Method: http.MethodDelete, Path: "/internal/v1/objects/{id}",
		Who: auth.Services("user", "profile", "trip")})
)

// The routes of whoever holds a signed address, which says all that is asked.
var (
	Upload = kitx.NewParams[AddressRequest](kitx.Spec{Op: "blob.Upload", Method: http.MethodPut, Path: "/objects/{key}",
		Who: auth.Anyone(), MaxBody: UploadAtMost, Stream: true})
	Download = kitx.NewParams[AddressRequest](kitx.Spec{Op: "blob.Download", Method: http.MethodGet, Path: "/objects/{key}",
		Who: auth.Anyone(), Stream: true})
)

// AddressRequest is a signed address. Whether it is one of ours, its signature decides.
type AddressRequest struct {
	Key       string `path:"key" json:"-" validate:"max=100,text"`
	Expires   int64  `query:"expires" json:"-" validate:"gte=0,lte=9007199254740991"` // unix milliseconds
	Signature string `query:"signature" json:"-" validate:"max=100,text"`             // base64url
}

// UploadAtMost is the largest object, in bytes.
const UploadAtMost = 10 << 20

// CreateRequest asks for room for an object of at most Size bytes. What each purpose may
// be is the domain's to say.
type CreateRequest struct {
	OwnerID     string `json:"owner_id" validate:"required,number,max=16"`
	Purpose     string `json:"purpose" validate:"required,oneof=licence_photo avatar issue_photo"`
	ContentType string `json:"content_type" validate:"required,max=100,text"`
	Size        int64  `json:"size" validate:"required,min=1,max=10485760"` // bytes
}

// Room is a new object and the way to fill it.
type Room = wire.PhotoUpload

// ObjectRequest names an object.
type ObjectRequest struct {
	ID string `path:"id" json:"-" validate:"uuid"`
}

// Link is an address that shows an object until it expires, once its state is StateStored.
type Link struct {
	URL       string    `json:"url"`
	ExpiresAt wire.Time `json:"expires_at"`
	State     string    `json:"state"`
}

// Content is the bytes of a stored object.
type Content struct {
	ContentType string `json:"content_type"`
	Bytes       []byte `json:"bytes"` // base64
}

// The states of an object that others see.
const (
	StatePending = "pending" // nothing was uploaded yet
	StateStored  = "stored"
)

// The purposes of objects.
const (
	LicencePhoto = "licence_photo"
	Avatar       = "avatar"
	IssuePhoto   = "issue_photo"
)

// The events. Their subject is the object's id.
var (
	ObjectCreated = events.Type(Name, "object_created")
	ObjectStored  = events.Type(Name, "object_stored")
	ObjectDeleted = events.Type(Name, "object_deleted")
)

// Event is the data of every freecar.blob.*.v1: the object after the change.
type Event struct {
	ID          string `json:"id"`
	OwnerID     string `json:"owner_id"`
	Purpose     string `json:"purpose"`
	ContentType string `json:"content_type"`
	Size        int64  `json:"size"` // bytes; 0 until stored
	State       string `json:"state"`
	Version     int64  `json:"version"`
}
