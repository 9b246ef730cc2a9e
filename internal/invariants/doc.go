// Package invariants holds a data folder against what must be true of a platform at rest:
// once nobody asks for anything any more, whatever was asked, killed and repeated before.
// It is for tests, and reads the stores of the services as they are on the disk, beside the
// processes that write them.
//
// A World is all that the stores hold at one moment; each check is a function of it. At
// rest means that no saga has a step to take, no command waits for a car, no claim is
// without its rental, and each event was handled by all who asked for it.
package invariants
