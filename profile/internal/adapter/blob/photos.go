// Package blob keeps photos in the blob service.
package blob

import (
	"context"

	"freecar/blob/blobapi"
	"freecar/internal/errs"
	"freecar/internal/kitx"
	"freecar/internal/photo"
	"freecar/profile"
)

// Photos is the port to the blob service.
type Photos struct{ peer kitx.Peer }

var _ profile.Photos = (*Photos)(nil)

// NewPhotos calls the blob service through the peer.
func NewPhotos(peer kitx.Peer) *Photos { return &Photos{peer: peer} }

// Create makes room for a photo.
func (p *Photos) Create(ctx context.Context, owner, contentType string, size int64) (photo.Upload, error) {
	room, err := blobapi.Create.Call(ctx, p.peer, blobapi.CreateRequest{
		OwnerID: owner, Purpose: blobapi.LicencePhoto, ContentType: contentType, Size: size})
	if err != nil {
		return photo.Upload{}, err
	}
	return toUpload(room), nil
}

// Link is where an uploaded photo can be read.
func (p *Photos) Link(ctx context.Context, blobID string) (photo.Link, error) {
	link, err := blobapi.GetURL.Call(ctx, p.peer, blobapi.ObjectRequest{ID: blobID})
	switch {
	case errs.KindOf(err) == errs.NotFound, err == nil && link.State != blobapi.StateStored:
		return photo.Link{}, profile.ErrNoPhoto
	case err != nil:
		return photo.Link{}, err
	}
	return photo.Link{URL: link.URL, ExpiresAt: link.ExpiresAt.Time}, nil
}

// Delete removes a photo.
func (p *Photos) Delete(ctx context.Context, blobID string) error {
	_, err := blobapi.Delete.Call(ctx, p.peer, blobapi.ObjectRequest{ID: blobID})
	if errs.KindOf(err) == errs.NotFound {
		return nil
	}
	return err
}

// Bytes are those of an uploaded photo.
func (p *Photos) Bytes(ctx context.Context, blobID string) (profile.Picture, error) {
	content, err := blobapi.GetContent.Call(ctx, p.peer, blobapi.ObjectRequest{ID: blobID})
	if errs.KindOf(err) == errs.NotFound {
		return profile.Picture{}, profile.ErrNoPhoto
	}
	return profile.Picture{ContentType: content.ContentType, Bytes: content.Bytes}, err
}

func toUpload(r blobapi.Room) photo.Upload {
	return photo.Upload{BlobID: r.BlobID, Method: r.Upload.Method, URL: r.Upload.URL,
		Headers: r.Upload.Headers, ExpiresAt: r.Upload.ExpiresAt.Time}
}
