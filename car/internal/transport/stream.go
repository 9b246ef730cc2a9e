package transport

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"sync"
	"time"

	"github.com/go-json-experiment/json"

	"freecar/car"
	"freecar/car/internal/endpoint"
	"freecar/internal/auth"
)

const (
	// resendEvery is how often an unanswered command comes again.
	resendEvery = 3 * time.Second
	// heartbeatEvery keeps the connection from looking dead.
	heartbeatEvery = 10 * time.Second
	// rememberFor is how long a stream knows what it has sent: the news of a command may
	// come twice and late, from this instance and from the bus.
	rememberFor = time.Minute
	// writeWithin is how long a device may take to read before it is cut off.
	writeWithin = 10 * time.Second
)

// CommandStreams serves the streams of commands to devices, until Close.
type CommandStreams struct {
	service car.Service
	closed  chan struct{}
	close   func()
}

// NewCommandStreams makes the streams' server.
func NewCommandStreams(s car.Service) *CommandStreams {
	closed := make(chan struct{})
	return &CommandStreams{service: s, closed: closed, close: sync.OnceFunc(func() { close(closed) })}
}

// Close ends all streams; devices connect again, to another instance.
func (s *CommandStreams) Close() { s.close() }

// Serve streams the commands of the device that asks: first those that wait, then new
// ones as they come, each again until it is answered.
func (s *CommandStreams) Serve(w http.ResponseWriter, r *http.Request) error {
	deviceID := auth.From(r.Context()).Subject
	news, stop := s.service.Listen(deviceID)
	defer stop()
	stream := &commandStream{service: s.service, deviceID: deviceID, sent: map[string]time.Time{}, out: newEventWriter(w)}
	waiting, err := s.service.Pending(r.Context(), deviceID)
	if err != nil {
		return err // nothing is written yet: the device gets a proper answer
	}
	if err := errors.Join(stream.out.begin(), stream.resend(waiting)); err != nil {
		return nil // the device is gone
	}
	return stream.follow(r.Context(), news, s.closed)
}

// commandStream is one device's connection.
type commandStream struct {
	service  car.Service
	deviceID string
	sent     map[string]time.Time // when each command last went out
	out      *eventWriter
}

func (s *commandStream) follow(ctx context.Context, news <-chan car.Pending, closed <-chan struct{}) error {
	again, heartbeat := time.NewTicker(resendEvery), time.NewTicker(heartbeatEvery)
	defer again.Stop()
	defer heartbeat.Stop()
	for {
		var gone error
		select {
		case <-ctx.Done():
			return nil
		case <-closed:
			return nil
		case p := <-news:
			if _, known := s.sent[p.Command.ID]; !known {
				gone = s.send(p)
			}
		case <-again.C:
			waiting, err := s.service.Pending(ctx, s.deviceID)
			if err != nil {
				return err
			}
			gone = s.resend(waiting)
		case <-heartbeat.C:
			gone = s.out.comment("still here")
		}
		if gone != nil {
			return nil
		}
	}
}

// resend sends what waits and went out long enough ago, or never.
func (s *commandStream) resend(waiting []car.Pending) error {
	now := time.Now()
	for _, p := range waiting {
		if at, known := s.sent[p.Command.ID]; known && now.Sub(at) < resendEvery {
			continue
		}
		if err := s.send(p); err != nil {
			return err
		}
	}
	for id, at := range s.sent {
		if now.Sub(at) > rememberFor {
			delete(s.sent, id)
		}
	}
	return nil
}

func (s *commandStream) send(p car.Pending) error {
	s.sent[p.Command.ID] = time.Now()
	return s.out.event("command", p.Command.ID, endpoint.FromPending(p))
}

// eventWriter writes server-sent events.
type eventWriter struct {
	w       http.ResponseWriter
	control *http.ResponseController
}

func newEventWriter(w http.ResponseWriter) *eventWriter {
	return &eventWriter{w: w, control: http.NewResponseController(w)}
}

// begin sends the head, so that the device knows that it is connected.
func (e *eventWriter) begin() error {
	h := e.w.Header()
	h.Set("Content-Type", "text/event-stream")
	h.Set("Cache-Control", "no-store")
	h.Set("X-Accel-Buffering", "no") // or a proxy would wait for more
	e.w.WriteHeader(http.StatusOK)
	return e.comment("connected")
}

func (e *eventWriter) comment(text string) error { return e.write(": " + text + "\n\n") }

func (e *eventWriter) event(name, id string, data any) error {
	body, err := json.Marshal(data)
	if err != nil {
		return err
	}
	return e.write(fmt.Sprintf("event: %s\nid: %s\ndata: %s\n\n", name, id, body))
}

func (e *eventWriter) write(text string) error {
	// Not every writer knows deadlines; an in-process one ends with its reader anyway.
	_ = e.control.SetWriteDeadline(time.Now().Add(writeWithin))
	if _, err := e.w.Write([]byte(text)); err != nil {
		return err
	}
	return e.control.Flush()
}
