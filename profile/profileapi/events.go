package profileapi

import "freecar/internal/events"

// The events. A licence's subject is its account's id.
var (
	Submitted     = events.Type(Name, "licence_submitted")
	Approved      = events.Type(Name, "licence_approved")
	Rejected      = events.Type(Name, "licence_rejected")
	PhotoAttached = events.Type(Name, "licence_photo_attached")
	PhotoRemoved  = events.Type(Name, "licence_photo_removed")
)

// Event is the data of every freecar.profile.*.v1: the licence after the change, without
// what it says of the person.
type Event struct {
	AccountID   string `json:"account_id"`
	Status      string `json:"status"`
	PhotoBlobID string `json:"photo_blob_id,omitzero"`
	// DroppedBlobID is the photo that the change took away.
	DroppedBlobID string `json:"dropped_blob_id,omitzero"`
	DecidedBy     string `json:"decided_by,omitzero"`
	Version       int64  `json:"version"`
}
