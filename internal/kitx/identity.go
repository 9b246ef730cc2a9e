package kitx

import (
	"net/http"

	"freecar/internal/auth"
)

// Asserted identifies callers by the assertion that they carry for this service.
func Asserted(check func(text, audience string) (auth.Principal, error), service string) func(*http.Request) (auth.Principal, error) {
	return func(r *http.Request) (auth.Principal, error) {
		text := r.Header.Get(AssertionHeader)
		if text == "" {
			return auth.Principal{}, nil
		}
		return check(text, service)
	}
}
