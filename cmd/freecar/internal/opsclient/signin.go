package opsclient

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"slices"
	"time"

	"freecar/internal/errs"
	"freecar/user/userapi"
)

// early is how long before its end an access token is renewed: the time that a request
// may be under way.
const early = 15 * time.Second

// ErrEnded says that the session with the gateway is over.
var ErrEnded = errors.New("your session has ended")

// SignIn opens a session and keeps it.
func (c *Client) SignIn(ctx context.Context, request userapi.SignInRequest) (Session, error) {
	answer, err := userapi.SignIn.Call(ctx, c, request)
	if err != nil {
		return Session{}, err
	}
	unlock, err := c.config.Sessions.Lock(ctx)
	if err != nil {
		return Session{}, err
	}
	defer unlock()
	return c.keep(answer)
}

// Forget forgets the session here; the gateway learns nothing of it.
func (c *Client) Forget(ctx context.Context) error {
	unlock, err := c.config.Sessions.Lock(ctx)
	if err != nil {
		return err
	}
	defer unlock()
	return c.config.Sessions.Remove()
}

// Session is the one that is kept. Errors: ErrSignedOut.
func (c *Client) Session() (Session, error) { return c.config.Sessions.Load() }

// keep saves what the gateway answered to a sign-in or a renewal.
func (c *Client) keep(answer userapi.SignedIn) (Session, error) {
	if answer.Account == nil {
		return Session{}, errors.New("that is no person's account")
	}
	session := Session{
		URL: c.config.URL.String(), Account: *answer.Account,
		AccessToken: answer.AccessToken, RefreshToken: answer.RefreshToken,
		ExpiresAt: c.config.Clock.Now().Add(time.Duration(answer.ExpiresIn) * time.Second),
	}
	if err := c.config.Sessions.Save(session); err != nil {
		return Session{}, fmt.Errorf("the session cannot be kept: %w", err)
	}
	return session, nil
}

// current is the session with an access token that is good for a while.
func (c *Client) current(ctx context.Context) (Session, error) {
	session, err := c.config.Sessions.Load()
	if err != nil || c.fresh(session) {
		return session, err
	}
	return c.renew(ctx, session)
}

func (c *Client) fresh(s Session) bool {
	return c.config.Clock.Now().Add(early).Before(s.ExpiresAt)
}

// renew exchanges the refresh token for new ones, once among all invocations: who waited
// for the lock takes what the other got. The new tokens are saved before they are used.
func (c *Client) renew(ctx context.Context, stale Session) (Session, error) {
	unlock, err := c.config.Sessions.Lock(ctx)
	if err != nil {
		return Session{}, err
	}
	defer unlock()
	session, err := c.config.Sessions.Load()
	if err != nil || session.AccessToken != stale.AccessToken && c.fresh(session) {
		return session, err
	}
	// The refresh token is spent once it is sent: who leaves now does not leave it behind.
	// Each try has its timeout.
	answer, err := userapi.Refresh.Call(context.WithoutCancel(ctx), c, userapi.RefreshRequest{RefreshToken: session.RefreshToken})
	if errs.KindOf(err) == errs.Unauthenticated {
		return Session{}, errors.Join(ErrEnded, c.config.Sessions.Remove())
	}
	if err != nil {
		return Session{}, err
	}
	return c.keep(answer)
}

// refusesPassword says that a 401 is about a password or code in the request, which another
// access token would not make right, and which counts each time. The answer can still be
// read.
func refusesPassword(resp *http.Response) bool {
	const problemAtMost = 64 << 10
	raw, err := io.ReadAll(io.LimitReader(resp.Body, problemAtMost))
	resp.Body = struct {
		io.Reader
		io.Closer
	}{bytes.NewReader(raw), resp.Body}
	var problem struct {
		Code string `json:"code"`
	}
	return err == nil && json.Unmarshal(raw, &problem) == nil && slices.Contains(aboutPasswords, problem.Code)
}

var aboutPasswords = []string{"bad_credentials", "bad_totp", "totp_required"}
