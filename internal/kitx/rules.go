package kitx

import (
	"errors"
	"net/http"
	"reflect"
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
		if in, name := location(f); in != "" {
			return name
		}
		name, _, _ := strings.Cut(f.Tag.Get("json"), ",")
		return name
	})
	if err := v.RegisterValidation("text", isText); err != nil {
		panic(err)
	}
	return v
}

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
		fields = append(fields, errs.Field{Field: fieldPath(f.Namespace()), Code: code, Detail: detail})
	}
	return errs.InvalidFields(fields...)
}

// fieldPath drops the Go names of the request and of embedded structs.
func fieldPath(namespace string) string {
	var path []string
	for _, part := range strings.Split(namespace, ".")[1:] {
		if part != "" && !unicode.IsUpper(rune(part[0])) || strings.Contains(part, "-") {
			path = append(path, part)
		}
	}
	return strings.Join(path, ".")
}

// verdict puts a broken rule into a code and a sentence.
func verdict(f validator.FieldError) (code, detail string) {
	sized := f.Kind() == reflect.String || f.Kind() == reflect.Slice
	switch f.Tag() {
	case "required", "required_without", "required_with":
		return "required", "It is required."
	case "min", "gte", "gt":
		if sized {
			return "too_short", "It must have at least " + f.Param() + "."
		}
		return "too_small", "It must be at least " + f.Param() + "."
	case "max", "lte", "lt":
		if sized {
			return "too_long", "It must have at most " + f.Param() + "."
		}
		return "too_large", "It must be at most " + f.Param() + "."
	case "oneof":
		return "invalid", "It must be one of: " + f.Param() + "."
	case "text":
		return "invalid", "It must not hold control characters."
	case "uuid", "email", "e164", "url":
		return "invalid", "It must be a valid " + f.Tag() + "."
	default:
		return "invalid", "It breaks the rule " + strings.TrimSpace(f.Tag()+" "+f.Param()) + "."
	}
}

// bodyError explains a body that could not be read.
func bodyError(err error, limit int64) error {
	if _, ok := errors.AsType[*http.MaxBytesError](err); ok {
		return errs.E(errs.TooLarge, "too_large", "The body is too large for this operation.").Because(err)
	}
	return errs.Invalidf("body", "truncated", "The body ended early.").Because(err)
}

// jsonError names the member that a strict decoder stumbled over.
func jsonError(err error) error {
	if e, ok := errors.AsType[*json.SemanticError](err); ok {
		if errors.Is(e, json.ErrUnknownName) {
			return errs.Invalidf(pointerPath(e.JSONPointer), "unknown", "There is no such field.").Because(err)
		}
		return errs.Invalidf(pointerPath(e.JSONPointer), "wrong_type", "It has the wrong type or form.").Because(err)
	}
	if e, ok := errors.AsType[*jsontext.SyntacticError](err); ok {
		if errors.Is(e, jsontext.ErrDuplicateName) {
			return errs.Invalidf(pointerPath(e.JSONPointer), "repeated", "It is there twice.").Because(err)
		}
		return errs.Invalidf(pointerPath(e.JSONPointer), "malformed", "The body is not well-formed JSON here.").Because(err)
	}
	return errs.Invalidf("body", "malformed", "The body is not well-formed JSON.").Because(err)
}

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
		return "body"
	}
	const atMost = 100 // a hostile name is not echoed at length
	return strings.ToValidUTF8(path.String()[:min(path.Len(), atMost)], "")
}
