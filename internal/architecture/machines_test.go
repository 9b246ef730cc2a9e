package architecture

import (
	"strings"
	"testing"
)

func TestMachines(t *testing.T) {
	// Joined here, so that this file names no machine itself.
	folder := func(steps ...string) string { return "/" + strings.Join(steps, "/") }
	host := func(labels ...string) string { return strings.Join(labels, ".") }

	for _, bad := range []string{
		"cd " + folder("root", "src"),
		`"` + folder("home", "someone", "x") + `"`,
		"DIR=" + folder("work", "main"),
		folder("Users", "someone"),
		"GOPROXY=https://" + host("proxy", "golang", "org"),
		"https://" + host("registry", "npmjs", "org") + "/left-pad",
	} {
		expectOne(t, machinesIn("README.md", []byte("fine\n"+bad+"\n")), "README.md:2 names ")
	}
	for _, good := range []string{
		"https://example.org" + folder("home", "page"),
		"$HOME" + folder("work", "x"),
		".." + folder("work", "x"),
		"/homework/x",
		host("go", "dev"),
	} {
		expectNone(t, machinesIn("README.md", []byte(good)))
	}
	expectNone(t, machinesIn("logo.png", []byte("\x00 "+folder("root", "src"))))
}
