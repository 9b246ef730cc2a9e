package endpoint

import (
	"context"
	"strings"
	"time"

	"freecar/internal/errs"
	"freecar/internal/events"
	"freecar/internal/kitx"
	"freecar/internal/wire"
	"freecar/user"
	"freecar/user/userapi"
)

// Oversight are the operations of who oversees the platform.
type Oversight struct {
	oversight user.Oversight
	letters   events.DeadLetters
}

// NewOversight wraps the service and the bus's dead letters.
func NewOversight(o user.Oversight, letters events.DeadLetters) Oversight {
	return Oversight{oversight: o, letters: letters}
}

// Witness records what an event tells of staff.
func (o Oversight) Witness(ctx context.Context, e events.Event) error {
	trace, _, _ := strings.Cut(e.Trace, "-")
	return o.oversight.Witness(ctx, user.AuditRecord{ID: e.ID(), At: e.Time, Actor: e.Actor, Action: e.Type, Subject: e.Subject,
		Trace: trace, Detail: factsOf(e.Data)})
}

// Audit lists who of the staff did what.
func (o Oversight) Audit(ctx context.Context, r userapi.AuditRequest) (wire.Page[userapi.AuditRecord], error) {
	page, err := o.oversight.Audit(ctx, user.AuditFilter{Actor: r.Actor, Subject: r.Subject, Action: r.Action,
		From: toTime(r.From), To: toTime(r.To), Paging: toPaging(r.Paging)})
	return wire.NewPage(page.Items, page.Next, fromAudit), err
}

// DeadLetters lists what consumers gave up on.
func (o Oversight) DeadLetters(ctx context.Context, r userapi.DeadLettersRequest) (wire.Page[userapi.DeadLetter], error) {
	page, err := o.letters.List(ctx, events.DeadLetterFilter{Consumer: r.Consumer, Limit: r.Limit, Cursor: r.Cursor})
	return wire.NewPage(page.Letters, page.Next, fromDeadLetter), err
}

// Replay gives dead letters to their consumers again.
func (o Oversight) Replay(ctx context.Context, r userapi.ReplayRequest) (userapi.Replayed, error) {
	switch {
	case len(r.IDs) == 0 && r.Consumer == "":
		return userapi.Replayed{}, errs.Invalidf("ids", "required", "Name letters by their ids, or a consumer for all of its letters.")
	case len(r.IDs) > 0 && r.Consumer != "":
		return userapi.Replayed{}, errs.Invalidf("consumer", "conflict", "Name letters by their ids or a consumer, not both.")
	}
	n, err := o.replay(ctx, r)
	if err == nil && n > 0 {
		// It is done: a client that leaves now must not keep it from the record.
		err = o.oversight.Replayed(context.WithoutCancel(ctx), r.Consumer, n)
	}
	return userapi.Replayed{Replayed: n}, err
}

func (o Oversight) replay(ctx context.Context, r userapi.ReplayRequest) (int, error) {
	if r.Consumer != "" {
		return o.letters.ReplayAll(ctx, r.Consumer)
	}
	return o.letters.Replay(ctx, r.IDs)
}

// PurgeCache tells every instance to load a cache anew.
func (o Oversight) PurgeCache(ctx context.Context, r userapi.PurgeCacheRequest) (kitx.None, error) {
	return kitx.None{}, o.oversight.PurgeCache(ctx, r.Cache)
}

func fromAudit(r user.AuditRecord) userapi.AuditRecord {
	detail := r.Detail
	if detail == nil {
		detail = map[string]string{}
	}
	return userapi.AuditRecord{ID: r.ID, At: wire.FromTime(r.At), Actor: r.Actor, Action: r.Action, Subject: r.Subject,
		TraceID: orNull(r.Trace), Detail: detail}
}

func fromDeadLetter(d events.DeadLetter) userapi.DeadLetter {
	return userapi.DeadLetter{ID: d.ID, Consumer: d.Consumer, Type: d.Event.Type, Subject: d.Event.Subject, Version: d.Event.Version,
		At: wire.FromTime(d.At), Attempts: d.Attempts, Error: d.Error}
}

func toTime(t *wire.Time) time.Time {
	if t == nil {
		return time.Time{}
	}
	return t.Time
}
