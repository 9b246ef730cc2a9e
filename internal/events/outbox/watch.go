package outbox

import (
	"context"
	"time"

	"freecar/internal/obs"
	"freecar/internal/repeat"
)

const watchEvery = 15 * time.Second

// Watch shows operators how many events wait to be published and for how long, until ctx
// ends.
func (o *Outbox) Watch(ctx context.Context, show obs.Obs) error {
	pending, lag := show.Metrics.OutboxPending.WithLabelValues(show.Service), show.Metrics.OutboxLag.WithLabelValues(show.Service)
	return repeat.AtOnce(ctx, show.Logger, watchEvery, "the outbox cannot be counted", func(ctx context.Context) error {
		n, err := o.Pending(ctx)
		if err != nil {
			return err
		}
		pending.Set(float64(n))
		waited, err := o.Lag(ctx, time.Now())
		if err == nil {
			lag.Set(waited.Seconds())
		}
		return err
	})
}
