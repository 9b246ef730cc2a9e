package inproc

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"strconv"
	"sync"
)

// bufferAtMost is how much of an answer waits for the handler's end; a longer one, or a
// flushed one, streams.
const bufferAtMost = 32 << 10

// writer collects a short answer whole and turns into a pipe for a long one.
type writer struct {
	header  http.Header
	request *http.Request
	cancel  context.CancelFunc

	mu       sync.Mutex
	status   int
	sent     http.Header
	declared int64 // Content-Length; -1 when the handler set none
	written  int64
	buffer   bytes.Buffer
	pipe     *io.PipeWriter
	body     io.ReadCloser
	err      error
	over     error // why nothing can be written any more
	ready    chan struct{}
}

func newWriter(r *http.Request, cancel context.CancelFunc) *writer {
	return &writer{header: http.Header{}, request: r, cancel: cancel, declared: -1, ready: make(chan struct{})}
}

// Header is what WriteHeader will send.
func (w *writer) Header() http.Header { return w.header }

// WriteHeader fixes status and headers. Informational answers are not passed on.
func (w *writer) WriteHeader(status int) {
	if status < http.StatusOK && status != http.StatusSwitchingProtocols {
		return
	}
	w.mu.Lock()
	defer w.mu.Unlock()
	w.writeHeader(status)
}

func (w *writer) writeHeader(status int) {
	if w.status != 0 {
		return
	}
	w.status, w.sent = status, w.header.Clone()
	if n, err := strconv.ParseInt(w.sent.Get("Content-Length"), 10, 64); err == nil && n >= 0 {
		w.declared = n
	}
}

// Write adds to the answer.
func (w *writer) Write(b []byte) (int, error) {
	pipe, err := w.accept(b)
	if err != nil {
		return 0, err
	}
	if pipe == nil {
		return len(b), nil
	}
	if err := w.flushBuffer(pipe); err != nil {
		return 0, err
	}
	return pipe.Write(b)
}

// accept takes b into the buffer, or gives the pipe that it must go through.
func (w *writer) accept(b []byte) (*io.PipeWriter, error) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.writeHeader(http.StatusOK)
	switch {
	case w.over != nil: // a pipe that nobody reads would hold the handler for ever
		return nil, w.over
	case !w.hasBody():
		return nil, http.ErrBodyNotAllowed
	case w.declared >= 0 && w.written+int64(len(b)) > w.declared:
		return nil, http.ErrContentLength
	}
	w.written += int64(len(b))
	if w.request.Method == http.MethodHead {
		return nil, nil
	}
	if w.pipe == nil && w.buffer.Len()+len(b) <= bufferAtMost {
		return nil, ignoreCount(w.buffer.Write(b))
	}
	w.stream(b)
	return w.pipe, nil
}

func ignoreCount(_ int, err error) error { return err }

// hasBody says that the status allows one (RFC 9110, section 6.4.1).
func (w *writer) hasBody() bool {
	return w.status != http.StatusNoContent && w.status != http.StatusNotModified
}

// FlushError sends what there is: the answer streams from now on.
func (w *writer) FlushError() error {
	w.mu.Lock()
	if w.over != nil {
		defer w.mu.Unlock()
		return w.over
	}
	w.writeHeader(http.StatusOK)
	w.stream(nil)
	pipe := w.pipe
	w.mu.Unlock()
	return w.flushBuffer(pipe)
}

// Flush is FlushError for those who look for an http.Flusher.
func (w *writer) Flush() { _ = w.FlushError() }

// stream hands the client a pipe; mu is held. next is what the handler writes now.
func (w *writer) stream(next []byte) {
	if w.pipe != nil {
		return
	}
	if w.buffer.Len() > 0 {
		next = w.buffer.Bytes()
	}
	w.sniff(next)
	var body *io.PipeReader
	body, w.pipe = io.Pipe()
	w.body = abandonable{PipeReader: body, cancel: w.cancel}
	close(w.ready)
}

// sniff names the type of an answer whose handler did not, as net/http does.
func (w *writer) sniff(start []byte) {
	_, typed := w.sent["Content-Type"]
	if len(start) > 0 && !typed && w.sent.Get("Content-Encoding") == "" {
		w.sent.Set("Content-Type", http.DetectContentType(start))
	}
}

// flushBuffer moves the buffer into the pipe. Only the handler's goroutine writes.
func (w *writer) flushBuffer(pipe *io.PipeWriter) error {
	if w.buffer.Len() == 0 {
		return nil
	}
	_, err := w.buffer.WriteTo(pipe)
	return err
}

var errEnded = errors.New("inproc: a write after the handler's end")

// finish ends the answer; one that is not whole breaks the connection off.
func (w *writer) finish(whole bool) {
	w.mu.Lock()
	defer w.mu.Unlock()
	if whole {
		w.writeHeader(http.StatusOK)
	}
	w.over = errEnded
	short := w.declared > w.written && w.hasBody() && w.request.Method != http.MethodHead
	switch {
	case w.pipe != nil && !whole:
		_ = w.pipe.CloseWithError(errReset)
	case w.pipe != nil && short:
		_ = w.pipe.CloseWithError(io.ErrUnexpectedEOF)
	case w.pipe != nil:
		_ = w.pipe.Close()
	case !whole:
		w.err = errReset
		close(w.ready)
	default:
		w.complete(short)
		close(w.ready)
	}
}

// complete makes the body of an answer that was never streamed.
func (w *writer) complete(short bool) {
	w.sniff(w.buffer.Bytes())
	if w.declared < 0 && w.hasBody() && w.request.Method != http.MethodHead {
		w.declared = w.written
		w.sent.Set("Content-Length", strconv.FormatInt(w.written, 10))
	}
	w.body = io.NopCloser(&w.buffer)
	if short {
		w.body = io.NopCloser(io.MultiReader(&w.buffer, broken{}))
	}
}

// broken is the end of a body that is shorter than it said.
type broken struct{}

func (broken) Read([]byte) (int, error) { return 0, io.ErrUnexpectedEOF }

// abort ends the exchange because the client left: a body cut short reads as an error.
func (w *writer) abort(reason error) {
	w.cancel()
	w.mu.Lock()
	defer w.mu.Unlock()
	w.over = reason
	if w.pipe != nil {
		_ = w.pipe.CloseWithError(reason)
	}
}

// abandonable is a streamed body; closing it early cancels the handler, as a closed
// connection would.
type abandonable struct {
	*io.PipeReader
	cancel context.CancelFunc
}

func (a abandonable) Close() error {
	a.cancel()
	return a.PipeReader.Close()
}

// answer is the response as the client gets it.
func (w *writer) answer() (*http.Response, error) {
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.err != nil {
		return nil, w.err
	}
	return &http.Response{
		Status: fmt.Sprintf("%d %s", w.status, http.StatusText(w.status)), StatusCode: w.status,
		Proto: "HTTP/1.1", ProtoMajor: 1, ProtoMinor: 1,
		Header: w.sent, Body: w.body, ContentLength: w.length(), Request: w.request,
	}, nil
}

// length is that of the body: 0 where the status has none, -1 for not known.
func (w *writer) length() int64 {
	if !w.hasBody() {
		return 0
	}
	return w.declared
}
