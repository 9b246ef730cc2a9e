package endpoint

import (
	"bufio"
	"bytes"
	"errors"
	"io"
	"strings"

	"github.com/go-json-experiment/json"

	"freecar/car"
	"freecar/car/carapi"
	"freecar/internal/errs"
	"freecar/internal/kitx"
	"freecar/internal/wire"
)

// toImport holds a row to the rules of a car that staff register one by one, and says
// all that is wrong with it.
func toImport(row carapi.ImportRow) (car.Registration, []errs.Field) {
	row.Plate, row.Model, row.PricingPlanID = strings.TrimSpace(row.Plate), strings.TrimSpace(row.Model), strings.TrimSpace(row.PricingPlanID)
	bad := fieldsOf(kitx.Check(&row))
	plate, err := car.ParsePlate(row.Plate)
	if err != nil && !names(bad, "plate") {
		bad = append(bad, fieldsOf(err)...)
	}
	first, misplaced := toImportReading(row)
	if bad = append(bad, misplaced...); len(bad) > 0 {
		return car.Registration{Plate: plate}, bad
	}
	return car.Registration{Plate: plate, Model: row.Model, PricingPlanID: row.PricingPlanID, First: first}, nil
}

// toImportReading is where a row puts the car. A position is whole, and charge and
// odometer are of a place.
func toImportReading(row carapi.ImportRow) (*car.Reading, []errs.Field) {
	if row.Latitude == nil && row.Longitude == nil && row.ChargePercent == nil && row.OdometerKM == nil {
		return nil, nil
	}
	var bad []errs.Field
	need := func(name string, degrees *float64) {
		if degrees == nil {
			bad = append(bad, errs.Field{Field: name, Code: "required", Detail: "Say where the car is, or leave latitude, longitude, charge_percent and odometer_km out."})
		}
	}
	need("latitude", row.Latitude)
	need("longitude", row.Longitude)
	if bad != nil {
		return nil, bad
	}
	first, err := toFirstReading(carapi.RegisterRequest{
		Position: &wire.Position{Latitude: *row.Latitude, Longitude: *row.Longitude}, ChargePercent: row.ChargePercent, OdometerKM: row.OdometerKM,
	})
	return first, fieldsOf(err)
}

func fieldsOf(err error) []errs.Field {
	if err == nil {
		return nil
	}
	if e, ok := errors.AsType[*errs.Error](err); ok && len(e.Fields) > 0 {
		return e.Fields
	}
	return []errs.Field{{Code: errs.CodeOf(err), Detail: "It cannot be read."}}
}

func names(fields []errs.Field, name string) bool {
	for _, f := range fields {
		if f.Field == name {
			return true
		}
	}
	return false
}

// byteOrderMark is what some editors put before UTF-8.
var byteOrderMark = []byte("\ufeff")

// ReadJSONLines reads a list with a JSON object a line. Errors: TooLarge, and those of
// the reader.
func ReadJSONLines(r io.Reader) ([]car.ImportLine, error) {
	var list importList
	lines := bufio.NewReader(r)
	for number := 1; ; number++ {
		text, err := lines.ReadBytes('\n')
		if err != nil && err != io.EOF {
			return nil, err
		}
		if number == 1 {
			text = bytes.TrimPrefix(text, byteOrderMark)
		}
		if text := bytes.TrimSpace(text); len(text) > 0 {
			row, bad := readRow(text)
			if err := list.add(number, row, bad); err != nil {
				return nil, err
			}
		}
		if err == io.EOF {
			return list.lines, nil
		}
	}
}

func readRow(text []byte) (row carapi.ImportRow, bad []errs.Field) {
	err := json.Unmarshal(text, &row, json.RejectUnknownMembers(true))
	switch {
	case err != nil:
		bad = fieldsOf(kitx.ExplainJSON(err))
	case text[0] != '{': // null
		bad = []errs.Field{{Field: "body", Code: "wrong_type", Detail: "It must be an object."}}
	}
	for i := range bad {
		if bad[i].Field == "body" {
			bad[i].Field = "" // the line as a whole
			bad[i].Detail = "The line is not a JSON object."
		}
	}
	return row, bad
}
