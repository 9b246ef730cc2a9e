package main

import (
	"context"
	_ "embed"
	"errors"
	"flag"
	"fmt"
	"os"
	"os/signal"
	"regexp"
	"runtime"
	"slices"
	"strings"
	"sync"
)

//go:embed accepted.txt
var acceptedText string

var errNotMissed = errors.New("no test misses these guards: write one, or say in internal/guards/accepted.txt why none can")

func main() {
	err := run()
	switch {
	case errors.Is(err, errNotMissed):
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	case err != nil:
		fmt.Fprintln(os.Stderr, err)
		os.Exit(2)
	}
}

func run() error {
	list := flag.Bool("list", false, "say what would be taken out, and take nothing out")
	match := flag.String("run", "", "only guards of functions whose name matches this regular expression")
	flag.Parse()
	which, err := regexp.Compile(*match)
	if err != nil {
		return err
	}
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
	defer stop()
	var guards []guard
	for _, dir := range flag.Args() {
		found, err := find(strings.TrimPrefix(dir, "./"))
		if err != nil {
			return err
		}
		guards = append(guards, found...)
	}
	guards = slices.DeleteFunc(guards, func(g guard) bool { return !which.MatchString(g.function) })
	if *list {
		for _, g := range guards {
			fmt.Printf("%s:%d: %s: %s\n", g.file, g.line, g.function, g.text)
		}
		return nil
	}
	return takeOut(ctx, guards)
}

// takeOut tries all guards, as many at once as there are processors.
func takeOut(ctx context.Context, guards []guard) error {
	accepted := accepted(acceptedText)
	var (
		mu              sync.Mutex
		failures        []error
		wg              sync.WaitGroup
		tried, survived int
		free            = make(chan struct{}, runtime.NumCPU())
	)
	for _, g := range guards {
		if accepted[g.name()] {
			continue
		}
		free <- struct{}{}
		wg.Go(func() {
			defer func() { <-free }()
			missed, err := missed(ctx, g)
			mu.Lock()
			defer mu.Unlock()
			tried++
			switch {
			case err != nil:
				failures = append(failures, fmt.Errorf("%s:%d: %w", g.file, g.line, err))
			case !missed:
				survived++
				fmt.Printf("%s:%d: not missed: %s: %s\n", g.file, g.line, g.function, g.text)
			}
		})
	}
	wg.Wait()
	if len(failures) > 0 {
		return errors.Join(failures...)
	}
	fmt.Printf("%d guards taken out, %d of them not missed\n", tried, survived)
	if survived > 0 {
		return errNotMissed
	}
	return nil
}

// accepted reads the list: a guard's name a line, with its reason in the comment above.
func accepted(text string) map[string]bool {
	names := map[string]bool{}
	for line := range strings.Lines(text) {
		if line = strings.TrimSpace(line); line != "" && !strings.HasPrefix(line, "#") {
			names[line] = true
		}
	}
	return names
}
