package blob_test

import (
	"testing"

	"freecar/internal/leaktest"
	"freecar/internal/photo"
	"freecar/profile/internal/adapter/blob"
	"freecar/profile/internal/adapter/blob/blobtest"
	"freecar/profile/internal/adaptertest"
)

// Circuits live as long as the process.
func TestMain(m *testing.M) { leaktest.Main(m) }

func TestPhotos(t *testing.T) {
	adaptertest.Photos(t, func(t *testing.T) adaptertest.PhotoStore {
		service := blobtest.New()
		t.Cleanup(service.Close)
		return adaptertest.PhotoStore{
			Photos: blob.NewPhotos(service.Peer),
			Upload: func(_ *testing.T, u photo.Upload) { service.Uploaded(u.BlobID) },
			Cut:    service.Down,
		}
	})
}
