package main

import (
	"fmt"
	"net/http"
	"sync"
	"testing"
	"time"

	"freecar/internal/histories"
)

// TestClaimsOfAPromotion: a promotion for a few trips, which free ones give back, is never
// had by more, and refused only while that many have it (21).
func TestClaimsOfAPromotion(t *testing.T) {
	const riders, rounds, limit = 6, 6, 2
	r := newRig(t, 2, riders, brief(time.Minute))
	r.staff.want(http.StatusCreated, http.MethodPost, "/v1/ops/promotions",
		m{"code": "few", "percent_off": 50, "total_limit": limit, "account_limit": 100}, "Idempotency-Key", "few")
	r.free(riders)
	begun := time.Now()
	now := func() int64 { return int64(time.Since(begun)) }
	var mu sync.Mutex
	var history []histories.Op
	told := map[string]int{}
	note := func(what string, client int, call int64, in histories.CounterOp) {
		in.Who = fmt.Sprint("rider ", client)
		o := histories.Op{Client: client, Call: call, Return: now(), In: in}
		mu.Lock()
		defer mu.Unlock()
		history = append(history, o)
		told[what]++
	}
	var wg sync.WaitGroup
	for i := range riders {
		rider, _ := r.rider(r.staff)
		wg.Go(func() {
			for range rounds {
				asked := now()
				a, err := rider.try(http.MethodPost, "/v1/trips", m{"car_id": r.fleet[i], "promo_code": "few"})
				switch {
				case err == nil && a.status == http.StatusCreated:
					note("had", i, asked, histories.CounterOp{Take: true})
				case err == nil && a.code() == "promo_refused":
					note("refused", i, asked, histories.CounterOp{None: true})
					continue
				default:
					t.Errorf("starting: %v, %v", a.body, err)
					return
				}
				trip := "/v1/trips/" + a.body["id"].(string)
				settle(t, rider, trip, state("in_progress"))
				ended := now()
				if a, err := rider.try(http.MethodPost, trip+"/end", nil); err != nil || a.status >= 300 {
					t.Errorf("ending: %v, %v", a.body, err)
				}
				settle(t, rider, trip, state("finished"))
				note("given back", i, ended, histories.CounterOp{GiveBack: true})
			}
		})
	}
	wg.Wait()
	t.Log(told)
	if told["had"] == 0 || told["refused"] == 0 {
		t.Errorf("no contest: %v", told)
	}
	histories.Check(t, histories.Folder(t), "promotion", histories.Counter(limit), history, time.Minute)
	checkInvariants(t, r)
}
