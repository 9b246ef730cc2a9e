package profile

// Policy is what the company asks of drivers.
type Policy struct {
	// AdultAge is how old a driver must be, in years.
	AdultAge int
	// PhotoRequired says that nothing is approved without a photo.
	PhotoRequired bool
	// ApproveMatching lets the reader approve a licence whose photo says all that its
	// rider said.
	ApproveMatching bool
}

// oldest is the age from which on a date of birth is a typing error.
const oldest = 120

func (p Policy) adult(born, today Date) bool {
	return !today.Before(born.PlusYears(p.AdultAge))
}
