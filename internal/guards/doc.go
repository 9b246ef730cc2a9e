// Guards takes the guards of our code out, one at a time, and looks whether a test fails:
// what no test misses is either not needed or not tested.
//
//	go run ./internal/guards ./car ./trip          the guards of these packages
//	go run ./internal/guards -run Refund ./user    those whose function's name matches
//	go run ./internal/guards -list ./user          say what would be taken out
//
// A guard is an if, or a case of a switch without a value, that does nothing but return:
// a refusal, a second time that changes nothing, a limit. Errors that are passed on
// (err != nil) are no guards. Of "a || b" each is one. A guard's condition becomes false in
// an overlay of the build, so that the tree stays as it is. First the package's own tests run, then those of
// the packages beneath it. Guards that no test can miss are in accepted.txt, with the
// reason.
//
// The command ends with 1 when a guard is not missed, and with 2 when it cannot work.
package main
