package architecture

import (
	"bytes"
	"fmt"
	"os"
	"path/filepath"
	"regexp"
)

// The names of one machine: somebody's home or work folder, and the hosts that
// packages come from. Which host serves packages is for the machine's own
// settings; a path is for nobody else's.
var (
	homePath     = regexp.MustCompile(`(?:^|[^\w.~$)}\]/-])(/(?:root|home|work|Users)/[\w.-]+)`)
	registryHost = regexp.MustCompile(`(?:proxy|sum)\.golang\.org|registry\.npmjs\.org|registry\.yarnpkg\.com|(?:deb|security)\.debian\.org`)
)

// maxText is the size up to which a file is read: what is larger is data.
const maxText = 1 << 20

// Machines finds the lines of the tree's text files that name a machine.
func Machines(root string) ([]string, error) {
	var found []string
	err := walk(root, func(file string) error {
		name := filepath.Join(root, file)
		if info, err := os.Stat(name); err != nil || info.Size() > maxText {
			return err
		}
		text, err := os.ReadFile(name)
		if err != nil {
			return err
		}
		found = append(found, machinesIn(file, text)...)
		return nil
	})
	return found, err
}

func machinesIn(file string, text []byte) []string {
	if bytes.IndexByte(text, 0) >= 0 {
		return nil
	}
	var found []string
	line := 0
	for content := range bytes.Lines(text) {
		line++
		if name := registryHost.Find(content); name != nil {
			found = append(found, fmt.Sprintf("%s:%d names the package host %s. Instead: leave it to the machine's settings.", file, line, name))
		}
		if path := homePath.FindSubmatch(content); path != nil {
			found = append(found, fmt.Sprintf("%s:%d names %s, a folder of one machine. Instead: name it from the repository's root.", file, line, path[1]))
		}
	}
	return found
}
