package user

import (
	"context"
	"errors"

	"freecar/internal/auth"
	"freecar/internal/errs"
)

// OpenID is how WeChat names one of its users to us.
type OpenID string

var (
	// ErrBadWeChatCode refuses a code that WeChat did not give, or that was used.
	ErrBadWeChatCode = errs.E(errs.Unauthenticated, "bad_wechat_code", "WeChat does not take this code, or not any more; ask it for another one.")
	// ErrWeChatBusy passes on that WeChat asks for patience.
	ErrWeChatBusy = errs.E(errs.RateLimited, "wechat_busy", "WeChat takes no more sign-ins of this user just now; try again after the time in Retry-After.")
)

// SignInWeChat asks WeChat whose code it is. Whoever comes for the first time gets an
// account as a rider, without an address, a number and a password.
func (p *people) SignInWeChat(ctx context.Context, code, totp string) (Grant, error) {
	if p.with.WeChat == nil {
		return Grant{}, errs.Invalidf("wechat_code", "unsupported", "Nobody can sign in by WeChat here.")
	}
	openID, err := p.with.WeChat.Identify(ctx, code)
	if err != nil {
		return Grant{}, err
	}
	var proof accepted
	for {
		grant, err := p.signInWeChat(ctx, openID, totp, &proof)
		// Somebody was faster: the account is there by now, or another than it was.
		if !errors.Is(err, ErrAccountExists) && !errors.Is(err, ErrIDTaken) && !errors.Is(err, ErrMovedOn) {
			return grant, err
		}
	}
}

func (p *people) signInWeChat(ctx context.Context, openID OpenID, totp string, proof *accepted) (Grant, error) {
	account, err := p.with.Accounts.ByWeChat(ctx, openID)
	if errs.KindOf(err) == errs.NotFound && err != nil {
		return p.open(ctx, Person{WeChat: openID}, "")
	}
	if err != nil {
		return Grant{}, err
	}
	of, err := p.admitted(ctx, account)
	if err != nil {
		return Grant{}, err
	}
	if err := p.checkFactor(ctx, account.ID, totp, proof); err != nil {
		return Grant{}, err
	}
	return p.start(ctx, AccountSubject, account.ID, of)
}

// open opens a rider's account and signs it in. Errors: ErrAccountExists, ErrIDTaken.
func (p *people) open(ctx context.Context, person Person, passwordHash string) (Grant, error) {
	now := p.with.Clock.Now()
	account, change := NewAccount(p.with.AccountIDs(), person, auth.Rider, passwordHash, now)
	session, refresh := StartSession(p.with.IDs.New(), AccountSubject, account.ID, now)
	if err := p.with.Accounts.Open(ctx, account, change, session); err != nil {
		return Grant{}, err
	}
	return p.grant(session, account.subject(), refresh)
}
