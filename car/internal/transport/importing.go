package transport

import (
	"errors"
	"io"
	"mime"
	"net/http"
	"net/url"
	"strings"
	"time"

	"github.com/go-json-experiment/json"

	"freecar/car"
	"freecar/car/carapi"
	"freecar/car/internal/endpoint"
	"freecar/internal/errs"
	"freecar/internal/kitx"
)

const (
	// listWithin is how long the list may take to come.
	listWithin = 3 * time.Minute
	// flushEvery is after how many lines the client hears how far the work has come.
	flushEvery = 64

	jsonLines = "application/x-ndjson"
)

// importer serves lists of cars. A list is read whole before anything of it is done, so
// that one too large, or without the right columns, changes nothing.
type importer struct{ endpoints endpoint.Endpoints }

func (i importer) serve(w http.ResponseWriter, r *http.Request) error {
	dryRun, err := readDryRun(r.URL.RawQuery)
	if err != nil {
		return err
	}
	read, err := readerOf(r.Header.Get("Content-Type"))
	if err != nil {
		return err
	}
	// Where there is no socket there is no deadline, and the caller's own one holds.
	_ = http.NewResponseController(w).SetReadDeadline(time.Now().Add(listWithin))
	lines, err := read(http.MaxBytesReader(nil, r.Body, carapi.Import.Spec().MaxBody))
	if err != nil { // what failed in its time is not waited for again
		return listError(err)
	}
	_ = http.NewResponseController(w).SetReadDeadline(time.Time{})
	out := newLineWriter(w, wantsLines(r.Header))
	defer out.close()
	if err := out.begin(); err != nil {
		return nil // the client is gone
	}
	report, err := i.endpoints.Import(r.Context(), lines, dryRun, out.line)
	if err != nil {
		return err
	}
	return out.end(report)
}

func readDryRun(query string) (bool, error) {
	values, err := url.ParseQuery(query)
	if err != nil {
		return false, errs.Invalidf("query", "invalid", "The query string is not well formed.")
	}
	for name, given := range values {
		switch {
		case name != "dry_run":
			return false, errs.Invalidf(kitx.Echo(name), "unknown", "There is no such parameter.")
		case len(given) > 1:
			return false, errs.Invalidf(name, "repeated", "Give it once.")
		case given[0] != "true" && given[0] != "false":
			return false, errs.Invalidf(name, "invalid", "It must be true or false.")
		}
	}
	return values.Get("dry_run") == "true", nil
}

func readerOf(contentType string) (func(io.Reader) ([]car.ImportLine, error), error) {
	kind, params, err := mime.ParseMediaType(contentType)
	charset := strings.ToLower(params["charset"])
	if err == nil && (charset == "" || charset == "utf-8" || charset == "us-ascii") {
		switch kind {
		case "text/csv":
			return endpoint.ReadCSV, nil
		case jsonLines, "application/jsonl":
			return endpoint.ReadJSONLines, nil
		}
	}
	return nil, errs.E(errs.UnsupportedMedia, "unsupported_media", "Send the list as text/csv or application/x-ndjson, in UTF-8.")
}

// listError explains a list that could not be read.
func listError(err error) error {
	if _, ok := errors.AsType[*errs.Error](err); ok {
		return err
	}
	if _, ok := errors.AsType[*http.MaxBytesError](err); ok {
		return errs.E(errs.TooLarge, "too_large", "A list has at most 5 MB; send it in parts.").Because(err)
	}
	return errs.Invalidf("body", "truncated", "The body ended early.").Because(err)
}

func wantsLines(h http.Header) bool {
	for _, accept := range h.Values("Accept") {
		for want := range strings.SplitSeq(accept, ",") {
			if kind, _, err := mime.ParseMediaType(want); err == nil && kind == jsonLines {
				return true
			}
		}
	}
	return false
}

// lineWriter writes the answer: a line for each line of the list, or the report alone.
// Either way it begins before the work, which may take longer than anybody waits for the
// head of an answer. What breaks off then has no end.
type lineWriter struct {
	w       http.ResponseWriter
	control *http.ResponseController
	lines   bool
	written int
}

func newLineWriter(w http.ResponseWriter, lines bool) *lineWriter {
	return &lineWriter{w: w, control: http.NewResponseController(w), lines: lines}
}

func (l *lineWriter) begin() error {
	h := l.w.Header()
	h.Set("Content-Type", "application/json")
	if l.lines {
		h.Set("Content-Type", jsonLines)
		h.Set("X-Accel-Buffering", "no") // or a proxy would wait for more
	}
	h.Set("Cache-Control", "no-store")
	l.w.WriteHeader(http.StatusOK)
	return l.control.Flush()
}

// close takes the deadline off the connection: the next answer has its own time.
func (l *lineWriter) close() { _ = l.control.SetWriteDeadline(time.Time{}) }

func (l *lineWriter) line(line carapi.ImportedLine) error {
	if !l.lines {
		return nil
	}
	if err := l.write(line); err != nil {
		return err
	}
	if l.written++; l.written%flushEvery == 0 {
		return l.control.Flush()
	}
	return nil
}

func (l *lineWriter) end(report carapi.ImportReport) error {
	if l.lines {
		return l.write(carapi.ImportEnd{Report: report})
	}
	return l.write(report)
}

func (l *lineWriter) write(value any) error {
	text, err := json.Marshal(value)
	if err != nil {
		return err
	}
	// Not every writer knows deadlines; an in-process one ends with its reader anyway.
	_ = l.control.SetWriteDeadline(time.Now().Add(writeWithin))
	_, err = l.w.Write(append(text, '\n'))
	return err
}
