package profile_test

import (
	"errors"
	"slices"
	"testing"
	"time"

	"freecar/internal/errs"
	"freecar/internal/photo"
	"freecar/profile"
)

var (
	now    = time.Date(2030, 5, 1, 12, 0, 0, 0, time.UTC)
	policy = profile.Policy{AdultAge: 18}
	form   = profile.Form{Number: "B072RRE2I55", FullName: "Erika Mustermann", BirthDate: "1984-08-12", ExpiresOn: "2033-01-19", Country: "DE"}
)

func read(t *testing.T, change func(*profile.Form)) profile.Submission {
	t.Helper()
	f := form
	change(&f)
	s, err := policy.Read(f, profile.DateOf(now))
	if err != nil {
		t.Fatal(err)
	}
	return s
}

func same(*profile.Form) {}

func TestForm(t *testing.T) {
	t.Run("spaces around the text do not count", func(t *testing.T) {
		s := read(t, func(f *profile.Form) { f.Number, f.FullName = " "+f.Number+"\t", "\n"+f.FullName })
		if s != read(t, same) {
			t.Errorf("got %+v", s)
		}
	})
	t.Run("each broken rule is named", func(t *testing.T) {
		for _, c := range []struct {
			field, code, value string
		}{
			{"number", "too_short", "  12  "},
			{"number", "too_short", "---"},
			{"number", "too_short", "1-2 /"},
			{"number", "too_long", "123456789012345678901234567890123"},
			{"number", "invalid", "12\x0034"},
			{"number", "invalid", "12\u202e34"},
			{"full_name", "too_short", "   "},
			{"full_name", "invalid", "Erika\nMustermann"},
			{"birth_date", "invalid", "12.08.1984"},
			{"birth_date", "invalid", "1985-02-29"},
			{"birth_date", "invalid", ""},
			{"birth_date", "implausible", "2030-05-02"},
			{"birth_date", "implausible", "1910-04-30"},
			{"birth_date", "underage", "2012-05-02"},
			{"expires_on", "invalid", "2033-1-19"},
			{"expires_on", "expired", "2030-05-01"},
			{"expires_on", "expired", "0001-01-01"},
			{"country", "invalid", "DEU"},
		} {
			f := form
			*map[string]*string{"number": &f.Number, "full_name": &f.FullName, "birth_date": &f.BirthDate,
				"expires_on": &f.ExpiresOn, "country": &f.Country}[c.field] = c.value
			_, err := policy.Read(f, profile.DateOf(now))
			e, ok := errors.AsType[*errs.Error](err)
			if !ok || e.Kind != errs.Invalid || len(e.Fields) != 1 || e.Fields[0].Field != c.field || e.Fields[0].Code != c.code {
				t.Errorf("%s %q: got %v, want %s", c.field, c.value, err, c.code)
			}
		}
	})
	t.Run("all broken rules are named at once", func(t *testing.T) {
		_, err := policy.Read(profile.Form{}, profile.DateOf(now))
		e, ok := errors.AsType[*errs.Error](err)
		if !ok || len(e.Fields) != 5 {
			t.Errorf("got %v", err)
		}
	})
	t.Run("names of all scripts are fine", func(t *testing.T) {
		for _, name := range []string{"Łukasz O’Neill-Żak", "王小明", "محمد می\u200cخواهم", "क्\u200dष"} {
			if s := read(t, func(f *profile.Form) { f.FullName = name }); s.FullName != name {
				t.Errorf("got %q", s.FullName)
			}
		}
	})
	t.Run("one is of age on the birthday", func(t *testing.T) {
		read(t, func(f *profile.Form) { f.BirthDate = "2012-05-01" })
	})
}

