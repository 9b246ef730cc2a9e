package blob_test

import (
	"testing"

	"go.uber.org/goleak"

	"freecar/profile"
	"freecar/profile/internal/adapter/blob"
	"freecar/profile/internal/adapter/blob/blobtest"
	"freecar/profile/internal/adaptertest"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

func TestPhotos(t *testing.T) {
	adaptertest.Photos(t, func(t *testing.T) adaptertest.PhotoStore {
		service := blobtest.New()
		t.Cleanup(service.Close)
		return adaptertest.PhotoStore{
			Photos: blob.NewPhotos(service.Peer),
			Upload: func(_ *testing.T, u profile.PhotoUpload) { service.Uploaded(u.BlobID) },
			Cut:    service.Down,
		}
	})
}
