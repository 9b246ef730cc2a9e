package blob

import "time"

// ChangeKind says what happened to an object.
type ChangeKind string

// What happens to objects.
const (
	Created   ChangeKind = "object_created"
	Confirmed ChangeKind = "object_stored"
	Removed   ChangeKind = "object_deleted"
)

// Change is one saved step of an object's life, published as freecar.blob.<Kind>.v1.
type Change struct {
	Kind ChangeKind
	At   time.Time
}

// Recorded is the change made since the object was made or loaded, if any.
func (o *Object) Recorded() (Change, bool) {
	if o.change == nil {
		return Change{}, false
	}
	return *o.change, true
}

// Saved forgets the change: the store calls it.
func (o *Object) Saved() { o.change = nil }

// record makes the change official. A second one before the save would need a second
// event, so it is a mistake of the program.
func (o *Object) record(kind ChangeKind, now time.Time) {
	if o.change != nil {
		panic("blob: two changes in one save: " + string(o.change.Kind) + " and " + string(kind))
	}
	o.Version++
	o.change = &Change{Kind: kind, At: now}
}
