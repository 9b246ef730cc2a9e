package histories

import "fmt"

// RegisterKind is what is done to, or seen of, a register.
type RegisterKind string

// What can be done to a register that has one owner at most.
const (
	Take   RegisterKind = "take"   // by ID; only while nobody has it, and it is open
	Drop   RegisterKind = "drop"   // by ID, who has it
	Own    RegisterKind = "own"    // it was seen that ID has it
	Taken  RegisterKind = "taken"  // it was seen that somebody has it
	Free   RegisterKind = "free"   // it was seen that nobody has it
	Close  RegisterKind = "close"  // nobody can take it any more; only while nobody has it
	Open   RegisterKind = "open"   // it can be taken again
	Closed RegisterKind = "closed" // it was seen that it cannot be taken
)

// RegisterOp is an operation on a register. One that is Maybe may also never have happened.
type RegisterOp struct {
	Kind  RegisterKind
	ID    string
	Maybe bool
}

func (o RegisterOp) String() string {
	text := string(o.Kind) + " " + o.ID
	if o.Maybe {
		text += "?"
	}
	return text
}

type registerState struct {
	owner  string
	closed bool
}

// do is the register after an operation; false where it could not have been done.
func (s registerState) do(o RegisterOp) (registerState, bool) {
	switch o.Kind {
	case Take:
		return registerState{owner: o.ID}, s == registerState{}
	case Drop:
		return registerState{closed: s.closed}, s.owner == o.ID
	case Own:
		return s, s.owner == o.ID
	case Taken:
		return s, s.owner != ""
	case Free:
		return s, s.owner == ""
	case Close:
		return registerState{closed: true}, s.owner == ""
	case Open:
		return registerState{owner: s.owner}, true
	case Closed:
		return s, s.closed
	}
	return s, false
}

// Register is the promise of a car's claim and of an account's slot: changed by
// compare-and-set alone.
func Register() Model {
	return Model{
		Init: func() []any { return []any{registerState{}} },
		Step: func(state, in, _ any) []any {
			s, o := state.(registerState), in.(RegisterOp)
			next, possible := s.do(o)
			var after []any
			if possible {
				after = append(after, next)
			}
			if o.Maybe && (!possible || next != s) {
				after = append(after, s)
			}
			return after
		},
		Equal:             func(a, b any) bool { return a == b },
		DescribeOperation: func(in, _ any) string { return in.(RegisterOp).String() },
		DescribeState:     func(state any) string { return fmt.Sprintf("%+v", state) },
	}
}
