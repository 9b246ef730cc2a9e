package car

import (
	"context"
	"errors"
	"fmt"

	"freecar/internal/errs"
)

// ImportLine is one line of a list of cars.
type ImportLine struct {
	Number       int // in the file, from 1
	Registration     // an empty PricingPlanID leaves the plan of a known car as it is
	// Bad says why the line cannot be a car; its registration is of no use then.
	Bad []errs.Field
}

// Import outcomes of a line.
const (
	ImportCreated   = "created"
	ImportUpdated   = "updated"
	ImportUnchanged = "unchanged"
	ImportRefused   = "refused"
)

// Imported is what became of a line. A dry run says what would.
type Imported struct {
	Number  int
	Plate   string // empty where it could not be read
	Outcome string
	CarID   string       // empty for a line that was refused, or would be created
	Refused []errs.Field // why
}

// importChunk is how many lines are tried before their ends are told.
const importChunk = 64

// Import registers cars, and describes those that are known by their plate. Where a known
// car stands is for its device to say.
func (f *Fleet) Import(ctx context.Context, lines []ImportLine, dryRun bool, each func(Imported) error) error {
	lines = refuseTwins(lines)
	done := make([]Imported, importChunk)
	for ; len(lines) > 0; lines = lines[min(len(lines), importChunk):] {
		chunk := lines[:min(len(lines), importChunk)]
		err := together(len(chunk), func(i int) (err error) {
			done[i], err = f.importLine(ctx, chunk[i], dryRun)
			return err
		})
		if err != nil {
			return err
		}
		for i := range chunk {
			if err := each(done[i]); err != nil {
				return err
			}
		}
	}
	return nil
}

// refuseTwins refuses each plate that an earlier line has: which of the two is right?
func refuseTwins(lines []ImportLine) []ImportLine {
	checked, first := make([]ImportLine, len(lines)), make(map[string]int, len(lines))
	for i, l := range lines {
		if before, twice := first[l.Plate]; twice && l.Bad == nil {
			l.Bad = []errs.Field{{Field: "plate", Code: "repeated", Detail: fmt.Sprintf("Line %d has this plate, too.", before)}}
		} else if l.Bad == nil {
			first[l.Plate] = l.Number
		}
		checked[i] = l
	}
	return checked
}

func (f *Fleet) importLine(ctx context.Context, l ImportLine, dryRun bool) (Imported, error) {
	done := Imported{Number: l.Number, Plate: l.Plate, Outcome: ImportRefused, Refused: l.Bad}
	if l.Bad != nil {
		return done, nil
	}
	known, err := f.cars.CarOfPlate(ctx, l.Plate)
	if errors.Is(err, ErrMissing) {
		return f.importNew(ctx, l, dryRun, done)
	}
	if err != nil {
		return done, err
	}
	return f.importKnown(ctx, known, l, dryRun, done)
}

func (f *Fleet) importNew(ctx context.Context, l ImportLine, dryRun bool, done Imported) (Imported, error) {
	done.Outcome = ImportCreated
	if dryRun {
		return done, nil
	}
	registered, err := f.Register(ctx, Registering{Registration: l.Registration})
	if errors.Is(err, ErrPlateExists) { // since we looked
		known, err := f.cars.CarOfPlate(ctx, l.Plate)
		if err != nil {
			return done, err
		}
		return f.importKnown(ctx, known, l, dryRun, done)
	}
	done.CarID = registered.Car.ID
	return done, err
}

func (f *Fleet) importKnown(ctx context.Context, known Car, l ImportLine, dryRun bool, done Imported) (Imported, error) {
	details := Details{Model: &l.Model}
	if l.PricingPlanID != "" {
		details.PricingPlanID = &l.PricingPlanID
	}
	attempt := known.Clone()
	err := attempt.Describe(details, f.clock.Now())
	done.Outcome = ImportUnchanged
	if _, changes := attempt.Recorded(); changes {
		done.Outcome = ImportUpdated
		if !dryRun {
			_, err = f.Change(ctx, known.ID, details)
		}
	}
	if errors.Is(err, ErrRemoved) {
		done.Outcome, done.Refused = ImportRefused, []errs.Field{{Field: "plate", Code: ErrRemoved.Code, Detail: "The car with this plate was removed from the fleet, for ever."}}
		return done, nil
	}
	done.CarID = known.ID
	return done, err
}
