package transport

import (
	"context"

	"freecar/internal/events"
	"freecar/internal/kitx"
	"freecar/user/internal/endpoint"
	"freecar/user/userapi"
)

// MountOversight serves the operations of who oversees the platform.
func MountOversight(s *kitx.Server, o endpoint.Oversight) {
	userapi.Audit.Mount(s, o.Audit)
	userapi.DeadLetters.Mount(s, o.DeadLetters)
	userapi.Replay.Mount(s, o.Replay)
	userapi.PurgeCache.Mount(s, o.PurgeCache)
}

// auditor is a consumer of its own: the audit has its own pace, and its own dead letters.
const auditor = "user.audit"

var witnessed = []string{events.ByStaff}

// DeclareAudit makes the bus keep what ConsumeAudit will want.
func DeclareAudit(ctx context.Context, bus events.Bus) error {
	return bus.Declare(ctx, auditor, witnessed)
}

// ConsumeAudit records what staff do, until ctx ends.
func ConsumeAudit(ctx context.Context, bus events.Bus, o endpoint.Oversight) error {
	return bus.Consume(ctx, auditor, witnessed, o.Witness)
}
