package adaptertest

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"sync"
	"testing"
	"time"

	"freecar/blob"
	"freecar/internal/errs"
	"freecar/internal/events"
)

// Rows is a repository under test, with what its contract looks at from outside.
type Rows struct {
	blob.Repository
	// History is the events saved for an object, by version.
	History func(ctx context.Context, id string) ([]events.Event, error)
}

// OpenRows gives a repository with nothing in it, and another handle on the same data.
type OpenRows func(t *testing.T) (Rows, func() Rows)

// Objects holds a repository to its contract.
func Objects(t *testing.T, open OpenRows) {
	t.Run("what is saved comes back equal", func(t *testing.T) { roundTrip(t, open) })
	t.Run("what is not there is NotFound", func(t *testing.T) { absent(t, open) })
	t.Run("an id is taken once", func(t *testing.T) { duplicate(t, open) })
	t.Run("a failed change saves nothing", func(t *testing.T) { rollback(t, open) })
	t.Run("a change that records nothing saves nothing", func(t *testing.T) { unchanged(t, open) })
	t.Run("of many that delete one does", func(t *testing.T) { oneDeletes(t, open) })
	t.Run("what is due comes by id, page by page", func(t *testing.T) { due(t, open) })
	t.Run("what an account has comes by id, page by page", func(t *testing.T) { owned(t, open) })
	t.Run("who is erased gets no objects, and those that are there end", func(t *testing.T) { refuse(t, open) })
	t.Run("only deleted objects are forgotten", func(t *testing.T) { forget(t, open) })
	t.Run("the caller's later changes stay the caller's", func(t *testing.T) { copies(t, open) })
}

func create(t *testing.T, r Rows, at time.Time) blob.Object {
	t.Helper()
	o, err := blob.NewObject(id(), blob.Draft{Owner: "1", Purpose: blob.LicencePhoto, ContentType: "image/png", Size: 1000}, at)
	if err != nil {
		t.Fatal(err)
	}
	if err := r.Create(t.Context(), o); err != nil {
		t.Fatal(err)
	}
	o.Saved()
	return o
}

func update(t *testing.T, r Rows, id string, change func(*blob.Object) error) blob.Object {
	t.Helper()
	o, err := r.Update(t.Context(), id, change)
	if err != nil {
		t.Fatal(err)
	}
	return o
}

func confirm(o *blob.Object) error {
	return o.Confirm(blob.Content{ContentType: "image/png", Size: 999}, now.Add(time.Minute))
}

func remove(o *blob.Object) error { return o.Delete(now.Add(2 * time.Minute)) }

// is says that the repository has exactly this object, with an event for each version.
func is(t *testing.T, r Rows, want blob.Object) {
	t.Helper()
	got, err := r.Object(t.Context(), want.ID)
	if err != nil {
		t.Fatal(err)
	}
	if got != want {
		t.Errorf("got  %+v\nwant %+v", got, want)
	}
	history, err := r.History(t.Context(), want.ID)
	if err != nil || int64(len(history)) != want.Version {
		t.Fatalf("%d events, %v, want %d", len(history), err, want.Version)
	}
	for i, e := range history {
		if e.Version != int64(i)+1 || e.Subject != want.ID {
			t.Errorf("event %d is %s@%d", i, e.Subject, e.Version)
		}
	}
}

func missing(t *testing.T, err error) {
	t.Helper()
	if errs.KindOf(err) != errs.NotFound {
		t.Errorf("got %v, want NotFound", err)
	}
}

func roundTrip(t *testing.T, open OpenRows) {
	r, again := open(t)
	o := create(t, r, now)
	is(t, again(), o)
	o = update(t, r, o.ID, confirm)
	if o.State != blob.Stored || o.Size != 999 || o.StoredAt != now.Add(time.Minute) || !o.NextAt.IsZero() || o.Version != 2 {
		t.Fatalf("saved %+v", o)
	}
	is(t, again(), o)
	o = update(t, r, o.ID, remove)
	if o.State != blob.Deleted || o.NextAt.Before(o.UploadBefore) {
		t.Fatalf("saved %+v", o)
	}
	is(t, again(), o)
}

func absent(t *testing.T, open OpenRows) {
	r, _ := open(t)
	_, err := r.Object(t.Context(), id())
	missing(t, err)
	_, err = r.Update(t.Context(), id(), func(*blob.Object) error { t.Error("changed what is not there"); return nil })
	missing(t, err)
	if err := r.Forget(t.Context(), id()); err != nil {
		t.Error(err)
	}
}

func duplicate(t *testing.T, open OpenRows) {
	r, _ := open(t)
	first := create(t, r, now)
	second, err := blob.NewObject(first.ID, blob.Draft{Owner: "2", Purpose: blob.Avatar, ContentType: "image/webp", Size: 5}, now)
	if err != nil {
		t.Fatal(err)
	}
	if err := r.Create(t.Context(), second); errs.KindOf(err) != errs.Conflict {
		t.Errorf("got %v", err)
	}
	is(t, r, first)
}

func rollback(t *testing.T, open OpenRows) {
	r, _ := open(t)
	want := create(t, r, now)
	refused := errors.New("refused")
	_, err := r.Update(t.Context(), want.ID, func(o *blob.Object) error { return errors.Join(confirm(o), refused) })
	if !errors.Is(err, refused) {
		t.Errorf("got %v", err)
	}
	is(t, r, want)
}

