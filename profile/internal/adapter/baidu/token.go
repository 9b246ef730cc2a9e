package baidu

import (
	"context"
	"fmt"
	"net/http"
	"net/url"
	"time"

	"freecar/internal/clock"
	"freecar/internal/outward"
)

// tokens keeps the access token. One caller fetches it while the others wait.
type tokens struct {
	client      *outward.Client
	clock       clock.Clock
	credentials url.Values
	turn        chan struct{} // holds one; who has it may look and change
	token       string
	until       time.Time
}

func newTokens(client *outward.Client, c Config) *tokens {
	t := &tokens{client: client, clock: c.Clock, turn: make(chan struct{}, 1),
		credentials: url.Values{"grant_type": {"client_credentials"}, "client_id": {c.APIKey}, "client_secret": {c.SecretKey}}}
	t.turn <- struct{}{}
	return t
}

// get is a token that is good for a while.
func (t *tokens) get(ctx context.Context) (string, error) {
	select {
	case <-t.turn:
	case <-ctx.Done():
		return "", ctx.Err()
	}
	defer func() { t.turn <- struct{}{} }()
	if t.token != "" && t.clock.Now().Before(t.until) {
		return t.token, nil
	}
	token, life, err := t.fetch(ctx)
	if err != nil {
		return "", err
	}
	t.token, t.until = token, t.clock.Now().Add(life-margin(life))
	return token, nil
}

// margin is how long before its end a token is replaced.
func margin(life time.Duration) time.Duration { return min(life/10, time.Hour) }

// drop forgets a token that was refused, unless another one has come meanwhile.
func (t *tokens) drop(token string) {
	<-t.turn
	defer func() { t.turn <- struct{}{} }()
	if t.token == token {
		t.token = ""
	}
}

func (t *tokens) fetch(ctx context.Context) (token string, life time.Duration, err error) {
	got, err := t.client.Do(ctx, outward.Request{
		Op: "baidu.Token", Method: http.MethodPost, Path: "/oauth/2.0/token", Query: t.credentials,
		Header: http.Header{"Accept": {"application/json"}}, Idempotent: true,
	})
	if err != nil {
		return "", 0, err
	}
	if got.Status != http.StatusOK {
		return "", 0, away(fmt.Errorf("baidu: no token, status %d", got.Status))
	}
	var a struct {
		Token   string `json:"access_token"`
		Seconds int64  `json:"expires_in"`
	}
	if err := got.JSON(&a); err != nil {
		return "", 0, err
	}
	if a.Token == "" || a.Seconds <= 0 {
		return "", 0, away(fmt.Errorf("baidu: an answer without a token"))
	}
	return a.Token, time.Duration(min(a.Seconds, int64(aYear.Seconds()))) * time.Second, nil
}

const aYear = 365 * 24 * time.Hour