func TestLicence(t *testing.T) {
	submitted := func(t *testing.T) profile.Licence {
		l := profile.New("1")
		l.Submit(read(t, same), now)
		l.Saved()
		return l
	}
	t.Run("the same again changes nothing, pending or verified", func(t *testing.T) {
		l := submitted(t)
		l.Submit(read(t, same), now.Add(time.Hour))
		expectChanges(t, &l)
		mustApprove(t, &l)
		l.Submit(read(t, same), now.Add(time.Hour))
		expectChanges(t, &l)
		if l.Status != profile.Verified {
			t.Errorf("got %s", l.Status)
		}
	})
	t.Run("a verified one that changes is pending again", func(t *testing.T) {
		l := submitted(t)
		mustApprove(t, &l)
		l.Submit(read(t, func(f *profile.Form) { f.Number = "new" }), now.Add(time.Hour))
		expectChanges(t, &l, profile.Submitted)
		if l.Status != profile.Pending || l.DecidedBy != "" || !l.DecidedAt.IsZero() {
			t.Errorf("got %+v", l)
		}
	})
	t.Run("a rejected one can be sent again, even unchanged", func(t *testing.T) {
		l := submitted(t)
		if err := l.Reject("9", "blurred", now); err != nil || l.Reason != "blurred" {
			t.Fatalf("got %v, %+v", err, l)
		}
		l.Saved()
		l.Submit(read(t, same), now)
		expectChanges(t, &l, profile.Submitted)
		if l.Status != profile.Pending || l.Reason != "" {
			t.Errorf("got %+v", l)
		}
	})
	t.Run("deciding twice does nothing, deciding otherwise is a conflict", func(t *testing.T) {
		approved, rejected := submitted(t), submitted(t)
		mustApprove(t, &approved)
		if err := rejected.Reject("9", "first", now); err != nil {
			t.Fatal(err)
		}
		rejected.Saved()
		approveAgain, rejectAgain := approved.Approve("8", profile.Evidence{}, policy, now), rejected.Reject("8", "second", now)
		if approveAgain != nil || rejectAgain != nil || approved.DecidedBy != "9" || rejected.Reason != "first" {
			t.Errorf("got %v, %v", approveAgain, rejectAgain)
		}
		if err := approved.Reject("8", "no", now); !errors.Is(err, profile.ErrNotPending) {
			t.Errorf("got %v", err)
		}
		if err := rejected.Approve("8", profile.Evidence{}, policy, now); !errors.Is(err, profile.ErrNotPending) {
			t.Errorf("got %v", err)
		}
		expectChanges(t, &approved)
		expectChanges(t, &rejected)
	})
	t.Run("what was never submitted cannot be decided on", func(t *testing.T) {
		l := profile.New("1")
		l.RequestPhoto(profile.Answer{Upload: photo.Upload{BlobID: "b"}}, now)
		l.Saved()
		if err := l.Approve("9", profile.Evidence{}, policy, now); errs.KindOf(err) != errs.NotFound {
			t.Errorf("got %v", err)
		}
		if err := l.Reject("9", "no", now); errs.KindOf(err) != errs.NotFound {
			t.Errorf("got %v", err)
		}
	})
	t.Run("what expired while it waited, or is too young by now, is not approved", func(t *testing.T) {
		l := submitted(t)
		if err := l.Approve("9", profile.Evidence{}, policy, time.Date(2033, 1, 20, 0, 0, 0, 0, time.UTC)); !errors.Is(err, profile.ErrExpired) {
			t.Errorf("got %v", err)
		}
		if err := l.Approve("9", profile.Evidence{}, profile.Policy{AdultAge: 46}, now); !errors.Is(err, profile.ErrUnderage) {
			t.Errorf("got %v", err)
		}
		expectChanges(t, &l)
		if err := l.Approve("9", profile.Evidence{}, policy, time.Date(2033, 1, 19, 23, 0, 0, 0, time.UTC)); err != nil {
			t.Errorf("on its last day: %v", err)
		}
	})
	t.Run("a required photo must be the one that was seen", func(t *testing.T) {
		l := submitted(t)
		for _, seen := range []string{"", "other"} {
			if err := l.Approve("9", profile.Evidence{Required: true, PhotoID: seen}, policy, now); !errors.Is(err, profile.ErrPhotoMissing) {
				t.Errorf("seen %q: got %v", seen, err)
			}
		}
		picture(&l, "b")
		if err := l.Approve("9", profile.Evidence{Required: true, PhotoID: "other"}, policy, now); !errors.Is(err, profile.ErrPhotoMissing) {
			t.Errorf("got %v", err)
		}
		if err := l.Approve("9", profile.Evidence{Required: true, PhotoID: "b"}, policy, now); err != nil {
			t.Errorf("got %v", err)
		}
	})
	t.Run("the revision rises with what is decided on, and with nothing else", func(t *testing.T) {
		l := submitted(t)
		if l.Revision != 1 {
			t.Fatalf("got %d", l.Revision)
		}
		for _, step := range []struct {
			name string
			does func()
			want int64
		}{
			{"the same again", func() { _ = l.Submit(read(t, same), now) }, 1},
			{"a photo is asked for", func() { request(&l, "a") }, 1},
			{"it comes", func() { l.PhotoArrived("a", now) }, 2},
			{"and is read", func() { l.TakeReading(profile.Reading{PhotoID: "a", Outcome: profile.OutcomeRead}, policy, false, now) }, 2},
			{"it is taken away", func() { _ = l.RemovePhoto(now) }, 3},
			{"other data", func() { _ = l.Submit(read(t, func(f *profile.Form) { f.Number = "new" }), now) }, 4},
			{"a decision", func() { _ = l.Approve("9", profile.Evidence{}, policy, now) }, 4},
		} {
			if step.does(); l.Revision != step.want {
				t.Errorf("%s: got %d, want %d", step.name, l.Revision, step.want)
			}
			l.Saved()
		}
	})
	t.Run("erasing forgets all, once", func(t *testing.T) {
		l := submitted(t)
		picture(&l, "a")
		request(&l, "b")
		version := l.Version
		l.Erase(now)
		c, _ := l.Recorded()
		if !slices.Equal(c.DroppedPhotos, []string{"a", "b"}) || c.Kind != profile.Erased || l.Status != profile.Unsubmitted ||
			l.Submission != (profile.Submission{}) || l.Version != version+1 || !l.SubmittedAt.IsZero() {
			t.Errorf("got %+v, %+v", l, c)
		}
		l.Saved()
		l.Erase(now.Add(time.Hour))
		expectChanges(t, &l)
	})
	t.Run("nothing is written after an erasure, even of who had nothing", func(t *testing.T) {
		l := profile.New("1")
		l.Erase(now)
		l.Saved()
		erased := l
		if err := l.Submit(read(t, same), now); !errors.Is(err, profile.ErrErased) {
			t.Errorf("got %v", err)
		}
		if err := l.RequestPhoto(profile.Answer{Upload: photo.Upload{BlobID: "a"}}, now); !errors.Is(err, profile.ErrErased) {
			t.Errorf("got %v", err)
		}
		l.PhotoArrived("a", now)
		l.TakeReading(profile.Reading{PhotoID: "a"}, policy, true, now)
		for _, err := range []error{l.RemovePhoto(now), l.Approve("9", profile.Evidence{}, policy, now), l.Reject("9", "no", now)} {
			if errs.KindOf(err) != errs.NotFound {
				t.Errorf("got %v", err)
			}
		}
		if l != erased {
			t.Errorf("got %+v", l)
		}
	})
}

