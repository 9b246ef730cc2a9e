package endpoint

import (
	"bufio"
	"bytes"
	"encoding/csv"
	"errors"
	"fmt"
	"io"
	"strings"
	"unicode/utf8"

	"freecar/car"
	"freecar/car/carapi"
	"freecar/internal/errs"
	"freecar/internal/kitx"
)

// importColumns are the columns of a list, and where their cells go.
var importColumns = map[string]func(*carapi.ImportRow, string) error{
	"plate":           func(r *carapi.ImportRow, cell string) error { r.Plate = cell; return nil },
	"model":           func(r *carapi.ImportRow, cell string) error { r.Model = cell; return nil },
	"pricing_plan_id": func(r *carapi.ImportRow, cell string) error { r.PricingPlanID = cell; return nil },
	"latitude":        func(r *carapi.ImportRow, cell string) error { return number(&r.Latitude, cell) },
	"longitude":       func(r *carapi.ImportRow, cell string) error { return number(&r.Longitude, cell) },
	"charge_percent":  func(r *carapi.ImportRow, cell string) error { return number(&r.ChargePercent, cell) },
	"odometer_km":     func(r *carapi.ImportRow, cell string) error { return number(&r.OdometerKM, cell) },
}

const columnNames = "plate, model, pricing_plan_id, latitude, longitude, charge_percent, odometer_km"

var errNoNumber = errors.New("no number")

// number reads a decimal number; an empty cell is none.
func number(to **float64, cell string) error {
	if cell == "" {
		return nil
	}
	v, ok := kitx.ParseNumber(cell)
	if !ok {
		return errNoNumber
	}
	*to = &v
	return nil
}

// ReadCSV reads a list as RFC 4180 has it, with the names of the columns first. Errors:
// Invalid for a list whose first line is no such names, TooLarge, and those of the reader.
func ReadCSV(r io.Reader) ([]car.ImportLine, error) {
	records := csv.NewReader(withoutMark(r))
	records.FieldsPerRecord = -1 // a short line is refused alone
	records.ReuseRecord = true
	columns, err := readHeader(records)
	if err != nil {
		return nil, err
	}
	var list importList
	for {
		cells, err := records.Read()
		at, row, bad := 0, carapi.ImportRow{}, []errs.Field(nil)
		malformed, isMalformed := errors.AsType[*csv.ParseError](err)
		switch {
		case err == io.EOF:
			return list.lines, nil
		case isMalformed:
			at, bad = malformed.StartLine, []errs.Field{malformedLine(malformed)}
		case err != nil:
			return nil, err
		case blank(cells):
			continue
		default:
			at, _ = records.FieldPos(0)
			row, bad = readCells(columns, cells)
		}
		if err := list.add(at, row, bad); err != nil {
			return nil, err
		}
	}
}

func withoutMark(r io.Reader) io.Reader {
	buffered := bufio.NewReader(r)
	if start, err := buffered.Peek(len(byteOrderMark)); err == nil && bytes.Equal(start, byteOrderMark) {
		_, _ = buffered.Discard(len(byteOrderMark))
	}
	return buffered
}

// readHeader reads the names of the columns. Errors: Invalid, naming the columns.
func readHeader(records *csv.Reader) ([]string, error) {
	cells, err := records.Read()
	if _, malformed := errors.AsType[*csv.ParseError](err); malformed || err == io.EOF {
		return nil, errs.Invalidf("header", "required", "The first line must name the columns: "+columnNames+".")
	}
	if err != nil {
		return nil, err
	}
	columns, seen := make([]string, len(cells)), map[string]bool{}
	var bad []errs.Field
	for i, cell := range cells {
		name := strings.TrimSpace(cell)
		columns[i] = name
		switch {
		case importColumns[name] == nil:
			bad = append(bad, errs.Field{Field: kitx.Echo(name), Code: "unknown", Detail: "There is no such column. Separate by commas: " + columnNames + "."})
		case seen[name]:
			bad = append(bad, errs.Field{Field: name, Code: "repeated", Detail: "The column is there twice."})
		}
		seen[name] = true
	}
	for _, name := range []string{"plate", "model"} {
		if !seen[name] {
			bad = append(bad, errs.Field{Field: name, Code: "required", Detail: "The column is missing."})
		}
	}
	if bad != nil {
		return nil, errs.InvalidFields(bad[:min(len(bad), 20)]...)
	}
	return columns, nil
}

func malformedLine(err *csv.ParseError) errs.Field {
	detail := "A quote stands where none may be."
	if err.Line != err.StartLine || errors.Is(err, csv.ErrQuote) {
		detail = fmt.Sprintf("A quote is not closed, or something follows one that is; this line ends at line %d of the list.", err.Line)
	}
	return errs.Field{Code: "malformed", Detail: detail}
}

func blank(cells []string) bool {
	for _, cell := range cells {
		if strings.TrimSpace(cell) != "" {
			return false
		}
	}
	return true
}

func readCells(columns, cells []string) (row carapi.ImportRow, bad []errs.Field) {
	if len(cells) != len(columns) {
		return row, []errs.Field{{Code: "wrong_columns", Detail: fmt.Sprintf("The line has %d cells and the list %d columns.", len(cells), len(columns))}}
	}
	for i, name := range columns {
		switch cell := strings.TrimSpace(cells[i]); {
		case !utf8.ValidString(cell):
			bad = append(bad, errs.Field{Field: name, Code: "invalid", Detail: "It must be UTF-8."})
		case importColumns[name](&row, cell) != nil:
			bad = append(bad, errs.Field{Field: name, Code: "invalid", Detail: "It must be a number, 52.52 say."})
		}
	}
	return row, bad
}
