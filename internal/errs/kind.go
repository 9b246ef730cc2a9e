package errs

// Kind is the class of an error; the zero Kind is Internal, so that an error
// without a kind can never pass for an answer.
type Kind uint8

// The kinds. Each has one row in the table below.
const (
	Internal Kind = iota
	Invalid
	Unauthenticated
	Denied
	NotFound
	Conflict
	MethodNotAllowed
	NotAcceptable
	Precondition // an If-Match that does not hold, nothing else
	TooLarge
	UnsupportedMedia
	KeyReused // an idempotency key that came with another body, nothing else
	RateLimited
	Unavailable
	Timeout
)

// table is the one place that ties a kind to its name and HTTP status (RFC 9110).
// It is read in both directions: a server writes the status, a client restores
// the kind. No two kinds share a status.
var table = [...]struct {
	name   string
	status int
	fault  bool
}{
	Internal:         {"internal", 500, true},
	Invalid:          {"invalid", 400, false},
	Unauthenticated:  {"unauthenticated", 401, false},
	Denied:           {"denied", 403, false},
	NotFound:         {"not_found", 404, false},
	Conflict:         {"conflict", 409, false},
	MethodNotAllowed: {"method_not_allowed", 405, false},
	NotAcceptable:    {"not_acceptable", 406, false},
	Precondition:     {"precondition", 412, false},
	TooLarge:         {"too_large", 413, false},
	UnsupportedMedia: {"unsupported_media", 415, false},
	KeyReused:        {"key_reused", 422, false},
	RateLimited:      {"rate_limited", 429, false},
	Unavailable:      {"unavailable", 503, true},
	Timeout:          {"timeout", 504, true},
}

// Kinds is how many kinds there are: they run from 0 to Kinds-1.
const Kinds = len(table)

// String is the kind's name, as metrics and logs show it.
func (k Kind) String() string { return table[k].name }

// Status is the kind's HTTP status.
func (k Kind) Status() int { return table[k].status }

// Fault says that the kind is an outage: breakers count it, retries may repeat it.
func (k Kind) Fault() bool { return table[k].fault }

// KindOfStatus is the kind behind an HTTP status of 400 and above. A status that
// is not ours (a proxy's 502, say) is Invalid below 500 and Unavailable from 502 on.
func KindOfStatus(status int) Kind {
	for k, row := range table {
		if row.status == status {
			return Kind(k)
		}
	}
	switch {
	case status < 500:
		return Invalid
	case status == 500 || status == 501:
		return Internal
	default:
		return Unavailable
	}
}
