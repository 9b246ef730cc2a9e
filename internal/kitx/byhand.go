package kitx

import "reflect"

// For operations that read their body by themselves, line by line say.

// Check holds a struct, given by its address, to its validate tags, as a request is held
// to them. Errors: Invalid with the fields named.
func Check(request any) error { return check(reflect.ValueOf(request).Elem()) }

// ExplainJSON says what a strict decoder stumbled over, as of a request's body. Errors:
// Invalid with the field named.
func ExplainJSON(err error) error { return jsonError(err) }
