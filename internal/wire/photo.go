package wire

import "freecar/internal/photo"

// PhotoUpload says how the bytes of a new photo are sent.
type PhotoUpload struct {
	BlobID string `json:"blob_id"`
	Upload Upload `json:"upload"`
}

// Upload is a request that its holder may make until it expires.
type Upload struct {
	Method    string            `json:"method"`
	URL       string            `json:"url"`
	Headers   map[string]string `json:"headers"`
	ExpiresAt Time              `json:"expires_at"`
}

// FromPhotoUpload writes the way to send a photo.
func FromPhotoUpload(u photo.Upload) PhotoUpload {
	return PhotoUpload{BlobID: u.BlobID, Upload: Upload{Method: u.Method, URL: u.URL, Headers: u.Headers, ExpiresAt: FromTime(u.ExpiresAt)}}
}

// ToPhotoUpload reads the way to send a photo.
func (p PhotoUpload) ToPhotoUpload() photo.Upload {
	u := p.Upload
	return photo.Upload{BlobID: p.BlobID, Method: u.Method, URL: u.URL, Headers: u.Headers, ExpiresAt: u.ExpiresAt.Time}
}

// PhotoLink is an address that shows a photo for a while.
type PhotoLink struct {
	URL       string `json:"url"`
	ExpiresAt Time   `json:"expires_at"`
}

// FromPhotoLink writes the way to see a photo.
func FromPhotoLink(l photo.Link) PhotoLink {
	return PhotoLink{URL: l.URL, ExpiresAt: FromTime(l.ExpiresAt)}
}

// NewPhoto is what a request says of a photo that is to come. What each may be is the blob
// service's to say.
type NewPhoto struct {
	ContentType string `json:"content_type" validate:"required,max=100,text"`
	Size        int64  `json:"size" validate:"required,min=1,max=10485760"` // bytes
}
