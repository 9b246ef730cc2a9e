package adaptertest

import (
	"slices"
	"testing"

	"freecar/internal/errs"
	"freecar/user"
)

// Devices holds the keeper of devices to its contract.
func Devices(t *testing.T, open Open) {
	t.Run("what is saved comes back equal, with its event", func(t *testing.T) {
		s, again := open(t)
		for _, cars := range [][]string{nil, {"a"}, {"a", "b", "c"}} {
			want, _, c := user.NewDevice(newID(), "Box 7", cars, start)
			ok(t, s.Devices.Register(t.Context(), want, c))
			got := must[user.Device](t)(again().Devices.Device(t.Context(), want.ID))
			if !slices.Equal(got.CarIDs, want.CarIDs) {
				t.Errorf("got cars %q, want %q", got.CarIDs, want.CarIDs)
			}
			if got.ID != want.ID || got.Name != want.Name || got.SecretHash != want.SecretHash || got.CreatedAt != want.CreatedAt || got.Version != 1 {
				t.Errorf("got  %+v\nwant %+v", got, want)
			}
			expectEvents(t, s, want.ID, user.DeviceRegistered)
		}
	})
	t.Run("what is not there is NotFound", func(t *testing.T) {
		s, _ := open(t)
		_, err := s.Devices.Device(t.Context(), newID())
		expectKind(t, err, errs.NotFound)
	})
	t.Run("an id is registered once", func(t *testing.T) {
		s, _ := open(t)
		d, _, c := user.NewDevice(newID(), "Box 7", nil, start)
		ok(t, s.Devices.Register(t.Context(), d, c))
		if err := s.Devices.Register(t.Context(), d, c); err == nil {
			t.Error("it was registered twice")
		}
		expectEvents(t, s, d.ID, user.DeviceRegistered)
	})
	t.Run("the caller's later changes stay the caller's", func(t *testing.T) {
		s, _ := open(t)
		d, _, c := user.NewDevice(newID(), "Box 7", []string{"a", "b"}, start)
		ok(t, s.Devices.Register(t.Context(), d, c))
		d.CarIDs[0] = "x"
		got := must[user.Device](t)(s.Devices.Device(t.Context(), d.ID))
		got.CarIDs[1] = "y"
		if got := must[user.Device](t)(s.Devices.Device(t.Context(), d.ID)); !slices.Equal(got.CarIDs, []string{"a", "b"}) {
			t.Errorf("got %q", got.CarIDs)
		}
	})
}
