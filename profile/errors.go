package profile

import "freecar/internal/errs"

// What riders and staff are told.
var (
	ErrNotSubmitted = errs.Missing("licence")
	ErrNoPhoto      = errs.Missing("licence photo")
	ErrNotPending   = errs.E(errs.Conflict, "licence_not_pending", "Only a pending licence can be decided on.")
	ErrPhotoMissing = errs.E(errs.Conflict, "photo_missing", "This licence cannot be approved before its photo is uploaded.")
)
