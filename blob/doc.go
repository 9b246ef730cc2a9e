// Package blob keeps photos and files for the other services, and signs the addresses
// under which their owners send and see them.
//
// # Words
//
// An object is one file: who owns it, what it is for, what it may be. Its bytes are kept
// apart, under its id, and are written once. A link is a signed address that lets its
// holder do one thing until it expires; nothing else is asked of them. To confirm an
// object is to find its bytes there and right: when they came through our own door at
// once, else at the first look or by the sweep.
//
// # States
//
//	pending ──confirm──▶ stored ──delete──▶ deleted ──sweep──▶ gone
//	   └──delete, or no upload in time──────────▲
//
// # Invariants
//
// A row is saved before its address is given away, so there are no bytes without a row.
// No bytes come after UploadBefore: what is not there then never will be, and the sweep
// decides. Bytes are of the type and within the size that were asked for, or they are not
// kept. Once bytes are there they never change: a photo that staff looked at is the photo
// that stays. A deleted object's bytes go at once if they can, at the next sweep if not.
// Of an account that is erased all is deleted, and nothing comes any more.
package blob
