package profile_test

import (
	"testing"

	"freecar/profile"
)

func TestReading(t *testing.T) {
	whole := func(t *testing.T) profile.Text {
		s := read(t, same)
		return profile.Text{Country: s.Country, Number: s.Number, FullName: s.FullName, BirthDate: s.BirthDate, ExpiresOn: s.ExpiresOn}
	}
	reading := func(text profile.Text) profile.Reading {
		return profile.Reading{PhotoID: "a", By: "reader", Outcome: profile.OutcomeRead, Read: text, At: now}
	}
	waiting := func(t *testing.T) *profile.Licence {
		l := profile.New("1")
		l.Submit(read(t, same), now)
		l.Saved()
		picture(&l, "a")
		if !l.Unread() {
			t.Fatal("it does not wait")
		}
		return &l
	}
	t.Run("each field is held against what the rider said", func(t *testing.T) {
		for field, change := range map[string]func(*profile.Text){
			"number":     func(x *profile.Text) { x.Number = "B072RRE2I56" },
			"full_name":  func(x *profile.Text) { x.FullName = "Erich Mustermann" },
			"birth_date": func(x *profile.Text) { x.BirthDate.Day++ },
			"country":    func(x *profile.Text) { x.Country = "CN" },
			"expires_on": func(x *profile.Text) { x.ExpiresOn = profile.Date{} },
		} {
			text := whole(t)
			change(&text)
			r := reading(text)
			if r.Matches(read(t, same)) {
				t.Errorf("%s: all matches", field)
			}
			for _, f := range r.Compare(read(t, same)) {
				if f.Matches == (f.Field == field) {
					t.Errorf("%s is other: %+v", field, f)
				}
			}
		}
	})
	t.Run("case, spaces and dashes do not count", func(t *testing.T) {
		text := whole(t)
		text.Number, text.FullName = "b072-rre 2i55", " ERIKA  MUSTERMANN"
		if !reading(text).Matches(read(t, same)) {
			t.Errorf("got %+v", reading(text).Compare(read(t, same)))
		}
	})
	t.Run("nothing read is no match", func(t *testing.T) {
		if reading(profile.Text{}).Matches(profile.Submission{}) || (profile.Reading{Outcome: profile.OutcomeUnreadable}).Matches(read(t, same)) {
			t.Error("it matches")
		}
	})
	t.Run("it helps, and decides only where it may", func(t *testing.T) {
		l := waiting(t)
		l.TakeReading(reading(whole(t)), policy, false, now)
		expectChanges(t, l, profile.PhotoRead)
		if l.Status != profile.Pending || l.Unread() {
			t.Errorf("got %+v", l)
		}
		l = waiting(t)
		l.TakeReading(reading(whole(t)), policy, true, now)
		expectChanges(t, l, profile.Approved)
		if l.Status != profile.Verified || l.DecidedBy != "reader" || l.Reading.PhotoID != "a" {
			t.Errorf("got %+v", l)
		}
	})
	t.Run("it approves nothing that differs, is expired or underage", func(t *testing.T) {
		other := whole(t)
		other.Number = "other"
		for name, c := range map[string]struct {
			text profile.Text
			p    profile.Policy
			days int
		}{
			"differs":  {other, policy, 0},
			"expired":  {whole(t), policy, 1000},
			"underage": {whole(t), profile.Policy{AdultAge: 50}, 0},
		} {
			l := waiting(t)
			l.TakeReading(reading(c.text), c.p, true, now.AddDate(0, 0, c.days))
			expectChanges(t, l, profile.PhotoRead)
			if l.Status != profile.Pending {
				t.Errorf("%s: it is %s", name, l.Status)
			}
		}
	})
	t.Run("one that comes twice or late changes nothing", func(t *testing.T) {
		l := waiting(t)
		l.TakeReading(reading(whole(t)), policy, false, now)
		l.Saved()
		l.TakeReading(reading(whole(t)), policy, true, now)
		expectChanges(t, l)
		l = waiting(t)
		picture(l, "b")
		l.TakeReading(reading(whole(t)), policy, true, now)
		expectChanges(t, l)
		l = waiting(t)
		mustApprove(t, l)
		l.TakeReading(reading(whole(t)), policy, true, now)
		expectChanges(t, l)
	})
	t.Run("a corrected form is read anew", func(t *testing.T) {
		l := waiting(t)
		l.TakeReading(reading(whole(t)), policy, false, now)
		l.Saved()
		l.Submit(read(t, func(f *profile.Form) { f.Number = "corrected" }), now)
		if !l.Unread() || l.Reading != (profile.Reading{}) {
			t.Errorf("got %+v", l)
		}
	})
}
