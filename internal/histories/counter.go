package histories

import "fmt"

// CounterOp takes one of a limited number of things, gives it back, or found none left.
type CounterOp struct {
	Take, GiveBack, None bool
	Who                  string
}

func (o CounterOp) String() string {
	switch {
	case o.Take:
		return o.Who + " takes one"
	case o.GiveBack:
		return o.Who + " gives one back"
	default:
		return o.Who + " finds none"
	}
}

// Counter is the promise of a promotion that so many trips may have.
func Counter(limit int) Model {
	return Model{
		Init: func() []any { return []any{0} },
		Step: func(state, in, _ any) []any {
			used, o := state.(int), in.(CounterOp)
			switch {
			case o.Take && used < limit:
				return []any{used + 1}
			case o.GiveBack && used > 0:
				return []any{used - 1}
			case o.None && used == limit:
				return []any{used}
			}
			return nil
		},
		Equal:             func(a, b any) bool { return a == b },
		DescribeOperation: func(in, _ any) string { return in.(CounterOp).String() },
		DescribeState:     func(state any) string { return fmt.Sprintf("%d of %d", state, limit) },
	}
}
