package histories

import (
	"testing"
	"time"
)

// recorder notes failures instead of failing.
type recorder struct {
	testing.TB
	failed bool
}

func (r *recorder) Helper()               {}
func (r *recorder) Errorf(string, ...any) { r.failed = true }

func TestHistories(t *testing.T) {
	op := func(client int, call, end int64, in any) Op {
		return Op{Client: client, Call: call, Return: end, In: in}
	}
	take := func(id string) RegisterOp { return RegisterOp{Kind: Take, ID: id} }
	drop := func(id string) RegisterOp { return RegisterOp{Kind: Drop, ID: id} }
	maybe := func(o RegisterOp) RegisterOp { o.Maybe = true; return o }
	for _, tc := range []struct {
		name  string
		model Model
		ops   []Op
		keeps bool
	}{
		{"one after the other", Register(), []Op{op(0, 0, 1, take("a")), op(0, 2, 3, drop("a")), op(1, 4, 5, take("b"))}, true},
		{"a double booking", Register(), []Op{op(0, 0, 1, take("a")), op(1, 2, 3, take("b"))}, false},
		{"a release that may have been before", Register(), []Op{op(0, 0, 1, take("a")), op(0, 2, 9, drop("a")), op(1, 4, 5, take("b"))}, true},
		{"a release that was after", Register(), []Op{op(0, 0, 1, take("a")), op(0, 6, 9, drop("a")), op(1, 4, 5, take("b"))}, false},
		{"a refusal of what is free", Register(), []Op{op(0, 0, 1, take("a")), op(0, 2, 3, drop("a")), op(1, 4, 5, RegisterOp{Kind: Taken})}, false},
		{"a refusal that an unknown start explains", Register(), []Op{op(0, 0, Never, maybe(take("a"))), op(1, 4, 5, RegisterOp{Kind: Taken})}, true},
		{"a start that an unknown one did not keep", Register(), []Op{op(0, 0, Never, maybe(take("a"))), op(1, 4, 5, take("b"))}, true},
		{"an unknown start that was seen, and never gave it back", Register(),
			[]Op{op(0, 0, Never, maybe(take("a"))), op(2, 2, 3, RegisterOp{Kind: Own, ID: "a"}), op(1, 4, 5, take("b"))}, false},
		{"an unknown start that was seen, and gave it back", Register(),
			[]Op{op(0, 0, Never, maybe(take("a"))), op(0, 1, Never, maybe(drop("a"))), op(2, 2, 3, RegisterOp{Kind: Own, ID: "a"}), op(1, 4, 5, take("b"))}, true},
		{"a stale read", Register(), []Op{op(0, 0, 1, take("a")), op(1, 2, 3, RegisterOp{Kind: Free})}, false},
		{"taken while it is closed", Register(), []Op{op(0, 0, 1, RegisterOp{Kind: Close}), op(1, 2, 3, take("a"))}, false},
		{"closed while it is taken", Register(), []Op{op(1, 0, 1, take("a")), op(0, 2, 3, RegisterOp{Kind: Close})}, false},
		{"opened again", Register(), []Op{op(0, 0, 1, RegisterOp{Kind: Close}), op(1, 2, 3, RegisterOp{Kind: Closed}), op(0, 4, 5, RegisterOp{Kind: Open}), op(1, 6, 7, take("a"))}, true},

		{"money in, held, and paid", Wallet(), []Op{op(0, 0, 1, WalletOp{What: "top-up", Available: 50}), op(0, 2, 3, WalletOp{What: "hold", Available: -20, Held: 20, Covered: true}),
			op(1, 2, 3, WalletOp{Read: true, Available: 50}), op(1, 4, 5, WalletOp{Read: true, Available: 30, Held: 20}),
			op(0, 6, 7, WalletOp{What: "capture", Available: 15, Held: -20}), op(1, 8, 9, WalletOp{Read: true, Available: 45})}, true},
		{"a read of old money", Wallet(), []Op{op(0, 0, 1, WalletOp{What: "top-up", Available: 50}), op(1, 2, 3, WalletOp{Read: true})}, false},
		{"a lost update", Wallet(), []Op{op(0, 0, 5, WalletOp{What: "top-up", Available: 50}), op(1, 0, 5, WalletOp{What: "top-up", Available: 30}), op(1, 6, 7, WalletOp{Read: true, Available: 50})}, false},
		{"a hold of what is not there", Wallet(), []Op{op(0, 0, 1, WalletOp{What: "hold", Available: -20, Held: 20, Covered: true})}, false},
		{"reads that go back", Wallet(), []Op{op(0, 0, 9, WalletOp{What: "top-up", Available: 50}), op(1, 1, 2, WalletOp{Read: true, Available: 50}), op(1, 3, 4, WalletOp{Read: true})}, false},

		{"as many as there are", Counter(2), []Op{op(0, 0, 1, CounterOp{Take: true}), op(1, 0, 1, CounterOp{Take: true}), op(2, 2, 3, CounterOp{None: true})}, true},
		{"one too many", Counter(1), []Op{op(0, 0, 1, CounterOp{Take: true}), op(1, 2, 3, CounterOp{Take: true})}, false},
		{"refused too early", Counter(2), []Op{op(0, 0, 1, CounterOp{Take: true}), op(1, 2, 3, CounterOp{None: true})}, false},
		{"given back in time", Counter(1), []Op{op(0, 0, 1, CounterOp{Take: true}), op(0, 2, 9, CounterOp{GiveBack: true}), op(1, 3, 4, CounterOp{Take: true})}, true},
	} {
		t.Run(tc.name, func(t *testing.T) {
			r := &recorder{TB: t}
			if got := Check(r, t.TempDir(), "object", tc.model, tc.ops, time.Minute); got != tc.keeps || r.failed == tc.keeps {
				t.Errorf("kept: %v, reported: %v, want %v", got, r.failed, tc.keeps)
			}
		})
	}
}
