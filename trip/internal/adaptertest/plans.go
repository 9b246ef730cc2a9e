package adaptertest

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"testing"
	"time"

	"freecar/internal/errs"
	"freecar/internal/events"
	"freecar/internal/idem"
	"freecar/trip"
)

// PlanStore is a store of plans under test, with what its contract looks at from outside.
type PlanStore struct {
	trip.PlanStore
	// History is the events saved for a plan, by version.
	History func(ctx context.Context, id string) ([]events.Event, error)
}

// OpenPlans gives a store with nothing in it, and another handle on the same data.
type OpenPlans func(t *testing.T) (PlanStore, func() PlanStore)

// Plans holds a store of plans to its contract.
func Plans(t *testing.T, open OpenPlans) {
	t.Run("what is published comes back equal, as the version after the latest, with its event", func(t *testing.T) { planRoundTrip(t, open) })
	t.Run("what is not there", func(t *testing.T) { planAbsent(t, open) })
	t.Run("an error of next saves nothing", func(t *testing.T) { planRollback(t, open) })
	t.Run("many publish at once: each has a version of its own", func(t *testing.T) { planRace(t, open) })
	t.Run("one of many seeds", func(t *testing.T) { planSeed(t, open) })
	t.Run("a key answers what it answered, for a day", func(t *testing.T) { planKey(t, open) })
	t.Run("lists: each plan's latest by id, one's versions downwards", func(t *testing.T) { planLists(t, open) })
}

// fancy has every field set.
func fancy(id string) trip.Plan {
	return trip.Plan{
		ID: id, Name: "Fancy", Currency: "EUR", VATBasisPoints: 1900, Unlock: 100,
		PerMinute:       []trip.Segment{{Start: 0, Rate: 30, Interval: 1, End: 10}, {Start: 10, Rate: 20, Interval: 1}},
		PerPausedMinute: 9, PerKilometre: []trip.Segment{{Start: 100, Rate: 19, Interval: 1}},
		Cap: 9000, Hold: 2000, Grace: 90 * time.Second, At: now,
	}
}

func publish(t *testing.T, s PlanStore, p trip.Plan) trip.Plan {
	t.Helper()
	saved, _, err := s.Publish(t.Context(), p.ID, idem.Key{}, now, func(trip.Plan) (trip.Plan, error) { return p, nil })
	if err != nil {
		t.Fatal(err)
	}
	return saved
}

func planRoundTrip(t *testing.T, open OpenPlans) {
	s, again := open(t)
	first := publish(t, s, fancy("p"))
	second := fancy("p")
	second.Name, second.Retired, second.Cap = "Second", true, 0
	var seen trip.Plan
	saved, replayed, err := s.Publish(t.Context(), "p", idem.Key{}, now, func(latest trip.Plan) (trip.Plan, error) { seen = latest; return second, nil })
	if err != nil || replayed || saved.Version != 2 || first.Version != 1 {
		t.Fatalf("got version %d after %d, replayed %v, %v", saved.Version, first.Version, replayed, err)
	}
	if fmt.Sprintf("%+v", seen) != fmt.Sprintf("%+v", first) {
		t.Errorf("next saw %+v, want %+v", seen, first)
	}
	got, err := again().Latest(t.Context(), "p")
	if err != nil || fmt.Sprintf("%+v", got) != fmt.Sprintf("%+v", saved) {
		t.Errorf("got  %+v, %v\nwant %+v", got, err, saved)
	}
	versions, err := again().Versions(t.Context(), "p", 0, 10)
	if err != nil || len(versions) != 2 || fmt.Sprintf("%+v", versions[1]) != fmt.Sprintf("%+v", first) {
		t.Errorf("the first version is %+v, %v", versions, err)
	}
	history, err := s.History(t.Context(), "p")
	if err != nil || len(history) != 2 || history[1].Version != 2 || len(history[1].Data) == 0 {
		t.Errorf("events %+v, %v", history, err)
	}
}

func planAbsent(t *testing.T, open OpenPlans) {
	s, _ := open(t)
	if _, err := s.Latest(t.Context(), "p"); errs.KindOf(err) != errs.NotFound {
		t.Errorf("got %v", err)
	}
	if plans, err := s.Plans(t.Context(), "", 10); err != nil || len(plans) != 0 {
		t.Errorf("got %v, %v", plans, err)
	}
	if plans, err := s.Versions(t.Context(), "p", 0, 10); err != nil || len(plans) != 0 {
		t.Errorf("got %v, %v", plans, err)
	}
}

