// Package architecture keeps FreeCar's boundaries: who may import whom, that
// every package says what it is for, and that no file names a machine of ours.
//
// Its words:
//
//   - a [Package] is what the checks read: the files of one folder and what
//     they import. [Load] parses them from a tree; tests write their own.
//   - a place is where a package stands in the layout: which service, which
//     layer (domain, api, endpoint, adapter, …). See place.go.
//   - a relation is what an import is to the package that imports it: its own
//     domain, another service's api, a driver, … See relation.go.
//   - a rule says which relations a layer may have, and why. See rules.go:
//     that table is the architecture.
//
// Test files are freer: they may import any library and anything of their own
// service, and what the services share. The border between services holds in
// tests too.
//
// A new folder that no rule knows is refused until it has a place: decide where
// it stands before it fills.
package architecture
