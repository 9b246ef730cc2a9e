package adaptertest

import (
	"errors"

	"freecar/internal/errs"
)

// named says that an error names the field.
func named(err error, field string) bool {
	e, ok := errors.AsType[*errs.Error](err)
	if !ok {
		return false
	}
	for _, f := range e.Fields {
		if f.Field == field {
			return true
		}
	}
	return false
}
