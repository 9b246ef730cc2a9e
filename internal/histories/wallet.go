package histories

import "fmt"

// WalletOp moves money between what is available and what is held, in minor units, or
// reads both.
type WalletOp struct {
	What string
	// Available and Held are what the operation adds to each or, of a read, what it saw.
	Available, Held int64
	Read            bool
	// Covered says that it only happens while what is available stays at zero or above.
	Covered bool
}

func (o WalletOp) String() string { return fmt.Sprintf("%s %+d/%+d", o.What, o.Available, o.Held) }

type walletState struct{ available, held int64 }

// Wallet is the promise of a rider's money: every read sees all that was answered before
// it, and what is held is covered.
func Wallet() Model {
	return Model{
		Init: func() []any { return []any{walletState{}} },
		Step: func(state, in, _ any) []any {
			s, o := state.(walletState), in.(WalletOp)
			if o.Read {
				if s != (walletState{o.Available, o.Held}) {
					return nil
				}
				return []any{s}
			}
			s.available += o.Available
			s.held += o.Held
			if s.held < 0 || o.Covered && s.available < 0 {
				return nil
			}
			return []any{s}
		},
		Equal:             func(a, b any) bool { return a == b },
		DescribeOperation: func(in, _ any) string { return in.(WalletOp).String() },
		DescribeState:     func(state any) string { return fmt.Sprintf("%+v", state) },
	}
}
