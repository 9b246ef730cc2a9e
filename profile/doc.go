// Package profile keeps driver's licences: riders send theirs, staff verify them, and
// trips ask whether somebody may drive.
//
// # Words
//
// A licence is what one account says of its driver's licence, and what became of it. A
// form is that as it was typed; a submission is a form that kept the rules. A verdict
// says whether the account may drive at this moment. A photo is a picture of the licence;
// the blob service has its bytes, we have its id.
//
// # States
//
//	unsubmitted ──submit──▶ pending ──approve──▶ verified
//	                         ▲   └────reject───▶ rejected
//	                         └──submit───────────────┘ (also a verified one, when changed)
//
// # Invariants
//
// A verdict is yes only for a verified licence that has not expired, of an adult: all
// three are looked at when it is asked for, and when it is approved. A licence that has
// expired stays verified and says that it has; its rider sends a new one. A number is
// verified for one account: who comes second is refused where staff decide, so that
// nobody can ask which numbers we know. Approving and rejecting apply to a pending
// licence alone; doing either twice does nothing. Who says what was looked at decides on
// that alone. Each saved change raises the version by one and appends one event, which
// names nobody. A photo stays until its successor is there, and as long as the licence is
// verified with it; one that a licence no longer has is deleted, however often we crash in
// between. Of a person who is erased it is known that it was, and nothing else is written
// any more, however late it comes.
//
// A reader may read the photos of pending licences, in its own time. What it reads is
// shown to staff beside what the rider said, and approves nothing unless the company
// wants that. A reader that is away leaves the licence to a person.
package profile
