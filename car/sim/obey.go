package sim

import (
	"context"
	"errors"
	"time"

	"github.com/go-kit/log/level"

	"freecar/car/carapi"
	"freecar/internal/repeat"
)

// acknowledgeWithin is how long an acknowledgement is tried: after that the command has
// expired, or comes again.
const acknowledgeWithin = 30 * time.Second

// task is a command that came. Fleet.mu is over it.
type task struct {
	underWay bool
	done     bool
	outcome  error // once it is done: nil, or why it failed
}

// take begins to carry out a command. It waits while too many others are under way.
func (f *Fleet) take(ctx context.Context, c carapi.DeviceCommand) {
	f.work.Go(func() error {
		f.obey(ctx, c)
		return nil
	})
}

// obey carries a command out, once, and acknowledges it each time that it comes. One that
// is under way is left alone.
func (f *Fleet) obey(ctx context.Context, c carapi.DeviceCommand) {
	t, free := f.begin(c.ID)
	if !free {
		return
	}
	defer f.end(t)
	if !f.isDone(t) && !f.carryOut(ctx, c, t) {
		return // it will come again
	}
	f.acknowledge(ctx, acknowledgement(c.ID, t.outcome))
}

// begin finds or makes the task of a command; it is false when it is under way already.
func (f *Fleet) begin(commandID string) (*task, bool) {
	f.mu.Lock()
	defer f.mu.Unlock()
	t, known := f.tasks.Get(commandID)
	if !known {
		t = &task{}
		f.tasks.Add(commandID, t)
	}
	if t.underWay {
		return t, false
	}
	t.underWay = true
	return t, true
}

func (f *Fleet) end(t *task) {
	f.mu.Lock()
	defer f.mu.Unlock()
	t.underWay = false
}

func (f *Fleet) isDone(t *task) bool {
	f.mu.Lock()
	defer f.mu.Unlock()
	return t.done
}

// carryOut does what a command says, after the time that it takes. It is false when
// nothing was done: the car is not ours, or the fleet ends.
func (f *Fleet) carryOut(ctx context.Context, c carapi.DeviceCommand, t *task) bool {
	if !f.has(c.CarID) {
		f.refreshRoster(ctx, rosterAgain)
	}
	if d := f.delay(c.Kind); d > 0 {
		repeat.Rest(ctx, d)
	}
	if ctx.Err() != nil {
		return false
	}
	if c.Kind == commandLock {
		f.reportRoad(ctx, c.CarID) // a rider pays for the distance that is known when the car is locked
	}
	return f.act(c, t)
}

func (f *Fleet) has(carID string) bool {
	f.mu.Lock()
	defer f.mu.Unlock()
	return f.cars[carID] != nil
}

// delay is how long a command takes. A driver is asked to stop at once.
func (f *Fleet) delay(kind string) time.Duration {
	if kind == commandStop {
		return 0
	}
	f.mu.Lock()
	defer f.mu.Unlock()
	return f.config.Delay()
}

// act does it and keeps the outcome. It is false for a car that is not ours.
func (f *Fleet) act(c carapi.DeviceCommand, t *task) bool {
	f.mu.Lock()
	defer f.mu.Unlock()
	m := f.cars[c.CarID]
	if m == nil {
		level.Warn(f.logger).Log("msg", "a command for an unknown car", "command", c.ID, "car", c.CarID)
		return false
	}
	m.advance(f.config.Clock.Now())
	t.outcome, t.done = m.obey(c.Kind), true
	f.done.commands.Add(1)
	level.Debug(f.logger).Log("msg", "a command", "command", c.ID, "car", c.CarID, "kind", c.Kind, "err", t.outcome)
	return true
}

var errUnknownKind = errors.New("unknown_kind")

// obey does at once what a command says. Errors: errMoving, errUnknownKind.
func (v *vehicle) obey(kind string) error {
	switch kind {
	case commandLock:
		return v.lock()
	case commandUnlock:
		v.unlock()
	case commandStop:
		v.askToStop()
	default:
		return errUnknownKind
	}
	return nil
}

// acknowledge tells the platform until it takes it, or refuses it for good.
func (f *Fleet) acknowledge(ctx context.Context, a carapi.AcknowledgeRequest) {
	ctx, cancel := context.WithTimeout(ctx, acknowledgeWithin)
	defer cancel()
	var p pause
	for {
		_, err := call(ctx, f.platform, carapi.Acknowledge, a)
		if err == nil || ctx.Err() != nil {
			return
		}
		d := p.failed(f.config.Clock.Now(), err)
		level.Warn(f.logger).Log("msg", "acknowledging failed", "command", a.ID, "err", err, "again_in", d)
		if no, ok := errors.AsType[*refusal](err); ok && no.final() {
			return
		}
		repeat.Rest(ctx, d)
	}
}
