package adaptertest

import (
	"errors"
	"strconv"
	"sync"
	"testing"

	"freecar/internal/photo"
	"freecar/user"
)

// OpenAvatars gives avatars with nothing in them, and another handle on the same data.
type OpenAvatars func(t *testing.T) (user.Avatars, func() user.Avatars)

// Avatars holds a store of avatars to its contract.
func Avatars(t *testing.T, open OpenAvatars) {
	request := func(id string) func(*user.Avatar) (user.AvatarChange, error) {
		return func(a *user.Avatar) (user.AvatarChange, error) { return a.Request(id, start), nil }
	}
	is := func(t *testing.T, s user.Avatars, want user.Avatar) {
		t.Helper()
		if got, err := s.Avatar(t.Context(), want.AccountID); err != nil || got != want {
			t.Errorf("got %+v, %v, want %+v", got, err, want)
		}
	}
	t.Run("none is the zero photo", func(t *testing.T) {
		s, _ := open(t)
		is(t, s, user.Avatar{AccountID: "1"})
	})
	t.Run("what is saved comes back equal", func(t *testing.T) {
		s, again := open(t)
		must[user.Avatar](t)(s.Update(t.Context(), "1", request("a")))
		must[user.Avatar](t)(s.Update(t.Context(), "1", func(a *user.Avatar) (user.AvatarChange, error) { return a.Arrive("a", start), nil }))
		got := must[user.Avatar](t)(s.Update(t.Context(), "1", request("b")))
		want := user.Avatar{AccountID: "1", Photo: photo.Slot{Current: "a", Next: "b"}, Version: 3}
		if got != want {
			t.Errorf("got %+v", got)
		}
		is(t, again(), want)
		is(t, s, user.Avatar{AccountID: "2"})
	})
	t.Run("a failed change saves nothing, and neither does none", func(t *testing.T) {
		s, _ := open(t)
		refused := errors.New("refused")
		_, err := s.Update(t.Context(), "1", func(a *user.Avatar) (user.AvatarChange, error) { return a.Request("a", start), refused })
		expect(t, err, refused)
		must[user.Avatar](t)(s.Update(t.Context(), "1", func(*user.Avatar) (user.AvatarChange, error) { return user.AvatarChange{}, nil }))
		is(t, s, user.Avatar{AccountID: "1"})
	})
	t.Run("parallel changes are serial", func(t *testing.T) {
		const racers = 32
		s, again := open(t)
		handles := []user.Avatars{s, again()}
		var wg sync.WaitGroup
		for i := range racers {
			wg.Go(func() {
				if _, err := handles[i%2].Update(t.Context(), "1", request(strconv.Itoa(i))); err != nil {
					t.Error(err)
				}
			})
		}
		wg.Wait()
		if got := must[user.Avatar](t)(s.Avatar(t.Context(), "1")); got.Version != racers {
			t.Errorf("version %d", got.Version)
		}
	})
}
