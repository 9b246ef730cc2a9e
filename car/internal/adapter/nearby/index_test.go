package nearby_test

import (
	"testing"

	"freecar/car"
	"freecar/car/internal/adapter/nearby"
	"freecar/car/internal/adaptertest"
)

func TestIndex(t *testing.T) {
	adaptertest.Index(t, func(p car.Policy) car.Index { return nearby.New(p) })
}
