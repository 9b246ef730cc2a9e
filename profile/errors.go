package profile

import "freecar/internal/errs"

// What riders and staff are told.
var (
	ErrNotSubmitted = errs.Missing("licence")
	ErrNoPhoto      = errs.Missing("licence photo")
	ErrErased       = errs.E(errs.Conflict, "account_erased", "This account was erased.")
	ErrNotPending   = errs.E(errs.Conflict, "licence_not_pending", "Only a pending licence can be decided on.")
	ErrChanged      = errs.E(errs.Conflict, "licence_changed", "This licence has changed since you looked at it; look again.")
	ErrExpired      = errs.E(errs.Conflict, "licence_expired", "This licence has expired; its rider has to send a new one.")
	ErrUnderage     = errs.E(errs.Conflict, "driver_underage", "This rider is not old enough to drive with us.")
	ErrNumberTaken  = errs.E(errs.Conflict, "licence_number_taken", "Another account is verified with this licence: look at both before you decide.")
	ErrPhotoInUse   = errs.E(errs.Conflict, "photo_in_use", "Your licence was verified with this photo; send the licence anew with another one.")
	ErrOwnLicence   = errs.E(errs.Conflict, "own_account", "Nobody decides on their own licence; ask a colleague.")
	ErrPhotoMissing = errs.E(errs.Conflict, "photo_missing", "This licence cannot be approved before its photo is uploaded.")
)
