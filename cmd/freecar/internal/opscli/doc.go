// Package opscli is freecar ops, the tooling of staff: a client of the public API, as any
// other. Its commands are made of a few shapes, so that all behave alike:
//
//   - a listing pages through a list: a table, or with --json one item a line;
//   - a single does one thing and shows what it answered;
//   - a bulk does the same to several ids, goes on after a refusal and sums up.
//
// A shape is filled in with a route of a service's …api package, a few columns and
// examples: it brings paging, --json, progress, questions before what cannot be undone,
// completion of ids, and errors that say what to do.
//
// What is asked for goes to stdout, everything else to stderr. The exit code is 0 for
// done, 1 for refused or failed, 2 for a command that was not understood.
package opscli
