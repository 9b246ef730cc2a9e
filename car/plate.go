package car

import (
	"strings"
	"unicode"

	"golang.org/x/text/unicode/norm"

	"freecar/internal/errs"
)

const (
	shortestPlate = 2
	longestPlate  = 12
)

// ParsePlate brings a plate into the form in which plates are compared: capitals, with
// single spaces, each letter in one piece (Unicode NFC). Errors: Invalid plate.
func ParsePlate(text string) (string, error) {
	// NFC comes last: capitals can undo it.
	plate := norm.NFC.String(strings.ToUpper(strings.Join(strings.Fields(text), " ")))
	for _, r := range plate {
		if r != ' ' && r != '-' && !unicode.IsLetter(r) && !unicode.IsDigit(r) {
			return "", errs.Invalidf("plate", "invalid", "A plate has letters, digits, spaces and hyphens.")
		}
	}
	if n := len([]rune(plate)); n < shortestPlate || n > longestPlate {
		return "", errs.Invalidf("plate", "invalid", "A plate has %d to %d characters.", shortestPlate, longestPlate)
	}
	return plate, nil
}
