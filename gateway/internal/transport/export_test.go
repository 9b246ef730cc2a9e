package transport

// LeastRate changes how slow an upload may be, and gives back what it was.
func LeastRate(rate int64) (before int64) {
	before, leastRate = leastRate, rate
	return before
}
