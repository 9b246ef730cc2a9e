package adaptertest

import (
	"fmt"
	"slices"
	"strconv"
	"sync"
	"testing"
	"time"

	"freecar/profile"
)

// reading is what a reader makes of a photo of form.
func reading(photoID string) profile.Reading {
	return profile.Reading{PhotoID: photoID, At: now, By: "reader", Outcome: profile.OutcomeRead,
		Read: profile.Text{Country: form.Country, Number: form.Number, FullName: form.FullName, BirthDate: form.BirthDate, ExpiresOn: form.ExpiresOn}}
}

func hourly(attempts int) time.Duration { return time.Duration(attempts) * time.Hour }

func claimed(t *testing.T, s Store, at time.Time, limit int) (list []string) {
	t.Helper()
	waiting, err := s.ClaimUnread(t.Context(), at, hourly, limit)
	if err != nil {
		t.Fatal(err)
	}
	for _, w := range waiting {
		list = append(list, fmt.Sprintf("%s/%s/%d", w.Account, w.PhotoID, w.Attempts))
	}
	return list
}

func unread(t *testing.T, open Open) {
	s, _ := open(t)
	expect := func(got []string, want ...string) {
		t.Helper()
		if !slices.Equal(got, want) {
			t.Errorf("got %v, want %v", got, want)
		}
	}
	picture(t, s, "3", "not submitted")
	submit(t, s, "4", now) // without a photo
	for _, account := range []string{"1", "2"} {
		submit(t, s, account, now)
		picture(t, s, account, "p"+account)
	}
	expect(claimed(t, s, now.Add(-time.Second), 10))
	expect(claimed(t, s, now, 1), "1/p1/1")
	expect(claimed(t, s, now, 10), "2/p2/1")
	expect(claimed(t, s, now.Add(time.Hour-time.Millisecond), 10))
	update(t, s, "2", func(l *profile.Licence) error { l.TakeReading(reading("p2"), policy, false, now); return nil })
	expect(claimed(t, s, now.Add(time.Hour), 10), "1/p1/2")
	expect(claimed(t, s, now.Add(3*time.Hour-time.Millisecond), 10))
	picture(t, s, "1", "another") // begins anew
	expect(claimed(t, s, now.Add(time.Hour), 10), "1/another/1")
	submit(t, s, "2", now) // as it was: nothing new to read
	expect(claimed(t, s, now.Add(time.Hour), 10))
	typed(t, s, "2", "corrected")
	expect(claimed(t, s, now.Add(time.Hour), 10), "2/p2/1")
	update(t, s, "1", func(l *profile.Licence) error { return l.Reject("9", "blurred", now) })
	update(t, s, "2", func(l *profile.Licence) error { l.Erase(now); return nil })
	expect(claimed(t, s, now.Add(100*time.Hour), 10))
}

func claimRace(t *testing.T, open Open) {
	var mu sync.Mutex
	var all []string
	race(t, func(t *testing.T) (Store, func() Store) {
		s, again := open(t)
		for i := range racers {
			submit(t, s, strconv.Itoa(i), now)
			picture(t, s, strconv.Itoa(i), "p")
		}
		return s, again
	}, func(s Store, _ int) error {
		got := claimed(t, s, now, 3)
		mu.Lock()
		defer mu.Unlock()
		all = append(all, got...)
		return nil
	})
	slices.Sort(all)
	if len(all) != racers || len(slices.Compact(slices.Clone(all))) != racers {
		t.Errorf("%d claims for %d licences: %v", len(all), racers, all)
	}
}
