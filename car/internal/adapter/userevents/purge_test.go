package userevents_test

import (
	"testing"

	"freecar/car/internal/adapter/userevents"
	"freecar/internal/events"
)

func TestPurgesCars(t *testing.T) {
	for data, want := range map[string]bool{
		`{"intervention_id":"x"}`: true,
		`{"cache":"cars"}`:        true,
		`{"cache":"zones"}`:       false,
		`nonsense`:                true,
	} {
		if got := userevents.PurgesCars(events.Event{Data: []byte(data)}); got != want {
			t.Errorf("%s: got %t", data, got)
		}
	}
}
