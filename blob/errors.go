package blob

import (
	"errors"

	"freecar/internal/errs"
)

// What holders of links and other services are told.
var (
	ErrNoObject     = errs.Missing("object")
	ErrErased       = errs.E(errs.Conflict, "account_erased", "This account was erased.")
	ErrBadSignature = errs.E(errs.Denied, "bad_signature", "This address is not one of ours; ask for a new one.")
	ErrLinkExpired  = errs.E(errs.Denied, "link_expired", "This address has expired; ask for a new one.")
	ErrUploaded     = errs.E(errs.Conflict, "already_uploaded", "An object is uploaded once; ask for a new address.")
	ErrTooLarge     = errs.E(errs.TooLarge, "too_large", "The upload is larger than was asked for.")
	ErrWrongType    = errs.E(errs.UnsupportedMedia, "wrong_type", "The upload is not of the type that was asked for.")
	ErrTruncated    = errs.Invalidf("body", "truncated", "The upload ended early; send it again.")
)

// errMovedOn says that what was to be done is done or no longer right.
var errMovedOn = errors.New("blob: the object has moved on")
