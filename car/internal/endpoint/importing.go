package endpoint

import (
	"context"

	"freecar/car"
	"freecar/car/carapi"
	"freecar/internal/errs"
)

// Import takes a list of cars and tells each line's end as it comes, in order.
func (e Endpoints) Import(ctx context.Context, lines []car.ImportLine, dryRun bool, each func(carapi.ImportedLine) error) (carapi.ImportReport, error) {
	report := carapi.ImportReport{DryRun: dryRun, Lines: len(lines), Refused: []carapi.RefusedLine{}}
	err := e.service.Import(ctx, lines, dryRun, func(done car.Imported) error {
		line := fromImported(done)
		report.Refused = append(report.Refused, line.Refused...)
		switch done.Outcome {
		case car.ImportCreated:
			report.Created++
		case car.ImportUpdated:
			report.Updated++
		case car.ImportUnchanged:
			report.Unchanged++
		}
		return each(line)
	})
	return report, err
}

func fromImported(done car.Imported) carapi.ImportedLine {
	w := carapi.ImportedLine{Line: done.Number, Plate: done.Plate, Outcome: done.Outcome, CarID: done.CarID}
	for _, why := range done.Refused {
		w.Refused = append(w.Refused, carapi.RefusedLine{Line: done.Number, Plate: done.Plate, Field: why.Field, Code: why.Code, Detail: why.Detail})
	}
	return w
}

// importList gathers the lines of a list, up to the most that there may be.
type importList struct{ lines []car.ImportLine }

func (l *importList) add(number int, row carapi.ImportRow, bad []errs.Field) error {
	if len(l.lines) == carapi.ImportLinesAtMost {
		return errs.E(errs.TooLarge, "too_many_lines", "A list has at most 10,000 cars; send it in parts.")
	}
	line := car.ImportLine{Number: number, Bad: bad}
	if bad == nil {
		line.Registration, line.Bad = toImport(row)
	}
	l.lines = append(l.lines, line)
	return nil
}
