package car

import (
	"strings"
	"unicode"

	"freecar/internal/errs"
)

const (
	shortestPlate = 2
	longestPlate  = 12
)

// ParsePlate brings a plate into the form in which plates are compared: capitals, with
// single spaces. Errors: Invalid plate.
func ParsePlate(text string) (string, error) {
	plate := strings.ToUpper(strings.Join(strings.Fields(text), " "))
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
