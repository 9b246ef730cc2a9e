package sim

import (
	"bufio"
	"bytes"
	"context"
	"errors"
	"io"
	"net/http"
	"time"

	"github.com/go-json-experiment/json"
	"github.com/go-kit/log/level"

	"freecar/car/carapi"
	"freecar/internal/repeat"
)

const (
	silentStream = 45 * time.Second // a stream without even a heartbeat for so long is dead
	steadyStream = 10 * time.Second // one that held so long was no failure
	longestLine  = 64 << 10
)

// listen follows the commands until ctx ends. Between two streams is always a pause; what
// is not acknowledged comes again on the next one.
func (f *Fleet) listen(ctx context.Context) {
	var p pause
	for ctx.Err() == nil {
		opened := f.config.Clock.Now()
		err := f.follow(ctx)
		now := f.config.Clock.Now()
		if now.Sub(opened) >= steadyStream {
			p.worked()
		}
		d := p.failed(now, err)
		if ctx.Err() == nil {
			level.Info(f.logger).Log("msg", "the command stream ended", "err", err, "again_in", d)
		}
		repeat.Rest(ctx, d)
	}
}

// follow reads one stream until it ends, which is an error always.
func (f *Fleet) follow(ctx context.Context) error {
	stream, end := context.WithCancelCause(ctx)
	defer end(nil)
	watch := time.AfterFunc(silentStream, func() { end(errSilent) })
	defer watch.Stop()
	answer, err := f.openStream(stream)
	if err != nil {
		return err
	}
	defer answer.Body.Close()
	err = readEvents(answer.Body, func() { watch.Reset(silentStream) }, func(data []byte) { f.hear(ctx, data) })
	if cause := context.Cause(stream); cause != nil {
		return cause
	}
	return err
}

func (f *Fleet) openStream(ctx context.Context) (*http.Response, error) {
	spec := carapi.Commands.Spec()
	request, err := http.NewRequestWithContext(ctx, spec.Method, spec.Path, nil)
	if err != nil {
		return nil, err
	}
	return f.platform.Do(ctx, spec, request)
}

var errSilent = errors.New("nothing came for too long")

// hear takes the command of an event. Events that are none are for others.
func (f *Fleet) hear(ctx context.Context, data []byte) {
	var c carapi.DeviceCommand
	if err := json.Unmarshal(data, &c); err != nil || c.ID == "" || c.CarID == "" {
		level.Warn(f.logger).Log("msg", "an event that is no command", "err", err)
		return
	}
	f.take(ctx, c)
}

// readEvents reads server-sent events and gives the data of each; line is called with
// every line, comments included. It returns why the stream ended: io.EOF for its end.
func readEvents(stream io.Reader, line func(), each func(data []byte)) error {
	lines := bufio.NewScanner(stream)
	lines.Buffer(nil, longestLine)
	var data []byte
	for lines.Scan() {
		line()
		field, value, _ := bytes.Cut(lines.Bytes(), []byte(":"))
		switch {
		case len(lines.Bytes()) == 0 && len(data) > 0:
			each(data)
			data = nil
		case string(field) == "data":
			data = append(append(data, bytes.TrimPrefix(value, []byte(" "))...), '\n')
		}
		if len(data) > longestLine {
			return bufio.ErrTooLong
		}
	}
	if err := lines.Err(); err != nil {
		return err
	}
	return io.EOF
}
