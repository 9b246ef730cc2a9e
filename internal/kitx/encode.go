package kitx

import (
	"context"
	"crypto/sha256"
	"encoding/base64"
	"fmt"
	"maps"
	"net/http"
	"strconv"
	"strings"

	"github.com/go-json-experiment/json"
)

// render gives a success its JSON form: before anything is written, so that a failure
// can still become an honest 500, and inside the chain, so that it is logged.
func (x *exchange) render(response any, err error) (any, error) {
	success, ok := response.(interface{ Value() any })
	if !ok || failure(response, err) != nil {
		return response, err
	}
	value := success.Value()
	if _, none := value.(None); none {
		return response, nil
	}
	if x.body, err = json.Marshal(value); err != nil {
		return nil, fmt.Errorf("%s: the answer has no JSON form: %w", x.spec.Op, err)
	}
	return response, nil
}

// encode writes a response.
func (x *exchange) encode(ctx context.Context, w http.ResponseWriter, response any) error {
	if err := failure(response, nil); err != nil {
		x.encodeError(ctx, err, w)
		return nil
	}
	switch response.(type) {
	case result[None]:
		x.head(ctx, w)
		w.WriteHeader(x.status(ctx))
	case result[written]:
	default:
		x.write(ctx, w)
	}
	return nil
}

func (x *exchange) write(ctx context.Context, w http.ResponseWriter) {
	x.head(ctx, w)
	h := w.Header()
	if x.spec.ETag {
		tag := h.Get("ETag")
		if tag == "" {
			tag = entityTag(x.body)
		}
		h.Set("ETag", tag)
		if matches(strings.Join(x.request.Header.Values("If-None-Match"), ","), tag) {
			w.WriteHeader(http.StatusNotModified)
			return
		}
	}
	h.Set("Content-Type", x.spec.Media)
	h.Set("Content-Length", strconv.Itoa(len(x.body)))
	w.WriteHeader(x.status(ctx))
	_, _ = w.Write(x.body) // the client may be gone
}

func (x *exchange) head(ctx context.Context, w http.ResponseWriter) {
	if w.Header().Get("Cache-Control") == "" {
		w.Header().Set("Cache-Control", "no-store")
		if x.spec.ETag {
			w.Header().Set("Cache-Control", "private, no-cache")
		}
	}
	if s := stateOf(ctx); s != nil {
		maps.Copy(w.Header(), s.header)
	}
}

func (x *exchange) status(ctx context.Context) int {
	if s := stateOf(ctx); s != nil && s.status != 0 {
		return s.status
	}
	return x.spec.Status
}

func (x *exchange) encodeError(ctx context.Context, err error, w http.ResponseWriter) {
	if x.begun {
		panic(http.ErrAbortHandler) // or a cut answer would look like a whole one
	}
	WriteError(ctx, w, err)
}

// entityTag is weak: equal content, not equal bytes (RFC 9110, section 8.8.1).
func entityTag(body []byte) string {
	sum := sha256.Sum256(body)
	return `W/"` + base64.RawURLEncoding.EncodeToString(sum[:12]) + `"`
}

// matches compares weakly: with W/ or without.
func matches(ifNoneMatch, tag string) bool {
	for candidate := range strings.SplitSeq(ifNoneMatch, ",") {
		candidate = strings.TrimSpace(candidate)
		if candidate == "*" || strings.TrimPrefix(candidate, "W/") == strings.TrimPrefix(tag, "W/") {
			return true
		}
	}
	return false
}
