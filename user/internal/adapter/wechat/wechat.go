// Package wechat asks WeChat whose a sign-in code is: sns/jscode2session of its mini
// programs.
package wechat

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"strings"
	"time"

	"freecar/internal/errs"
	"freecar/internal/obs"
	"freecar/internal/outward"
	"freecar/internal/peer"
	"freecar/user"
)

// Config is what the client is made of.
type Config struct {
	BaseURL string // empty is WeChat's own
	// AppID and Secret are the mini program's.
	AppID, Secret string
	Obs           obs.Obs
	// Tuning is that of its client; zero fields take the defaults.
	Tuning peer.Tuning
}

const (
	home = "https://api.weixin.qq.com"
	// timeout is short: somebody waits to be signed in.
	timeout = 5 * time.Second
	// minute is the window of WeChat's own limit for each user.
	minute = time.Minute
)

// Client is WeChat.
type Client struct {
	client        *outward.Client
	appID, secret string
}

var _ user.WeChat = (*Client)(nil)

// New makes a client; it calls nobody yet.
func New(c Config) (*Client, error) {
	if c.AppID == "" || c.Secret == "" {
		return nil, errors.New("wechat: it needs an app id and a secret")
	}
	if c.BaseURL == "" {
		c.BaseURL = home
	}
	if c.Tuning.Timeout == 0 {
		c.Tuning.Timeout = timeout
	}
	client, err := outward.New(outward.Config{Caller: "user", Callee: "wechat", BaseURL: c.BaseURL, Obs: c.Obs, Tuning: c.Tuning})
	if err != nil {
		return nil, err
	}
	return &Client{client: client, appID: c.AppID, secret: c.Secret}, nil
}

// Close lets its connections go.
func (c *Client) Close() { c.client.Close() }

// session is what WeChat answers, always with status 200. Its session_key opens what the
// user keeps at WeChat; we have no use for it, and it is not even read.
type session struct {
	OpenID string `json:"openid"`
	Code   int    `json:"errcode"`
}

// Identify says whose a code is.
func (c *Client) Identify(ctx context.Context, code string) (user.OpenID, error) {
	answer, err := c.client.Do(ctx, outward.Request{Op: "wechat.Identify", Method: http.MethodGet, Path: "/sns/jscode2session",
		Query: url.Values{"appid": {c.appID}, "secret": {c.secret}, "js_code": {code}, "grant_type": {"authorization_code"}}})
	if err != nil {
		return "", err
	}
	var s session
	if err := answer.JSON(&s); err != nil {
		return "", err
	}
	switch {
	case answer.Status != http.StatusOK:
		return "", away(fmt.Errorf("wechat: status %d", answer.Status))
	case s.Code != 0:
		return "", refusal(s.Code)
	case !isOpenID(s.OpenID):
		return "", away(errors.New("wechat: an answer that names nobody"))
	}
	return user.OpenID(s.OpenID), nil
}

// isOpenID says that a text can be one: theirs have 28 letters, digits, - and _. Accounts
// are found by it for ever, so nothing else becomes one.
func isOpenID(text string) bool {
	const letters, atMost = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-_", 128
	return text != "" && len(text) <= atMost && strings.Trim(text, letters) == ""
}

// The errcodes of jscode2session.
const (
	busy        = -1
	invalidCode = 40029
	usedCode    = 40163
	riskyUser   = 40226
	tooOften    = 45011
)

// refusal is what an errcode means. What is none of the user's doing is a fault: the app
// id or the secret is wrong, say.
func refusal(code int) error {
	cause := fmt.Errorf("wechat: errcode %d", code)
	switch code {
	case invalidCode, usedCode, riskyUser:
		return user.ErrBadWeChatCode.Because(cause)
	case tooOften:
		return user.ErrWeChatBusy.After(minute).Because(cause)
	default:
		return away(cause)
	}
}

func away(cause error) error {
	return errs.E(errs.Unavailable, "unavailable", "WeChat cannot tell who this is just now; try again shortly.").After(time.Second).Because(cause)
}
