package kitx

import (
	"errors"
	"fmt"
	"net/http"
	"reflect"
	"slices"
	"strings"
	"unicode"

	"github.com/go-json-experiment/json"
	"github.com/go-json-experiment/json/jsontext"
	"github.com/go-playground/validator/v10"

	"freecar/internal/errs"
)

var rules = newRules()

func newRules() *validator.Validate {
	v := validator.New(validator.WithRequiredStructEnabled())
	v.RegisterTagNameFunc(func(f reflect.StructField) string {
		in, name := location(f)
		switch {
		case in != "":
			return name
		case inlined(f):
			return inlinedName
		}
		name, _, _ = strings.Cut(f.Tag.Get("json"), ",")
		return name
	})
	if err := v.RegisterValidation("text", isText); err != nil {
		panic(err)
	}
	return v
}

// inlinedName stands for an embedded struct in a path: clients see its fields alone.
const inlinedName = "^"

// isText refuses control characters: they belong in no name and break logs.
func isText(f validator.FieldLevel) bool {
	return !strings.ContainsFunc(f.Field().String(), unicode.IsControl)
}

// check holds a request to its validate tags.
func check(v reflect.Value) error {
	err := rules.Struct(v.Addr().Interface())
	if err == nil {
		return nil
	}
	failed, ok := errors.AsType[validator.ValidationErrors](err)
	if !ok {
		return err
	}
	fields := make([]errs.Field, 0, len(failed))
	for _, f := range failed {
		code, detail := verdict(f)
		fields = append(fields, errs.Field{Field: fieldPath(v.Type(), f.Namespace()), Code: code, Detail: detail})
	}
	return errs.InvalidFields(told(fields)...)
}

// fieldPath is a field as the client wrote it: without the Go name of the request, and
// without embedded structs.
func fieldPath(request reflect.Type, namespace string) string {
	path := strings.TrimPrefix(namespace, request.Name()+".")
	return strings.ReplaceAll(path, inlinedName+".", "")
}

// verdict puts a broken rule into a code and a sentence.
func verdict(f validator.FieldError) (code, detail string) {
	sized := f.Kind() == reflect.String || f.Kind() == reflect.Slice || f.Kind() == reflect.Map
	switch tag := f.Tag(); tag {
	case "min", "gte", "gt":
		if sized {
			return "too_short", "It must have " + bounds[tag] + f.Param() + parts(f) + "."
		}
		return "too_small", "It must be " + bounds[tag] + f.Param() + "."
	case "max", "lte", "lt":
		if sized {
			return "too_long", "It must have " + bounds[tag] + f.Param() + parts(f) + "."
		}
		return "too_large", "It must be " + bounds[tag] + f.Param() + "."
	case "len":
		return "invalid", "It must have exactly " + f.Param() + parts(f) + "."
	case "oneof":
		return "invalid", "It must be one of: " + f.Param() + "."
	case "text":
		return "invalid", "It must not hold control characters."
	case "uuid", "email", "e164", "url":
		return "invalid", "It must be a valid " + f.Tag() + "."
	case "number", "numeric":
		return "invalid", "It must have digits only."
	case "uppercase":
		return "invalid", "It must be in capitals."
	case "iso3166_1_alpha2":
		return "invalid", "It must be a country of ISO 3166-1 in two capitals, DE say."
	case "excluded_with":
		return "conflicting", "It cannot come together with another one; give one of them."
	default:
		if strings.HasPrefix(tag, "required") { // required_with, required_without, …
			return "required", "It is required."
		}
		return "invalid", "It breaks the rule " + strings.TrimSpace(tag+" "+f.Param()) + "."
	}
}

// parts is what the length of a field counts.
func parts(f validator.FieldError) string {
	if f.Kind() == reflect.String {
		return " characters"
	}
	return " entries"
}

var bounds = map[string]string{
	"min": "at least ", "gte": "at least ", "gt": "more than ",
	"max": "at most ", "lte": "at most ", "lt": "less than ",
}

// bodyError explains a body that could not be read.
func bodyError(err error, limit int64) error {
	if _, ok := errors.AsType[*http.MaxBytesError](err); ok {
		return errs.E(errs.TooLarge, "too_large", fmt.Sprintf("The body must have at most %d bytes.", limit)).Because(err)
	}
	return errs.Invalidf(wholeBody, "truncated", "The body ended early.").Because(err)
}

// jsonError names the member that a strict decoder stumbled over. The decoder's own text
// quotes the input, which may be a password: it is dropped, and not kept for the log.
func jsonError(err error) error {
	if e, ok := errors.AsType[*json.SemanticError](err); ok {
		return semanticError(e)
	}
	if e, ok := errors.AsType[*jsontext.SyntacticError](err); ok {
		if errors.Is(e, jsontext.ErrDuplicateName) {
			return errs.Invalidf(pointerPath(e.JSONPointer), "repeated", "It is there twice.")
		}
		return errs.Invalidf(pointerPath(e.JSONPointer), "malformed", "The body is not well-formed JSON here.")
	}
	return errs.Invalidf(wholeBody, "malformed", "The body is not well-formed JSON.")
}

func semanticError(e *json.SemanticError) error {
	at := pointerPath(e.JSONPointer)
	if errors.Is(e, json.ErrUnknownName) {
		return errs.Invalidf(at, "unknown", "There is no such field.")
	}
	said, ok := errors.AsType[*errs.Error](e.Err)
	if !ok || said.Kind != errs.Invalid {
		return errs.Invalidf(at, "wrong_type", "It has the wrong type or form.")
	}
	return saidOf(at, said)
}

// saidOf is what a wire type said of its own JSON, put where that stands in the body.
func saidOf(at string, said *errs.Error) error {
	if len(said.Fields) == 0 {
		return errs.InvalidFields(errs.Field{Field: at, Code: said.Code, Detail: said.Detail})
	}
	fields := slices.Clone(said.Fields)
	for i := range fields {
		if at != wholeBody {
			fields[i].Field = at + "." + fields[i].Field
		}
	}
	return errs.InvalidFields(fields...)
}

// wholeBody names the body where no field can be named.
const wholeBody = "body"

// pointerPath turns /readings/3/at into readings[3].at; the whole document is "body".
func pointerPath(p jsontext.Pointer) string {
	var path strings.Builder
	for token := range p.Tokens() {
		switch {
		case token != "" && strings.Trim(token, "0123456789") == "" && path.Len() > 0:
			path.WriteString("[" + token + "]")
		default:
			if path.Len() > 0 {
				path.WriteByte('.')
			}
			path.WriteString(token)
		}
	}
	if path.Len() == 0 {
		return wholeBody
	}
	return Echo(path.String())
}

// Echo is a name that a client made up, as far as it is sent back and logged: not at
// length, and without what would steer the terminal of whoever reads it.
func Echo(name string) string {
	const atMost = 100 // bytes
	return strings.Map(shown, strings.ToValidUTF8(name[:min(len(name), atMost)], ""))
}

// shown drops control characters, ends of lines and what turns the direction of writing.
func shown(r rune) rune {
	if unicode.IsControl(r) || unicode.In(r, unicode.Bidi_Control, unicode.Zl, unicode.Zp) {
		return -1
	}
	return r
}