// request asks for room for a photo; picture has it arrive, too.
func request(l *profile.Licence, id string) {
	l.RequestPhoto(profile.Answer{Upload: photo.Upload{BlobID: id}}, now)
	l.Saved()
}

func picture(l *profile.Licence, id string) (dropped []string) {
	request(l, id)
	l.PhotoArrived(id, now)
	c, _ := l.Recorded()
	l.Saved()
	return c.DroppedPhotos
}

func TestPhoto(t *testing.T) {
	pending := func(t *testing.T) *profile.Licence {
		l := profile.New("1")
		l.Submit(read(t, same), now)
		l.Saved()
		return &l
	}
	has := func(t *testing.T, l *profile.Licence, current, next string) {
		t.Helper()
		if l.Photo.Current != current || l.Photo.Next != next {
			t.Errorf("has %+v, want %q and %q", l.Photo, current, next)
		}
	}
	t.Run("the old one stays until the new one has come", func(t *testing.T) {
		l := pending(t)
		picture(l, "a")
		request(l, "b")
		has(t, l, "a", "b")
		l.PhotoArrived("x", now)
		expectChanges(t, l)
		l.PhotoArrived("b", now)
		if c, _ := l.Recorded(); !slices.Equal(c.DroppedPhotos, []string{"a"}) {
			t.Errorf("dropped %v", c.DroppedPhotos)
		}
		has(t, l, "b", "")
		l.Saved()
		l.PhotoArrived("b", now)
		expectChanges(t, l)
	})
	t.Run("a verified one keeps what it was verified with, until it is sent again", func(t *testing.T) {
		l := pending(t)
		picture(l, "a")
		mustApprove(t, l)
		if dropped := picture(l, "b"); dropped != nil {
			t.Errorf("dropped %v", dropped)
		}
		has(t, l, "a", "b")
		if l.Status != profile.Verified {
			t.Errorf("it is %s", l.Status)
		}
		l.Submit(read(t, same), now) // the same, but with another photo
		if c, _ := l.Recorded(); !slices.Equal(c.DroppedPhotos, []string{"a"}) || l.Status != profile.Pending {
			t.Errorf("it is %s, dropped %v", l.Status, c.DroppedPhotos)
		}
		has(t, l, "b", "")
	})
	t.Run("one that waits for a verified licence is replaced by a later one", func(t *testing.T) {
		l := pending(t)
		picture(l, "a")
		mustApprove(t, l)
		picture(l, "b")
		picture(l, "c")
		has(t, l, "a", "c")
	})
	t.Run("a verified one without a photo takes one", func(t *testing.T) {
		l := pending(t)
		mustApprove(t, l)
		picture(l, "a")
		has(t, l, "a", "")
	})
	t.Run("one can take photos away, save that of a verified licence", func(t *testing.T) {
		l := pending(t)
		if err := l.RemovePhoto(now); !errors.Is(err, profile.ErrNoPhoto) {
			t.Errorf("got %v", err)
		}
		picture(l, "a")
		request(l, "b")
		if err := l.RemovePhoto(now); err != nil {
			t.Error(err)
		}
		l.Saved()
		has(t, l, "", "")
		picture(l, "c")
		mustApprove(t, l)
		if err := l.RemovePhoto(now); !errors.Is(err, profile.ErrPhotoInUse) {
			t.Errorf("got %v", err)
		}
		request(l, "d")
		if err := l.RemovePhoto(now); err != nil {
			t.Error(err)
		}
		has(t, l, "c", "")
	})
}

