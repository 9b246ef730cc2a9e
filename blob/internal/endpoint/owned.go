package endpoint

import (
	"context"

	"freecar/blob"
	"freecar/blob/blobapi"
	"freecar/internal/auth"
	"freecar/internal/wire"
)

// ListOwned lists what the caller has stored.
func (e Endpoints) ListOwned(ctx context.Context, r blobapi.OwnedRequest) (wire.Page[blobapi.OwnObject], error) {
	views, next, err := e.service.Owned(ctx, auth.From(ctx).Subject, r.Cursor, r.Limit)
	return wire.NewPage(views, next, fromOwned), err
}

func fromOwned(v blob.View) blobapi.OwnObject {
	return blobapi.OwnObject{ID: v.ID, Purpose: string(v.Purpose), ContentType: v.ContentType, Size: v.Size,
		CreatedAt: wire.FromTime(v.CreatedAt), URL: v.URL, ExpiresAt: wire.FromTime(v.ExpiresAt)}
}
