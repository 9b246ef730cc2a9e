package transport

import (
	"net/http"
	"strings"

	"freecar/gateway"
	"freecar/internal/auth"
	"freecar/internal/errs"
)

// errScheme is for credentials of another kind than ours.
var errScheme = errs.E(errs.Unauthenticated, "unauthenticated", "Send one access token as Authorization: Bearer.")

// bearer proves who sends a request by its access token (RFC 6750, section 2.1). A
// token in the query is none: it would end up in logs.
func bearer(v gateway.Verifier, revoked gateway.Revocations) func(*http.Request) (auth.Principal, error) {
	return func(r *http.Request) (auth.Principal, error) {
		values := r.Header["Authorization"]
		if len(values) == 0 {
			return auth.Principal{}, nil
		}
		scheme, token, _ := strings.Cut(values[0], " ")
		token = strings.TrimLeft(token, " ")
		if len(values) > 1 || !strings.EqualFold(scheme, "Bearer") || token == "" {
			return auth.Principal{}, errScheme
		}
		p, _, err := v.Verify(token)
		if err != nil {
			return auth.Principal{}, err
		}
		if err := revoked.Check(p); err != nil {
			return auth.Principal{}, err
		}
		p.Service = "" // a token is a client's, whatever it says
		return p, nil
	}
}