func TestNumberKey(t *testing.T) {
	key := func(number, country string) string {
		return read(t, func(f *profile.Form) { f.Number, f.Country = number, country }).NumberKey()
	}
	if a, b := key("B072 rre-2I55", "DE"), key("b072RRE2i55", "DE"); a != b {
		t.Errorf("%s is not %s", a, b)
	}
	if a, b := key("Ｂ０７２ＲＲＥ２Ｉ５５", "DE"), key("b072RRE2i55", "DE"); a != b {
		t.Errorf("in full width %s is not %s", a, b)
	}
	if a, b := key("B072RRE2I55", "DE"), key("B072RRE2I55", "FR"); a == b {
		t.Error("two countries have one number")
	}
	if (profile.Submission{}).NumberKey() != "" {
		t.Error("no number has a key")
	}
}

func TestVerdict(t *testing.T) {
	verified := func(change func(*profile.Form)) profile.Licence {
		l := profile.New("1")
		l.Submit(read(t, change), now)
		l.Saved()
		mustApprove(t, &l)
		return l
	}
	at := func(s string) time.Time {
		at, err := time.Parse(time.RFC3339, s)
		if err != nil {
			t.Fatal(err)
		}
		return at
	}
	t.Run("the last day counts to its end, the next does not", func(t *testing.T) {
		l := verified(func(f *profile.Form) { f.ExpiresOn = "2030-06-30" })
		if v := l.Verdict(policy, at("2030-06-30T23:59:59Z")); v != (profile.Verdict{Verified: true}) {
			t.Errorf("got %+v", v)
		}
		if v := l.Verdict(policy, at("2030-07-01T00:00:00Z")); v != (profile.Verdict{Reason: "expired"}) {
			t.Errorf("got %+v", v)
		}
	})
	t.Run("age is looked at again", func(t *testing.T) {
		l := verified(func(f *profile.Form) { f.BirthDate = "2012-02-29" })
		strict := profile.Policy{AdultAge: 21}
		if v := l.Verdict(strict, at("2033-01-01T00:00:00Z")); v != (profile.Verdict{Reason: "underage"}) {
			t.Errorf("got %+v", v)
		}
		l = verified(func(f *profile.Form) { f.BirthDate = "2012-02-29"; f.ExpiresOn = "2040-01-01" })
		if v := l.Verdict(strict, at("2033-02-28T23:59:59Z")); v.Verified {
			t.Errorf("got %+v", v)
		}
		if v := l.Verdict(strict, at("2033-03-01T00:00:00Z")); !v.Verified {
			t.Errorf("got %+v", v)
		}
	})
	t.Run("what is not verified says what it is", func(t *testing.T) {
		pending, unsubmitted := profile.New("1"), profile.New("1")
		pending.Submit(read(t, same), now)
		if p, u := pending.Verdict(policy, now), unsubmitted.Verdict(policy, now); p.Reason != "pending" || u.Reason != "unsubmitted" || p.Verified || u.Verified {
			t.Errorf("got %+v, %+v", p, u)
		}
	})
}

func mustApprove(t *testing.T, l *profile.Licence) {
	t.Helper()
	if err := l.Approve("9", profile.Evidence{}, policy, now); err != nil {
		t.Fatal(err)
	}
	l.Saved()
}

func expectChanges(t *testing.T, l *profile.Licence, want ...profile.ChangeKind) {
	t.Helper()
	var got []profile.ChangeKind
	if c, changed := l.Recorded(); changed {
		got = append(got, c.Kind)
	}
	if !slices.Equal(got, want) {
		t.Errorf("changes %v, want %v", got, want)
	}
}
