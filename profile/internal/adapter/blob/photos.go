// Package blob keeps photos in the blob service.
package blob

import (
	"context"

	"freecar/blob/blobapi"
	"freecar/internal/errs"
	"freecar/internal/kitx"
	"freecar/profile"
)

// Photos is the port to the blob service.
type Photos struct {
	*blobapi.Photos
	peer kitx.Peer
}

var _ profile.Photos = (*Photos)(nil)

// NewPhotos calls the blob service through the peer.
func NewPhotos(peer kitx.Peer) *Photos {
	return &Photos{Photos: blobapi.NewPhotos(peer, blobapi.LicencePhoto), peer: peer}
}

// Bytes are those of an uploaded photo.
func (p *Photos) Bytes(ctx context.Context, blobID string) (profile.Picture, error) {
	content, err := blobapi.GetContent.Call(ctx, p.peer, blobapi.ObjectRequest{ID: blobID})
	if errs.KindOf(err) == errs.NotFound {
		return profile.Picture{}, profile.ErrNoPhoto
	}
	return profile.Picture{ContentType: content.ContentType, Bytes: content.Bytes}, err
}
