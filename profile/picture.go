package profile

import "time"

// RequestPhoto makes room for a photo. The one that is there stays until its bytes come.
// Errors: ErrErased.
func (l *Licence) RequestPhoto(a Answer, now time.Time) error {
	if l.Erased() {
		return ErrErased
	}
	l.record(Change{Kind: PhotoRequested, At: now, DroppedPhotos: l.Photo.Await(a.Upload.BlobID), Answer: a})
	return nil
}

// PhotoArrived says that the bytes of a requested photo are there. It replaces the one
// before, unless the licence was verified with that. A photo that is no longer waited for,
// or that has arrived before, changes nothing. The status stays: a photo is looked at,
// not decided on.
func (l *Licence) PhotoArrived(id string, now time.Time) {
	if !l.Photo.Arrive(id) {
		return
	}
	var dropped []string
	if l.Status != Verified || l.Photo.Current == "" {
		dropped = l.Photo.Promote()
		l.revise()
	}
	l.record(Change{Kind: PhotoAttached, At: now, DroppedPhotos: dropped})
}

// RemovePhoto takes photos away, save the one that the licence was verified with.
// Errors: ErrNoPhoto, ErrPhotoInUse.
func (l *Licence) RemovePhoto(now time.Time) error {
	var dropped []string
	switch {
	case l.Photo.Newest() == "":
		return ErrNoPhoto
	case l.Status != Verified:
		dropped = l.Photo.Clear()
		l.revise()
	case l.Photo.Next == "":
		return ErrPhotoInUse
	default:
		dropped = l.Photo.Withdraw()
	}
	l.record(Change{Kind: PhotoRemoved, At: now, DroppedPhotos: dropped})
	return nil
}
