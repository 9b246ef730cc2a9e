// Package endpoint speaks the wire on one side and the domain on the other.
package endpoint

import (
	"context"
	"io"

	"freecar/blob"
	"freecar/blob/blobapi"
	"freecar/internal/auth"
	"freecar/internal/kitx"
	"freecar/internal/wire"
)

// Endpoints are the operations in terms of the wire.
type Endpoints struct{ service blob.Service }

// New wraps the service.
func New(s blob.Service) Endpoints { return Endpoints{service: s} }

// Create makes room for an object.
func (e Endpoints) Create(ctx context.Context, r blobapi.CreateRequest) (blobapi.Room, error) {
	room, err := e.service.Create(ctx, blob.Draft{Owner: r.OwnerID, Purpose: blob.Purpose(r.Purpose), ContentType: r.ContentType, Size: r.Size})
	return fromRoom(room), err
}

// GetURL is where an object can be read.
func (e Endpoints) GetURL(ctx context.Context, r blobapi.ObjectRequest) (blobapi.Link, error) {
	view, err := e.service.Link(ctx, r.ID, viewer(ctx))
	return blobapi.Link{URL: view.URL, ExpiresAt: wire.FromTime(view.ExpiresAt), State: string(view.State)}, err
}

// GetContent is the bytes of an object.
func (e Endpoints) GetContent(ctx context.Context, r blobapi.ObjectRequest) (blobapi.Content, error) {
	object, err := e.service.Content(ctx, r.ID, viewer(ctx))
	if err != nil {
		return blobapi.Content{}, err
	}
	defer object.Close()
	bytes, err := io.ReadAll(object)
	return blobapi.Content{ContentType: object.ContentType, Bytes: bytes}, err
}

// Delete ends an object.
func (e Endpoints) Delete(ctx context.Context, r blobapi.ObjectRequest) (kitx.None, error) {
	return kitx.None{}, e.service.Delete(ctx, r.ID, viewer(ctx))
}

// viewer is whom the calling service acts for. Staff may see what riders sent; a service
// that acts for itself may see what it asks for.
func viewer(ctx context.Context) blob.Viewer {
	p := auth.From(ctx)
	return blob.Viewer{Account: p.Subject, All: p.Subject == "" || p.Roles.Has(auth.Staff)}
}

func fromRoom(r blob.Room) blobapi.Room {
	return blobapi.Room{BlobID: r.ID, Upload: wire.Upload{
		Method: r.Method, URL: r.URL, Headers: r.Headers, ExpiresAt: wire.FromTime(r.ExpiresAt)}}
}
