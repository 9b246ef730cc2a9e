package architecture

import (
	"fmt"
	"slices"
)

// Comments checks that every package says what it is for, and that each
// service does so in a doc.go.
func Comments(graph []Package) []string {
	var violations []string
	for _, p := range graph {
		switch {
		case isServiceRoot(p.Path) && !p.commentedIn(func(f File) bool { return f.Name == "doc.go" }):
			violations = append(violations, fmt.Sprintf(
				"%s has no doc.go with a package comment: say what the service is for, its words, its states, its invariants.", p.Path))
		case !p.commentedIn(func(f File) bool { return !f.Test || p.onlyTests() }):
			violations = append(violations, fmt.Sprintf(
				"%s has no package comment: say above a package clause what it is for.", p.Path))
		}
	}
	return violations
}

func isServiceRoot(path string) bool {
	return slices.ContainsFunc(services, func(service string) bool { return path == module+"/"+service })
}

func (p Package) commentedIn(which func(File) bool) bool {
	return slices.ContainsFunc(p.Files, func(f File) bool { return f.Commented && which(f) })
}

func (p Package) onlyTests() bool {
	return !slices.ContainsFunc(p.Files, func(f File) bool { return !f.Test })
}
