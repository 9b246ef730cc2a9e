package opscli

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"path/filepath"
	"strings"

	"github.com/go-json-experiment/json"
	"github.com/go-json-experiment/json/jsontext"
	"github.com/spf13/cobra"

	"freecar/car/carapi"
)

const (
	commaSeparated = "text/csv"
	jsonLines      = "application/x-ndjson"
)

// formats of lists of cars, by the end of a file's name.
var formats = map[string]string{".csv": commaSeparated, ".ndjson": jsonLines, ".jsonl": jsonLines}

func (t *tool) importCars() *cobra.Command {
	var dryRun bool
	var format string
	cmd := &cobra.Command{
		Use: "import <file>", Short: "Add and update many cars from a list",
		Long: `Add and update cars from a list: CSV whose first line names the columns, or JSON lines
(.ndjson, .jsonl); - is stdin. The columns are plate and model, and if you like
pricing_plan_id, latitude, longitude, charge_percent and odometer_km.

Plates decide which car is meant, so that a list can be sent again. A line that is refused
stops no other: all are listed at the end, and the exit code is 1. --dry-run says what
would be done and does nothing.`,
		Example: `  freecar ops cars import fleet.csv --dry-run
  freecar ops cars import fleet.csv
  jq -c '.cars[]' fleet.json | freecar ops cars import - --format ndjson`,
		ValidArgsFunction: func(*cobra.Command, []string, string) ([]string, cobra.ShellCompDirective) {
			return []string{"csv", "ndjson", "jsonl"}, cobra.ShellCompDirectiveFilterFileExt
		},
	}
	cmd.Flags().BoolVar(&dryRun, "dry-run", false, "say what would be done, and do nothing")
	cmd.Flags().StringVar(&format, "format", "", "csv or ndjson (default: as the file's name ends)")
	return t.leaf(cmd, one, func(i *invocation, args []string) error {
		media := formats["."+format]
		if format == "" {
			media = formats[strings.ToLower(filepath.Ext(args[0]))]
		}
		if media == "" {
			return misuse(cmd, errors.New("--format says what the list is: csv or ndjson"))
		}
		list, err := i.document(args[0])
		if err != nil {
			return err
		}
		return i.importCars(list, media, dryRun)
	})
}

func (i *invocation) importCars(list []byte, media string, dryRun bool) error {
	request := listRequest(list, media, dryRun)
	resp, err := send(i, carapi.Import.Raw, request)
	if err != nil {
		return err
	}
	defer resp.Body.Close()
	report, err := i.followImport(resp.Body, bytes.Count(list, []byte("\n")))
	i.progress.clear()
	if err != nil {
		return err
	}
	if !i.json {
		if err := i.showImport(report); err != nil {
			return err
		}
	}
	if n := linesRefused(report); n > 0 {
		return fmt.Errorf("%d of %d lines were refused", n, report.Lines)
	}
	return nil
}

// listRequest can be sent again: it holds the list.
func listRequest(list []byte, media string, dryRun bool) *http.Request {
	at := &url.URL{Path: carapi.Import.Spec().Path}
	if dryRun {
		at.RawQuery = "dry_run=true"
	}
	body := func() (io.ReadCloser, error) { return io.NopCloser(bytes.NewReader(list)), nil }
	r := &http.Request{Method: carapi.Import.Spec().Method, URL: at, ContentLength: int64(len(list)), GetBody: body,
		Header: http.Header{"Content-Type": {media}, "Accept": {jsonLines}}}
	r.Body, _ = body()
	return r
}

// followImport reads the answer as it comes: what became of each line, then the report.
func (i *invocation) followImport(answer io.Reader, lines int) (carapi.ImportReport, error) {
	var line struct {
		carapi.ImportedLine
		Report *carapi.ImportReport `json:"report"`
	}
	documents := jsontext.NewDecoder(answer)
	for done := 1; ; done++ {
		raw, err := documents.ReadValue()
		if err != nil {
			return carapi.ImportReport{}, fmt.Errorf("the answer broke off after %d lines, which are done; the list can be sent again: %w", done-1, err)
		}
		line.Report = nil
		if err := json.Unmarshal(raw, &line); err != nil {
			return carapi.ImportReport{}, err
		}
		if i.json {
			if err := i.printJSON(raw); err != nil {
				return carapi.ImportReport{}, err
			}
		}
		if line.Report != nil {
			return *line.Report, nil
		}
		i.progress.step("%d of about %d lines", done, lines)
	}
}

var refusedColumns = []column[carapi.RefusedLine]{
	figure("LINE", func(l carapi.RefusedLine) string { return integer(l.Line) }),
	col("PLATE", func(l carapi.RefusedLine) string { return l.Plate }),
	col("FIELD", func(l carapi.RefusedLine) string { return l.Field }),
	col("CODE", func(l carapi.RefusedLine) string { return l.Code }),
	col("WHY", func(l carapi.RefusedLine) string { return l.Detail }),
}

func (i *invocation) showImport(r carapi.ImportReport) error {
	if len(r.Refused) > 0 {
		if err := writeTable(i.out, refusedColumns, r.Refused, i.bold()); err != nil {
			return err
		}
	}
	did := ""
	if r.DryRun {
		did = "would be "
	}
	_, err := fmt.Fprintf(i.out, "%d lines: %d %screated, %d %supdated, %d unchanged, %d refused\n",
		r.Lines, r.Created, did, r.Updated, did, r.Unchanged, linesRefused(r))
	return err
}

// linesRefused counts lines, of which each may be refused for several reasons.
func linesRefused(r carapi.ImportReport) int {
	lines := map[int]bool{}
	for _, refused := range r.Refused {
		lines[refused.Line] = true
	}
	return len(lines)
}
