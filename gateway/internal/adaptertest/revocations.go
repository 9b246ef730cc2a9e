package adaptertest

import (
	"testing"
	"time"

	"freecar/gateway"
	"freecar/internal/errs"
)

// Revoker is who fills the list that a gateway.RevocationFeed shows.
type Revoker struct {
	// Add puts revocations at the end of the list.
	Add func(...gateway.Revocation)
	// Restore puts the list back to its first n revocations.
	Restore func(n int)
	// Fail has the list be away, or there again.
	Fail func(bool)
}

// RevocationFeed holds an adapter to the port. Each call of fresh gives one with an empty
// list.
func RevocationFeed(t *testing.T, fresh func(*testing.T) (gateway.RevocationFeed, Revoker)) {
	until := time.Date(2030, 5, 1, 12, 20, 0, 0, time.UTC)
	list := []gateway.Revocation{
		{Subject: "1", Session: "s-1", Until: until},
		{Subject: "2", Before: 3, Spared: "s-2", Until: until},
		{Subject: "3", Before: 2, Until: until.Add(time.Second)},
	}
	t.Run("an empty list has a place to go on from", func(t *testing.T) {
		feed, revoker := fresh(t)
		batch := next(t, feed, 0)
		if len(batch.Items) != 0 || batch.More {
			t.Errorf("got %+v", batch)
		}
		revoker.Add(list[0])
		expectRevocations(t, next(t, feed, batch.Next), list[:1])
	})
	t.Run("what comes later lies behind the place, each once", func(t *testing.T) {
		feed, revoker := fresh(t)
		revoker.Add(list[:2]...)
		first := next(t, feed, 0)
		expectRevocations(t, first, list[:2])
		expectRevocations(t, next(t, feed, first.Next), nil)
		revoker.Add(list[2])
		second := next(t, feed, first.Next)
		expectRevocations(t, second, list[2:])
		if second.Next <= first.Next {
			t.Errorf("place %d after %d", second.Next, first.Next)
		}
		expectRevocations(t, next(t, feed, 0), list)
	})
	t.Run("a long list comes in pieces", func(t *testing.T) {
		feed, revoker := fresh(t)
		const many = 2500
		for range many {
			revoker.Add(list[0])
		}
		pieces, got := 0, 0
		for place := int64(0); ; pieces++ {
			batch := next(t, feed, place)
			got, place = got+len(batch.Items), batch.Next
			if !batch.More {
				break
			}
		}
		if got != many || pieces == 0 {
			t.Errorf("got %d in %d pieces and one", got, pieces)
		}
	})
	t.Run("a list that was put back says so", func(t *testing.T) {
		feed, revoker := fresh(t)
		revoker.Add(list...)
		place := next(t, feed, 0).Next
		revoker.Restore(1)
		if batch := next(t, feed, place); batch.Next >= place || len(batch.Items) != 0 {
			t.Errorf("got %+v", batch)
		}
		expectRevocations(t, next(t, feed, 0), list[:1])
	})
	t.Run("a list that is away is a fault, and then there again", func(t *testing.T) {
		feed, revoker := fresh(t)
		revoker.Add(list[0])
		revoker.Fail(true)
		if _, err := feed.Next(t.Context(), 0); !errs.IsFault(err) {
			t.Errorf("got %v", err)
		}
		revoker.Fail(false)
		expectRevocations(t, next(t, feed, 0), list[:1])
	})
}

func next(t *testing.T, feed gateway.RevocationFeed, after int64) gateway.RevocationBatch {
	t.Helper()
	batch, err := feed.Next(t.Context(), after)
	if err != nil {
		t.Fatal(err)
	}
	return batch
}

func expectRevocations(t *testing.T, got gateway.RevocationBatch, want []gateway.Revocation) {
	t.Helper()
	if len(got.Items) != len(want) || got.More {
		t.Errorf("got %+v, want %+v", got, want)
		return
	}
	for i := range want {
		if got.Items[i] != want[i] {
			t.Errorf("got  %+v\nwant %+v", got.Items[i], want[i])
		}
	}
}
