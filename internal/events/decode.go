package events

import (
	"fmt"

	"github.com/go-json-experiment/json"
)

// Decode reads the event's data into v, a pointer.
func (e Event) Decode(v any) error {
	if err := json.Unmarshal(e.Data, v); err != nil {
		return fmt.Errorf("events: %s: %w", e.ID(), err)
	}
	return nil
}