func planRollback(t *testing.T, open OpenPlans) {
	s, _ := open(t)
	no := errors.New("no")
	key := idem.Key{Principal: "1", Operation: "o", Value: "k", BodyHash: "h"}
	if _, _, err := s.Publish(t.Context(), "p", key, now, func(trip.Plan) (trip.Plan, error) { return fancy("p"), no }); !errors.Is(err, no) {
		t.Errorf("got %v", err)
	}
	if _, err := s.Latest(t.Context(), "p"); errs.KindOf(err) != errs.NotFound {
		t.Errorf("something was saved: %v", err)
	}
	if _, replayed, err := s.Publish(t.Context(), "p", key, now, func(trip.Plan) (trip.Plan, error) { return fancy("p"), nil }); err != nil || replayed {
		t.Errorf("the key was recorded: %v, %v", replayed, err)
	}
}

func planRace(t *testing.T, open OpenPlans) {
	s, again := open(t)
	stores := []PlanStore{s, again()}
	race(t, nil, func(i int) error {
		_, _, err := stores[i%2].Publish(t.Context(), "p", idem.Key{}, now, func(latest trip.Plan) (trip.Plan, error) {
			p := fancy("p")
			p.Cap = 1000 + latest.Version + 1
			return p, nil
		})
		return err
	})
	versions, err := s.Versions(t.Context(), "p", 0, racers+1)
	if err != nil || len(versions) != racers {
		t.Fatalf("%d versions, %v", len(versions), err)
	}
	for i, p := range versions {
		if want := int64(racers - i); p.Version != want || p.Cap != 1000+want {
			t.Errorf("version %d made of version %d", p.Version, p.Cap-1001)
		}
	}
}

func planSeed(t *testing.T, open OpenPlans) {
	s, again := open(t)
	stores := []PlanStore{s, again()}
	there := errors.New("there")
	if won := race(t, there, func(i int) error {
		_, _, err := stores[i%2].Publish(t.Context(), "p", idem.Key{}, now, func(latest trip.Plan) (trip.Plan, error) {
			if latest.Version > 0 {
				return trip.Plan{}, there
			}
			return fancy("p"), nil
		})
		return err
	}); won != 1 {
		t.Errorf("%d seeded", won)
	}
}

func planKey(t *testing.T, open OpenPlans) {
	s, again := open(t)
	key := idem.Key{Principal: "1", Operation: "o", Value: "k", BodyHash: "h"}
	ask := func(s PlanStore, key idem.Key, at time.Time) (trip.Plan, bool, error) {
		return s.Publish(t.Context(), "p", key, at, func(trip.Plan) (trip.Plan, error) { return fancy("p"), nil })
	}
	first, _, err := ask(s, key, now)
	if err != nil {
		t.Fatal(err)
	}
	publish(t, s, fancy("p"))
	got, replayed, err := ask(again(), key, now.Add(idem.Keep-time.Minute))
	if err != nil || !replayed || fmt.Sprintf("%+v", got) != fmt.Sprintf("%+v", first) {
		t.Errorf("got %+v, %v, %v; want %+v", got, replayed, err, first)
	}
	other := key
	other.BodyHash = "i"
	if _, _, err := ask(s, other, now); errs.KindOf(err) != errs.KeyReused {
		t.Errorf("another body: %v", err)
	}
	if got, replayed, err := ask(s, key, now.Add(idem.Keep+time.Minute)); err != nil || replayed || got.Version != 3 {
		t.Errorf("after a day: version %d, %v, %v", got.Version, replayed, err)
	}
}

func planLists(t *testing.T, open OpenPlans) {
	s, _ := open(t)
	for _, id := range []string{"b", "a", "c", "b", "b"} {
		publish(t, s, fancy(id))
	}
	names := func(plans []trip.Plan, err error) (list []string) {
		if err != nil {
			t.Error(err)
		}
		for _, p := range plans {
			list = append(list, fmt.Sprintf("%s%d", p.ID, p.Version))
		}
		return list
	}
	for _, c := range []struct{ got, want []string }{
		{names(s.Plans(t.Context(), "", 2)), []string{"a1", "b3"}},
		{names(s.Plans(t.Context(), "b", 2)), []string{"c1"}},
		{names(s.Versions(t.Context(), "b", 0, 2)), []string{"b3", "b2"}},
		{names(s.Versions(t.Context(), "b", 2, 2)), []string{"b1"}},
	} {
		if !slices.Equal(c.got, c.want) {
			t.Errorf("got %v, want %v", c.got, c.want)
		}
	}
}
