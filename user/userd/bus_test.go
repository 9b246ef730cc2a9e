package userd_test

import (
	"context"

	"freecar/internal/events"
)

// The recorder has nothing to tell.

func (*recorder) Declare(context.Context, string, []string) error { return nil }

func (*recorder) Consume(ctx context.Context, _ string, _ []string, _ events.Handler) error {
	<-ctx.Done()
	return nil
}

func (*recorder) Broadcast(context.Context, []events.Event) error { return nil }

func (*recorder) Feed(ctx context.Context, _ []string, ready func(), _ func(), _ func(events.Event)) error {
	ready()
	<-ctx.Done()
	return nil
}
