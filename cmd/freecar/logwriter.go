package main

import (
	"io"
	"os/signal"
	"syscall"

	"github.com/prometheus/client_golang/prometheus"
)

// logWriter is where the log of a node goes. When nobody reads it any more, a collector
// that went away say, the node goes on: the metric tells that lines are lost.
type logWriter struct {
	to   io.Writer
	lost prometheus.Counter
}

// newLogWriter also keeps the broken pipe from ending the process, as it would on stdout.
func newLogWriter(to io.Writer) *logWriter {
	signal.Ignore(syscall.SIGPIPE)
	return &logWriter{to: to, lost: prometheus.NewCounter(prometheus.CounterOpts{
		Name: "freecar_log_lines_lost_total", Help: "Lines of the log that could not be written."})}
}

// Write writes a line, or counts it as lost.
func (w *logWriter) Write(line []byte) (int, error) {
	n, err := w.to.Write(line)
	if err != nil {
		w.lost.Inc()
	}
	return n, err
}
