package blob

import (
	"fmt"
	"slices"
	"strings"

	"freecar/internal/errs"
)

// Purpose is what an object is for.
type Purpose string

// The purposes.
const (
	LicencePhoto Purpose = "licence_photo"
	Avatar       Purpose = "avatar"
	IssuePhoto   Purpose = "issue_photo"
)

const mebibyte = 1 << 20

// images are the types that we can show everywhere and that hold no scripts.
var images = []string{"image/jpeg", "image/png", "image/webp"}

// purposes says what each may be: its types, and its size in bytes.
var purposes = map[Purpose]struct {
	types   []string
	maxSize int64
}{
	LicencePhoto: {types: images, maxSize: 10 * mebibyte},
	Avatar:       {types: images, maxSize: 5 * mebibyte},
	IssuePhoto:   {types: images, maxSize: 10 * mebibyte},
}

// check says what is wrong with an object for the purpose. Errors: Invalid.
func (p Purpose) check(contentType string, size int64) error {
	rule, known := purposes[p]
	if !known {
		return errs.Invalidf("purpose", "invalid", "There is no such purpose.")
	}
	var wrong []errs.Field
	if !slices.Contains(rule.types, contentType) {
		wrong = append(wrong, errs.Field{Field: "content_type", Code: "invalid", Detail: "It must be one of: " + strings.Join(rule.types, ", ") + "."})
	}
	switch {
	case size < 1:
		wrong = append(wrong, errs.Field{Field: "size", Code: "too_small", Detail: "It must be at least 1 byte."})
	case size > rule.maxSize:
		wrong = append(wrong, errs.Field{Field: "size", Code: "too_large", Detail: fmt.Sprintf("It must be at most %d bytes.", rule.maxSize)})
	}
	if len(wrong) > 0 {
		return errs.InvalidFields(wrong...)
	}
	return nil
}
