package sim_test

import (
	"fmt"
	"testing"
)

func TestRoster(t *testing.T) {
	inBubble(t, "a roster of several pages is one fleet", func(t *testing.T) {
		p := newFakePlatform()
		p.pageSize = 10
		for i := range 25 {
			p.cars = append(p.cars, lockedCar(fmt.Sprint("car ", i)))
		}
		running(t, p)
		if n := p.requests("/v1/devices/cars"); n != 3 {
			t.Errorf("%d pages", n)
		}
		for i := range 25 {
			if n := len(p.of(fmt.Sprint("car ", i))); n != 1 {
				t.Errorf("car %d reported %d times", i, n)
			}
		}
		expectNoFaults(t, p)
	})
}
