package adaptertest

import (
	"reflect"
	"slices"
	"testing"
	"time"

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
	t.Run("a revoked one has no secret, cars or sessions left", func(t *testing.T) {
		s, again := open(t)
		session := startSession(t, s, start)
		revoke := func(d *user.Device) (user.Change, error) { return d.Revoke(start.Add(time.Hour)), nil }
		gone := must[user.Device](t)(s.Devices.Update(t.Context(), session.SubjectID, revoke))
		twice := must[user.Device](t)(again().Devices.Update(t.Context(), session.SubjectID, revoke))
		if !reflect.DeepEqual(gone, twice) || gone.RevokedAt != start.Add(time.Hour) || gone.CarIDs != nil || gone.SecretHash != (user.SecretHash{}) || gone.Version != 2 {
			t.Errorf("got %+v, then %+v", gone, twice)
		}
		if got := use(t, s, session.Current, look); got.Alive(start) {
			t.Errorf("got %+v", got)
		}
		if page := revoked(t, s, 0, start); len(page.Items) != 1 || page.Items[0].Subject != gone.ID || page.Items[0].Before != 2 {
			t.Errorf("got %+v", page)
		}
		late, _ := user.StartSession(newID(), user.DeviceSubject, gone.ID, start)
		expect(t, s.Sessions.Start(t.Context(), late, 1), user.ErrMovedOn)
		expectEvents(t, s, gone.ID, user.DeviceRegistered, user.DeviceRevoked)
		_, err := s.Devices.Update(t.Context(), newID(), revoke)
		expectKind(t, err, errs.NotFound)
	})
	t.Run("pages joined are the whole set while devices are added", func(t *testing.T) {
		s, _ := open(t)
		add := func() string {
			d, _, c := user.NewDevice(newID(), "Box 7", []string{"a"}, start)
			ok(t, s.Devices.Register(t.Context(), d, c))
			return d.ID
		}
		var want, got []string
		for range 8 {
			want = append(want, add())
		}
		for _, d := range walk(t, func(p user.Paging) (user.Page[user.Device], error) { return s.Devices.Devices(t.Context(), p) }, func() { add() }) {
			got = append(got, d.ID)
		}
		slices.Reverse(want)
		if !slices.Equal(got, want) {
			t.Errorf("got  %v\nwant %v", got, want)
		}
		_, err := s.Devices.Devices(t.Context(), user.Paging{Limit: 1, Cursor: "x"})
		expectKind(t, err, errs.Invalid)
	})
}
