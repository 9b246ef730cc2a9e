package photo_test

import (
	"slices"
	"testing"

	"freecar/internal/photo"
)

func TestSlot(t *testing.T) {
	dropped := func(t *testing.T, got []string, want ...string) {
		t.Helper()
		if !slices.Equal(got, want) {
			t.Errorf("dropped %v, want %v", got, want)
		}
	}
	is := func(t *testing.T, s photo.Slot, want photo.Slot) {
		t.Helper()
		if s != want {
			t.Errorf("got %+v, want %+v", s, want)
		}
	}
	t.Run("what is there stays until the next has come", func(t *testing.T) {
		s := photo.Slot{Current: "a"}
		dropped(t, s.Await("b"))
		dropped(t, s.Promote())
		is(t, s, photo.Slot{Current: "a", Next: "b"})
		if !s.Arrive("b") || s.Arrive("b") {
			t.Error("it arrives once")
		}
		dropped(t, s.Promote(), "a")
		is(t, s, photo.Slot{Current: "b"})
	})
	t.Run("only the last one asked for is awaited", func(t *testing.T) {
		s := photo.Slot{}
		dropped(t, s.Await("a"))
		s.Arrive("a")
		dropped(t, s.Await("b"), "a")
		if s.Arrive("a") || s.Arrive("") {
			t.Error("a stranger arrived")
		}
		is(t, s, photo.Slot{Next: "b"})
	})
	t.Run("one can give up the next, or all", func(t *testing.T) {
		s := photo.Slot{Current: "a", Next: "b", Arrived: true}
		dropped(t, s.Withdraw(), "b")
		is(t, s, photo.Slot{Current: "a"})
		s.Await("c")
		dropped(t, s.Clear(), "a", "c")
		is(t, s, photo.Slot{})
	})
	t.Run("it knows what is in it", func(t *testing.T) {
		s := photo.Slot{Current: "a", Next: "b"}
		if !s.Holds("a") || !s.Holds("b") || s.Holds("c") || s.Holds("") || s.Newest() != "b" {
			t.Errorf("got %+v", s)
		}
	})
}
