package kitx

import "freecar/internal/errs"

// settle sorts an outcome: faults are the endpoint's error, so that kit middleware sees
// them; everything else is a response.
func settle[T any](value T, err error) (any, error) {
	if errs.IsFault(err) {
		return nil, err
	}
	return result[T]{value: value, err: err}, nil
}
