// Package baidu reads photos of licences with Baidu's OCR.
package baidu

import (
	"context"
	"encoding/base64"
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"time"

	"freecar/internal/clock"
	"freecar/internal/errs"
	"freecar/internal/obs"
	"freecar/internal/outward"
	"freecar/internal/peer"
	"freecar/profile"
)

// Config is what the reader is made of.
type Config struct {
	BaseURL string // empty is Baidu's own
	// APIKey and SecretKey are the application's.
	APIKey, SecretKey string
	Clock             clock.Clock
	Obs               obs.Obs
	// Tuning is that of its client; zero fields take the defaults.
	Tuning peer.Tuning
}

const (
	home = "https://aip.baidubce.com"
	// name is who is said to have decided, where the reader does.
	name = "baidu_ocr"
	// timeout bounds one reading: photos are large and the reader is far away.
	timeout = 20 * time.Second
)

// Reader is the reader.
type Reader struct {
	client *outward.Client
	tokens *tokens
}

var _ profile.Reader = (*Reader)(nil)

// New makes a reader; it calls nobody yet.
func New(c Config) (*Reader, error) {
	if c.APIKey == "" || c.SecretKey == "" {
		return nil, fmt.Errorf("baidu: the reader needs an API key and a secret key")
	}
	if c.BaseURL == "" {
		c.BaseURL = home
	}
	if c.Tuning.Timeout == 0 {
		c.Tuning.Timeout = timeout
	}
	client, err := outward.New(outward.Config{Caller: "profile", Callee: "baidu", BaseURL: c.BaseURL, Obs: c.Obs, Tuning: c.Tuning})
	if err != nil {
		return nil, err
	}
	return &Reader{client: client, tokens: newTokens(client, c)}, nil
}

// Close lets its connections go.
func (r *Reader) Close() { r.client.Close() }

// Name is the reader's.
func (r *Reader) Name() string { return name }

// Read says what a photo says. A token that Baidu does not take any more is replaced
// once.
func (r *Reader) Read(ctx context.Context, p profile.Picture) (profile.Text, error) {
	form, err := encode(p)
	if err != nil {
		return profile.Text{}, err
	}
	for again := false; ; again = true {
		token, err := r.tokens.get(ctx)
		if err != nil {
			return profile.Text{}, err
		}
		a, err := r.recognize(ctx, token, form)
		switch {
		case err != nil:
			return profile.Text{}, err
		case a.tokenRefused() && !again:
			r.tokens.drop(token)
		case a.ErrorCode != 0:
			return profile.Text{}, a.refusal()
		default:
			return toText(a.Words), nil
		}
	}
}

// types are the pictures that Baidu takes; formAtMost is the largest form, in bytes.
var types = []string{"image/jpeg", "image/png"}

const formAtMost = 4 << 20

func encode(p profile.Picture) ([]byte, error) {
	if !slices.Contains(types, p.ContentType) {
		return nil, profile.ErrUnreadable.Because(fmt.Errorf("baidu: it takes no %s", p.ContentType))
	}
	form := []byte(url.Values{"image": {base64.StdEncoding.EncodeToString(p.Bytes)}, "unified_valid_period": {"true"}}.Encode())
	if len(form) > formAtMost {
		return nil, profile.ErrUnreadable.Because(fmt.Errorf("baidu: a photo of %d bytes is too large", len(p.Bytes)))
	}
	return form, nil
}

// answer is what Baidu says of a picture.
type answer struct {
	ErrorCode int             `json:"error_code"`
	Words     map[string]word `json:"words_result"`
}

type word struct {
	Words string `json:"words"`
}

func (r *Reader) recognize(ctx context.Context, token string, form []byte) (answer, error) {
	got, err := r.client.Do(ctx, outward.Request{
		Op: "baidu.DrivingLicense", Method: http.MethodPost, Path: "/rest/2.0/ocr/v1/driving_license",
		Query:  url.Values{"access_token": {token}},
		Header: http.Header{"Content-Type": {"application/x-www-form-urlencoded"}, "Accept": {"application/json"}},
		Body:   form, Idempotent: true,
	})
	if err != nil {
		return answer{}, err
	}
	var a answer
	return a, got.JSON(&a)
}

// Baidu's codes that mean something to us. All others (17, 18 and 19, its limits, and its
// own troubles) may pass.
var (
	badTokens  = []int{110, 111}
	unreadable = []int{216200, 216201, 216202, 216630, 216634, 282102, 282103, 282810}
)

func (a answer) tokenRefused() bool { return slices.Contains(badTokens, a.ErrorCode) }

// refusal is the error of an error code. What Baidu says beside it is left out: it may
// repeat what we sent.
func (a answer) refusal() error {
	cause := fmt.Errorf("baidu: error_code %d", a.ErrorCode)
	if slices.Contains(unreadable, a.ErrorCode) {
		return profile.ErrUnreadable.Because(cause)
	}
	return away(cause)
}

func away(cause error) error {
	return errs.E(errs.Unavailable, "unavailable", "The licence reader is not there just now; try again later.").Because(cause)
}
