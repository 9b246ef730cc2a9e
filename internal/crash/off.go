//go:build !crash

package crash

// Armed says that the program was built to die.
const Armed = false

// Haste divides durations after which others take over from the dead.
const Haste = 1

// At is a point.
func At(moment, what string) {}

// Here is the point of whoever called the caller.
func Here(moment string) {}
