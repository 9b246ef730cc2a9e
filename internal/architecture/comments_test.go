package architecture

import "testing"

func TestComments(t *testing.T) {
	commented := func(name string) File { return File{Name: name, Commented: true} }
	bare := File{Name: "bare.go"}
	bareTest := File{Name: "bare_test.go", Test: true}
	commentedTest := File{Name: "x_test.go", Test: true, Commented: true}

	for _, good := range []Package{
		{Path: "freecar/trip", Files: []File{commented("doc.go"), bare}},
		{Path: "freecar/internal/errs", Files: []File{commented("errs.go"), bare}},
		{Path: "freecar/e2e", Files: []File{commentedTest, bareTest}},
	} {
		expectNone(t, Comments([]Package{good}))
	}
	for part, bad := range map[string]Package{
		"freecar/trip has no doc.go":                   {Path: "freecar/trip", Files: []File{commented("trip.go")}},
		"freecar/car has no doc.go":                    {Path: "freecar/car", Files: []File{{Name: "doc.go"}}},
		"freecar/internal/errs has no package comment": {Path: "freecar/internal/errs", Files: []File{bare, commentedTest}},
		"freecar/e2e has no package comment":           {Path: "freecar/e2e", Files: []File{bareTest}},
	} {
		expectOne(t, Comments([]Package{bad}), part)
	}
}
