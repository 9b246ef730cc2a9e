// Package photo is the vocabulary of pictures that belong to something: a licence, an
// account, a report. The blob service has their bytes; what they belong to has their ids.
package photo

import "time"

// Upload says how the bytes of a new photo are sent.
type Upload struct {
	BlobID    string
	Method    string
	URL       string
	Headers   map[string]string
	ExpiresAt time.Time
}

// Link is an address that shows a photo for a while.
type Link struct {
	URL       string
	ExpiresAt time.Time
}

// Slot is a place for one photo. The one that is there stays until the bytes of the next
// have come, so that an upload that never comes takes nothing away.
type Slot struct {
	Current string // empty for none
	Next    string // on its way; empty for none
	// Arrived says that the bytes of Next are there and something keeps it from becoming
	// Current.
	Arrived bool
}

// Await makes room for a next photo. It returns the one that this makes useless: a next
// one that was asked for before.
func (s *Slot) Await(id string) (dropped []string) {
	dropped = some(s.Next)
	s.Next, s.Arrived = id, false
	return dropped
}

// Arrive says that the bytes of a photo have come; false when it is not the next one, or
// was known to be there. It becomes current with Promote.
func (s *Slot) Arrive(id string) bool {
	if id == "" || id != s.Next || s.Arrived {
		return false
	}
	s.Arrived = true
	return true
}

// Promote puts a next photo that has arrived in the place of the current one, which it
// returns; without one it does nothing.
func (s *Slot) Promote() (dropped []string) {
	if !s.Arrived {
		return nil
	}
	dropped = some(s.Current)
	s.Current, s.Next, s.Arrived = s.Next, "", false
	return dropped
}

// Withdraw gives up the next photo, and returns it.
func (s *Slot) Withdraw() (dropped []string) {
	dropped = some(s.Next)
	s.Next, s.Arrived = "", false
	return dropped
}

// Clear empties the slot and returns what was in it.
func (s *Slot) Clear() (dropped []string) {
	dropped = some(s.Current, s.Next)
	*s = Slot{}
	return dropped
}

// Holds says that the photo is in the slot.
func (s Slot) Holds(id string) bool { return id != "" && (id == s.Current || id == s.Next) }

// Newest is the photo that was asked for last; empty for none.
func (s Slot) Newest() string {
	if s.Next != "" {
		return s.Next
	}
	return s.Current
}

func some(ids ...string) (list []string) {
	for _, id := range ids {
		if id != "" {
			list = append(list, id)
		}
	}
	return list
}
