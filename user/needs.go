package user

import (
	"context"
	"time"

	"freecar/internal/auth"
	"freecar/internal/errs"
	"freecar/internal/idem"
	"freecar/internal/money"
)

// Accounts keeps accounts. It saves each with its change's event in one write.
type Accounts interface {
	// Open saves a new account and its first session in one write.
	// Errors: Conflict account_exists for its address, number or WeChat, id_taken for its id.
	Open(ctx context.Context, a Account, c Change, s Session) error
	// OpenFirstAdmin saves an account unless there is one with the role of admin; with
	// many at once, one is saved. Errors: as Open.
	OpenFirstAdmin(ctx context.Context, a Account, c Change) (opened bool, err error)
	// HasAdmin says whether there is an account with the role of admin.
	HasAdmin(ctx context.Context) (bool, error)
	// Account finds by id. Errors: NotFound.
	Account(ctx context.Context, id string) (Account, error)
	// ByEmail finds by address. Errors: NotFound.
	ByEmail(ctx context.Context, e Email) (Account, error)
	// ByPhone finds by number. Errors: NotFound.
	ByPhone(ctx context.Context, p Phone) (Account, error)
	// ByWeChat finds by WeChat's name for somebody. Errors: NotFound.
	ByWeChat(ctx context.Context, id OpenID) (Account, error)
	// Renting says whether money is set aside for a trip of the account.
	Renting(ctx context.Context, id string) (bool, error)
	// Accounts lists those that match, by time of opening, the newest first.
	// Errors: Invalid for a cursor that no page gave.
	Accounts(ctx context.Context, f AccountFilter) (Page[Account], error)
	// Update changes an account and returns it as saved. Sessions that the change ends,
	// what it revokes and the second factor that it drops are in the same write. change may run more than once; its
	// error saves nothing and is returned as it is, and a zero Change saves nothing.
	// Errors: NotFound; Conflict account_exists for an address or number of another
	// account; last_admin when the change needs another active admin and there is none.
	Update(ctx context.Context, id string, change func(*Account) (Change, error)) (Account, error)
	// Erase changes an account for the last time, given what it leaves behind, of which
	// nothing else can change meanwhile. In the same write go its entries, and what it had
	// of sessions, second factor, avatar and idempotency keys: nothing of them is left. Who
	// corrected its wallet stays in the books, but not why. It is for the rest like Update.
	Erase(ctx context.Context, id string, erase func(*Account, Estate) (Change, error)) error
}

// Sessions keeps sessions and the refresh tokens they had, as hashes.
type Sessions interface {
	// Start saves a new session of a subject that is still at this version: whoever
	// proved to be its owner proved it then. Errors: ErrMovedOn when it is not, or gone.
	Start(ctx context.Context, s Session, version int64) error
	// Use changes the session that a refresh token, the latest or a spent one, belongs
	// to, and returns it as saved, with the version that its subject had then (0 for one
	// that is gone); a new Current is remembered from then on, and a session that ends is
	// revoked in the same write. change may run more than once.
	// Errors: NotFound; an error of change saves nothing.
	Use(ctx context.Context, token SecretHash, change func(*Session) error) (s Session, version int64, err error)
	// End ends a session and revokes it; one that is over or not there stays so.
	End(ctx context.Context, id string, now time.Time) error
	// Of lists the sessions of a subject that live at now, the newest first.
	Of(ctx context.Context, subjectID string, now time.Time) ([]Session, error)
	// Forget drops sessions that ended or expired before over, with their tokens, and of
	// those that go on the tokens that were spent before spent.
	Forget(ctx context.Context, over, spent time.Time) error
}

// SecondFactors keeps the second factor of each account that has one. They have no events:
// nobody else needs to know of them.
type SecondFactors interface {
	// Factor is an account's; zero for none.
	Factor(ctx context.Context, accountID string) (SecondFactor, error)
	// Update changes the factor of an account, zero for none, and returns it as saved; a
	// zero one is forgotten. change may run more than once; its error saves nothing and is
	// returned as it is.
	Update(ctx context.Context, accountID string, change func(*SecondFactor) error) (SecondFactor, error)
}

// Guesses counts wrong passwords, by a key that stands for a name and a client.
type Guesses interface {
	// Failed is how many of a key count at now, and until when.
	Failed(ctx context.Context, key SecretHash, now time.Time) (n int, until time.Time, err error)
	// Fail counts one more; the first of a key, or the first after their time, has them
	// count until then. None is lost when many come at once.
	Fail(ctx context.Context, key SecretHash, now, until time.Time) error
	// Clear forgets those of a key.
	Clear(ctx context.Context, key SecretHash) error
	// Forget drops those whose time is over.
	Forget(ctx context.Context, now time.Time) error
}

// OneTimeCodes makes and reads the codes of authenticator apps (RFC 6238).
type OneTimeCodes interface {
	// Enrol draws a secret: as it is stored, which nobody can read who has the store
	// alone, and as the app takes it under the label.
	Enrol(accountID, label string) (sealed string, s TOTPSecret, err error)
	// Step is the step of time whose code this is, among that of now and one on either
	// side; 0 for no such code. Errors: Unavailable for what Enrol did not seal for this
	// account with this key.
	Step(sealed, accountID, code string, now time.Time) (int64, error)
}

// WeChat knows its users.
type WeChat interface {
	// Identify says whose a code is that a client got from WeChat; each works once.
	// Errors: ErrBadWeChatCode; ErrWeChatBusy with the time to wait; Unavailable, Timeout.
	Identify(ctx context.Context, code string) (OpenID, error)
}

// ErrMovedOn is the store's word for a subject that has changed meanwhile: look again.
var ErrMovedOn = errs.E(errs.Conflict, "moved_on", "Try again.")

