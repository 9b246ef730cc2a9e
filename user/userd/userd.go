// Package userd wires the user service: from its configuration to something that runs.
package userd

import (
	"context"
	"errors"
	"net/http"
	"path/filepath"

	"golang.org/x/sync/errgroup"

	"freecar/internal/auth/assertion"
	"freecar/internal/auth/keys"
	"freecar/internal/auth/token"
	"freecar/internal/clock"
	"freecar/internal/events"
	"freecar/internal/ids"
	"freecar/internal/kitx"
	"freecar/internal/obs"
	"freecar/internal/repeat"
	"freecar/user"
	"freecar/user/internal/adapter/argon2id"
	"freecar/user/internal/adapter/sandbox"
	"freecar/user/internal/adapter/sqlite"
	"freecar/user/internal/adapter/totp"
	"freecar/user/internal/adapter/wechat"
	"freecar/user/internal/endpoint"
	"freecar/user/internal/transport"
	"freecar/user/userapi"
)

// Config is what the service is wired from.
type Config struct {
	// Path is the SQLite file; the sandbox payment provider keeps its own beside it.
	Path  string
	Obs   obs.Obs
	Clock clock.Clock
	IDs   ids.Source
	Bus   events.Bus
	// DeadLetters is what consumers of the bus gave up on.
	DeadLetters events.DeadLetters
	Authority   *assertion.Authority
	// Blobs is the service that keeps avatars.
	Blobs kitx.Peer
	// Keys are those of access tokens; the first signs.
	Keys []keys.SigningKey
	// SealKey encrypts secrets of second factors: 32 bytes.
	SealKey []byte
	// WeChat lets its users sign in; nil lets nobody.
	WeChat *WeChat
}

// WeChat is a mini program of ours there.
type WeChat struct {
	BaseURL       string // empty is WeChat's own
	AppID, Secret string
}

// Service is a user service that is wired.
type Service struct {
	config   Config
	store    *sqlite.Store
	payments *sandbox.Payments
	chat     *wechat.Client // nil for none
	people   user.People
	bank     user.Bank
	overseer endpoint.Oversight
	avatars  avatars
	server   *kitx.Server
}

// New opens the stores and wires the service; nothing runs yet.
func New(ctx context.Context, c Config) (*Service, error) {
	if len(c.Keys) == 0 {
		return nil, errors.New("userd: there is no key to sign access tokens with")
	}
	tokens, err := token.NewIssuer(c.Keys[0].ID, c.Keys[0].Private(), c.Clock)
	if err != nil {
		return nil, err
	}
	codes, err := totp.New(c.SealKey)
	if err != nil {
		return nil, err
	}
	chat, err := newWeChat(c)
	if err != nil {
		return nil, err
	}
	if err := transport.DeclareAudit(ctx, c.Bus); err != nil {
		return nil, err
	}
	store, err := sqlite.Open(ctx, c.Path, endpoint.Events{})
	if err != nil {
		return nil, err
	}
	payments, err := sandbox.Open(ctx, paymentsPath(c.Path))
	if err != nil {
		return nil, errors.Join(err, store.Close())
	}
	s := &Service{config: c, store: store, payments: payments, chat: chat}
	people := user.PeopleConfig{
		Accounts:  sqlite.Accounts{Store: store},
		Sessions:  sqlite.Sessions{Store: store},
		Devices:   sqlite.Devices{Store: store},
		Revoked:   sqlite.Revocations{Store: store},
		Factors:   sqlite.SecondFactors{Store: store},
		Guesses:   sqlite.Guesses{Store: store},
		Codes:     codes,
		Passwords: argon2id.Passwords{},
		Tokens:    tokens,
		Clock:     c.Clock,
		IDs:       c.IDs,
		Log:       s.logSignIn,
	}
	if chat != nil {
		people.WeChat = chat
	}
	s.people = user.NewPeople(people)
	s.bank = user.NewBank(user.BankConfig{
		Wallets:  sqlite.Wallets{Store: store},
		Holds:    sqlite.Holds{Store: store},
		TopUps:   sqlite.TopUps{Store: store},
		Payments: payments,
		Clock:    c.Clock,
		IDs:      c.IDs,
		Log:      s.logTopUp,

		Corrections: sqlite.Corrections{Store: store},
	})
	s.server = kitx.NewServer(kitx.ServerConfig{Obs: c.Obs, Identify: kitx.Asserted(c.Authority.Check, userapi.Name)})
	transport.Mount(s.server, endpoint.New(s.people, s.bank))
	s.overseer = endpoint.NewOversight(user.NewOversight(user.OversightConfig{
		Audits:        sqlite.Audits{Store: store},
		Interventions: sqlite.Interventions{Store: store},
		Clock:         c.Clock,
		IDs:           c.IDs,
	}), c.DeadLetters)
	transport.MountOversight(s.server, s.overseer)
	if s.avatars, err = newAvatars(ctx, c, store, s.server); err != nil {
		return nil, errors.Join(err, s.Close())
	}
	return s, nil
}

func paymentsPath(store string) string {
	return filepath.Join(filepath.Dir(store), "sandbox-payments.db")
}

// Handler serves the service's routes.
func (s *Service) Handler() http.Handler { return s.server }

// Run works in the background until ctx ends: it publishes, recovers and tidies up.
func (s *Service) Run(ctx context.Context) error {
	g, ctx := errgroup.WithContext(ctx)
	s.avatars.run(ctx, g)
	logger := s.config.Obs.Logger
	g.Go(func() error { return s.store.Outbox().Relay(ctx, s.config.Bus, logger) })
	g.Go(func() error { return s.store.Outbox().Watch(ctx, s.config.Obs) })
	g.Go(func() error { return transport.ConsumeAudit(ctx, s.config.Bus, s.overseer) })
	g.Go(func() error { return repeat.AtOnce(ctx, logger, measureEvery, "figures cannot be read", s.measure) })
	g.Go(func() error {
		return repeat.AtOnce(ctx, logger, recoverEvery, "recovering top-ups failed", s.bank.Recover)
	})
	g.Go(func() error { return repeat.AtOnce(ctx, logger, tidyEvery, "tidying sessions failed", s.people.Tidy) })
	g.Go(func() error { return repeat.AtOnce(ctx, logger, tidyEvery, "tidying keys failed", s.bank.Tidy) })
	return g.Wait()
}

// Close closes the stores; Run has returned.
func (s *Service) Close() error {
	if s.chat != nil {
		s.chat.Close()
	}
	return errors.Join(s.store.Close(), s.payments.Close())
}

func newWeChat(c Config) (*wechat.Client, error) {
	if c.WeChat == nil {
		return nil, nil
	}
	return wechat.New(wechat.Config{BaseURL: c.WeChat.BaseURL, AppID: c.WeChat.AppID, Secret: c.WeChat.Secret, Obs: c.Obs})
}
