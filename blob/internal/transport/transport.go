// Package transport brings requests to the endpoints, and bytes to the door.
package transport

import (
	"freecar/blob"
	"freecar/blob/blobapi"
	"freecar/blob/internal/endpoint"
	"freecar/internal/kitx"
)

// Mount serves the operations.
func Mount(s *kitx.Server, e endpoint.Endpoints, d blob.Door) {
	blobapi.Create.Mount(s, e.Create)
	blobapi.GetURL.Mount(s, e.GetURL)
	blobapi.GetContent.Mount(s, e.GetContent)
	blobapi.ListOwned.Mount(s, e.ListOwned)
	blobapi.Delete.Mount(s, e.Delete)
	blobapi.Upload.Mount(s, upload(d))
	blobapi.Download.Mount(s, download(d))
}