// Revocations keeps what was revoked; what revokes saves it.
type Revocations interface {
	// After lists revocations with a Seq above after that count at now. None ever turns
	// up at or below a Next that was given.
	After(ctx context.Context, after int64, now time.Time, limit int) (RevocationPage, error)
	// Forget drops revocations whose time is over.
	Forget(ctx context.Context, now time.Time) error
}

// Devices keeps devices. It saves each with its change's event in one write.
type Devices interface {
	// Register saves a new device.
	Register(ctx context.Context, d Device, c Change) error
	// Device finds by id. Errors: NotFound.
	Device(ctx context.Context, id string) (Device, error)
	// Devices lists by id, the newest first, revoked ones, too. Errors: Invalid for a
	// cursor that no page gave.
	Devices(ctx context.Context, p Paging) (Page[Device], error)
	// Update changes a device and returns it as saved, with what its change says of
	// sessions and tokens. change may run more than once; its error saves nothing and is
	// returned as it is, and a zero Change saves nothing. Errors: NotFound.
	Update(ctx context.Context, id string, change func(*Device) (Change, error)) (Device, error)
}

// Wallets reads the ledger.
type Wallets interface {
	// Wallet is an account's money; zero for an account that never had any.
	Wallet(ctx context.Context, accountID string) (Wallet, error)
	// Entries lists an account's entries by id, the newest first.
	// Errors: Invalid for a cursor that no page gave.
	Entries(ctx context.Context, accountID string, p Paging) (Page[WalletEntry], error)
	// Totals sums the balances.
	Totals(ctx context.Context) (Totals, error)
	// Check holds all postings and balances against each other. Writes may go on.
	Check(ctx context.Context) (Books, error)
}

// Holds keeps holds. It saves each with its change's event, its entries and the balances
// that these move, in one write. A zero Change saves nothing.
type Holds interface {
	// Place saves the hold that place makes, given the account's wallet, of which nothing
	// else can spend meanwhile. If the trip has a hold, that one is returned as it is and
	// place is not called. place may run more than once; its error saves nothing and is
	// returned as it is. Errors: Conflict account_erased.
	Place(ctx context.Context, tripID, accountID string, place func(Wallet) (Hold, Change, error)) (Hold, error)
	// Update changes a trip's hold and returns it as saved. change may run more than
	// once; its error saves nothing and is returned as it is. Errors: NotFound.
	Update(ctx context.Context, tripID string, change func(*Hold) (Change, error)) (Hold, error)
	// Hold finds a trip's hold. Errors: NotFound.
	Hold(ctx context.Context, tripID string) (Hold, error)
}

// Corrections keeps what staff correct, each with its idempotency key. It saves like Holds.
// When the key was used less than idem.Keep before, nothing is saved and the entry that it
// made then is returned. Errors: KeyReused when that was for another request.
type Corrections interface {
	// Adjust saves an adjustment of an account. Errors: NotFound when there is no such account.
	Adjust(ctx context.Context, key idem.Key, a Adjustment, c Change) (e WalletEntry, again bool, err error)
	// Refund changes a trip's hold by a change that has one entry. change may run more
	// than once; its error saves nothing and is returned as it is. Errors: NotFound for
	// a trip without a hold.
	Refund(ctx context.Context, key idem.Key, tripID string, now time.Time, change func(*Hold) (Change, error)) (e WalletEntry, again bool, err error)
}

// TopUps keeps top-ups and their idempotency keys. It saves like Holds.
type TopUps interface {
	// Request saves a new top-up under a key. When the key was used less than idem.Keep
	// before t.At, nothing is saved, and what was saved then is returned as it is now.
	// Errors: KeyReused when that was for another request; Conflict account_erased.
	Request(ctx context.Context, key idem.Key, t TopUp, c Change) (saved TopUp, again bool, err error)
	// Update changes a top-up and returns it as saved; one that is declined frees its
	// key. change may run more than once; its error saves nothing and is returned as it
	// is. Errors: NotFound.
	Update(ctx context.Context, id string, change func(*TopUp) (Change, error)) (TopUp, error)
	// Pending lists pending top-ups requested before a time by At and id, ascending, after
	// one; a zero after is before all.
	Pending(ctx context.Context, before time.Time, after TopUp, limit int) ([]TopUp, error)
	// ForgetKeys drops keys used before a time.
	ForgetKeys(ctx context.Context, before time.Time) error
}

// Passwords hashes passwords slowly.
type Passwords interface {
	// Hash makes what is stored of a password. Errors: Unavailable when ctx ends before
	// its turn has come.
	Hash(ctx context.Context, password string) (string, error)
	// Verify says whether the hash is of the password. An empty hash is of none, and
	// finding that out takes as long as with any other. Errors: as Hash.
	Verify(ctx context.Context, password, hash string) (bool, error)
}

// AccessTokens writes what clients prove themselves with.
type AccessTokens interface {
	// Issue makes a token that says who p is, and says how long it is good for.
	Issue(p auth.Principal) (token string, life time.Duration, err error)
}

// Payments is a payment provider.
type Payments interface {
	// Name is the provider's in the ledger; it never changes.
	Name() string
	// Charge takes an amount and says whether it did. The id makes it one charge however
	// often it is asked for. An error leaves open what happened: ask again.
	// Errors: Unavailable, Timeout.
	Charge(ctx context.Context, id string, amount money.Money) (taken bool, err error)
	// Outcome says what became of a charge. Errors: NotFound when the provider never
	// heard of it; Unavailable, Timeout.
	Outcome(ctx context.Context, id string) (taken bool, err error)
}
