package profileapi

import "freecar/internal/events"

// The events. A licence's subject is its account's id.
var (
	Submitted      = events.Type(Name, "licence_submitted")
	Approved       = events.Type(Name, "licence_approved")
	Rejected       = events.Type(Name, "licence_rejected")
	PhotoRequested = events.Type(Name, "licence_photo_requested")
	PhotoAttached  = events.Type(Name, "licence_photo_attached")
	PhotoRemoved   = events.Type(Name, "licence_photo_removed")
	PhotoRead      = events.Type(Name, "licence_read")
	Erased         = events.Type(Name, "licence_erased")
)

// Event is the data of every freecar.profile.*.v1: the licence after the change, without
// what it says of the person.
type Event struct {
	AccountID   string `json:"account_id"`
	Status      string `json:"status"`
	PhotoBlobID string `json:"photo_blob_id,omitzero"`
	// NextBlobID is a photo that is on its way, or waits for the licence to be sent again.
	NextBlobID string `json:"next_blob_id,omitzero"`
	// DroppedBlobIDs are the photos that the change took away.
	DroppedBlobIDs []string `json:"dropped_blob_ids,omitzero"`
	DecidedBy      string   `json:"decided_by,omitzero"`
	Version        int64    `json:"version"`
}
