package blobapi

import (
	"net/http"

	"freecar/internal/auth"
	"freecar/internal/kitx"
	"freecar/internal/wire"
)

// ListOwned lists what the account has stored in whose name the gateway asks: its part of an
// export.
var ListOwned = kitx.NewRoute[OwnedRequest, wire.Page[OwnObject]](kitx.Spec{Op: "blob.Owned", Method: http.MethodGet, Path: "/internal/v1/objects",
	Who: auth.Services("gateway")})

// OwnedRequest asks for a page, by id.
type OwnedRequest struct{ wire.Paging }

// OwnObject is an object of an account, and where it can be read for a while.
type OwnObject struct {
	ID          string    `json:"id"`
	Purpose     string    `json:"purpose"`
	ContentType string    `json:"content_type"`
	Size        int64     `json:"size"` // bytes
	CreatedAt   wire.Time `json:"created_at"`
	URL         string    `json:"url"`
	ExpiresAt   wire.Time `json:"expires_at"` // of the address
}
