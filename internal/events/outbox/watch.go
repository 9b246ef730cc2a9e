package outbox

import (
	"context"
	"time"

	"freecar/internal/obs"
	"freecar/internal/repeat"
)

const watchEvery = 15 * time.Second

// Watch shows operators how many events wait to be published, until ctx ends.
func (o *Outbox) Watch(ctx context.Context, show obs.Obs) error {
	gauge := show.Metrics.OutboxPending.WithLabelValues(show.Service)
	return repeat.AtOnce(ctx, show.Logger, watchEvery, "the outbox cannot be counted", func(ctx context.Context) error {
		n, err := o.Pending(ctx)
		if err == nil {
			gauge.Set(float64(n))
		}
		return err
	})
}