func unchanged(t *testing.T, open OpenRows) {
	r, _ := open(t)
	want := update(t, r, create(t, r, now).ID, confirm)
	update(t, r, want.ID, confirm)
	is(t, r, want)
}

func oneDeletes(t *testing.T, open OpenRows) {
	const racers = 32
	r, again := open(t)
	handles := []Rows{r, again()}
	want := create(t, r, now)
	got := make([]error, racers)
	begin := make(chan struct{})
	var wg sync.WaitGroup
	for i := range racers {
		wg.Go(func() {
			<-begin
			_, got[i] = handles[i%2].Update(t.Context(), want.ID, remove)
		})
	}
	close(begin)
	wg.Wait()
	won := 0
	for _, err := range got {
		switch {
		case err == nil:
			won++
		case !errors.Is(err, blob.ErrNoObject):
			t.Errorf("got %v", err)
		}
	}
	if won != 1 {
		t.Errorf("%d deleted it", won)
	}
	if err := remove(&want); err != nil {
		t.Fatal(err)
	}
	want.Saved()
	is(t, r, want)
}

func due(t *testing.T, open OpenRows) {
	r, _ := open(t)
	var want []string
	for range 7 {
		want = append(want, create(t, r, now).ID)
	}
	create(t, r, now.Add(time.Millisecond))     // a moment too young
	update(t, r, create(t, r, now).ID, confirm) // nothing to do
	gone := update(t, r, create(t, r, now).ID, remove)
	want = append(want, gone.ID)
	slices.Sort(want)
	var got []string
	for after := ""; ; after = got[len(got)-1] {
		page, err := r.Due(t.Context(), gone.NextAt, after, 3)
		if err != nil {
			t.Fatal(err)
		}
		for _, o := range page {
			got = append(got, o.ID)
		}
		if len(page) < 3 {
			break
		}
	}
	if !slices.Equal(got, want) {
		t.Errorf("got %v, want %v", got, want)
	}
	if page, err := r.Due(t.Context(), gone.NextAt.Add(-time.Millisecond), "", 10); err != nil || len(page) != 0 {
		t.Errorf("too early: %v, %v", page, err)
	}
}

func forget(t *testing.T, open OpenRows) {
	r, _ := open(t)
	pending, stored, deleted := create(t, r, now), create(t, r, now), create(t, r, now)
	stored = update(t, r, stored.ID, confirm)
	update(t, r, deleted.ID, remove)
	for range 2 {
		for _, o := range []blob.Object{pending, stored, deleted} {
			if err := r.Forget(t.Context(), o.ID); err != nil {
				t.Fatal(err)
			}
		}
	}
	is(t, r, pending)
	is(t, r, stored)
	_, err := r.Object(t.Context(), deleted.ID)
	missing(t, err)
}

func copies(t *testing.T, open OpenRows) {
	r, _ := open(t)
	var kept *blob.Object
	want := update(t, r, create(t, r, now).ID, func(o *blob.Object) error { kept = o; return confirm(o) })
	kept.Owner, kept.State = "thief", blob.Deleted
	is(t, r, want)
	page, err := r.Due(t.Context(), now.Add(time.Hour), "", 1)
	if err != nil || len(page) != 0 {
		t.Errorf("got %s, %v", fmt.Sprint(page), err)
	}
}

func owned(t *testing.T, open OpenRows) {
	r, _ := open(t)
	var want []string
	for range 5 {
		want = append(want, create(t, r, now).ID)
	}
	other, err := blob.NewObject(id(), blob.Draft{Owner: "2", Purpose: blob.Avatar, ContentType: "image/webp", Size: 5}, now)
	if err != nil {
		t.Fatal(err)
	}
	if err := r.Create(t.Context(), other); err != nil {
		t.Fatal(err)
	}
	update(t, r, want[0], confirm)
	update(t, r, want[4], remove)
	slices.Sort(want[:4])
	var got []string
	for after := ""; ; {
		page, err := r.OwnedBy(t.Context(), "1", after, 3)
		if err != nil {
			t.Fatal(err)
		}
		for _, o := range page {
			got, after = append(got, o.ID), o.ID
		}
		if len(page) < 3 {
			break
		}
	}
	if !slices.Equal(got, want[:4]) {
		t.Errorf("got %v, want %v", got, want[:4])
	}
}

func refuse(t *testing.T, open OpenRows) {
	r, again := open(t)
	o := create(t, r, now)
	for range 2 {
		if err := again().Refuse(t.Context(), o.Owner); err != nil {
			t.Fatal(err)
		}
	}
	late, err := blob.NewObject(id(), blob.Draft{Owner: o.Owner, Purpose: blob.LicencePhoto, ContentType: "image/png", Size: 1000}, now)
	if err != nil {
		t.Fatal(err)
	}
	if err := r.Create(t.Context(), late); !errors.Is(err, blob.ErrErased) {
		t.Errorf("created: %v", err)
	}
	if _, err := r.Update(t.Context(), o.ID, confirm); !errors.Is(err, blob.ErrErased) {
		t.Errorf("confirmed: %v", err)
	}
	if got := update(t, r, o.ID, remove); got.State != blob.Deleted || got.Version != 2 {
		t.Errorf("got %+v", got)
	}
	other := late
	other.Owner = "2"
	if err := r.Create(t.Context(), other); err != nil {
		t.Errorf("another's: %v", err)
	}
}
