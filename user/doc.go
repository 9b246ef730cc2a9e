// Package user knows who the people and devices are, lets them in, and keeps their money.
//
// # Words
//
// An account is a person: a rider or staff, known by an e-mail address or a phone number
// and proven by a password, or known to WeChat. Staff may have a second factor: codes of an
// authenticator app. A device speaks for cars and is proven by a secret that is shown once.
// A session is one sign-in of either; its access tokens live for minutes, its refresh token
// is replaced by each use. A revocation says which access tokens count no longer before
// their time is over; gateways follow the list of them. The ledger is a double-entry book:
// an entry moves an amount from one ledger account to another. A wallet is what two of those
// accounts say about one rider: what is free to use (available) and what is set aside
// (held); the two together are the balance. A hold sets money aside for one trip. A top-up
// brings money in through a payment provider. Staff correct with adjustments, which give to
// a wallet or take from it, and refunds, which give back what a trip cost.
//
// Staff are overseen: a record of the audit says which of them did what, in whichever
// service, from the event that told of it. An intervention is what they do to the platform
// itself: a cache purged, dead letters replayed.
//
// An avatar is the picture that a rider shows of itself; the blob service has its bytes.
// One stays until the bytes of the next have come.
//
// # States
//
// A top-up goes pending → settled or declined. It is saved as pending before the provider
// hears of it, so that whatever happens then, asking the provider under the top-up's id
// tells how it ended. A hold goes placed → captured or released, once; releasing a trip
// that holds nothing leaves a released hold, so that a hold that comes late stays out. A
// session ends when its time is over, by signing out, with another password (but not the
// one that asked), a block or an erasure, or when a spent refresh token comes back: then two
// parties have it, and neither may keep it. Only the token before the latest may come back
// for half a minute, as long as the latest was not used: an answer may have been lost. An account goes active ⇄ blocked, and for good
// to erased: a tombstone under whose id the books still balance, and an event at which the
// other services forget what they have of the person. A device is revoked for good.
//
// # Invariants
//
//   - An e-mail address, a phone number or a WeChat user belongs to at most one account.
//   - Whatever takes rights away (a session's end, a block, other roles, another password,
//     an erasure) saves its revocation in the same write. A token says of which version of
//     its subject it is, so that one that is being written meanwhile is revoked, too; and a
//     session begins only if nothing changed since its owner was proven.
//   - One active admin is always left.
//   - A code of a second factor works once.
//   - The postings of an entry sum to zero, and a ledger account's balance is the sum of
//     its postings; amounts are integers of minor units.
//   - A hold never takes what is available below zero. A capture and an adjustment may: that
//     is a debt, and as long as it lasts nothing can be held.
//   - A trip has at most one hold, and it is captured or released at most once. Its refunds
//     are together at most what was captured.
//   - Entries never change: what was wrong is corrected by another entry, which says who of
//     the staff booked it and why.
//   - One idempotency key has one effect.
//   - Each change of an account, device, top-up, hold, adjustment or intervention raises its
//     version by one and has exactly one event. Sessions and second factors have none: nobody
//     else needs to know of them.
//   - What one of the staff did is on record once, also if this service was down meanwhile.
//   - Secrets are stored as hashes, those of second factors encrypted, and no event carries
//     an address, a number or a name.
package user
