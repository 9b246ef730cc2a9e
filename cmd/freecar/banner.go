package main

import (
	"fmt"
	"io"
	"time"
)

// banner says what is ready and where. It goes to stderr, never to the log: it shows a
// new password.
func (d *development) banner(w io.Writer) {
	at := "http://" + reachable(d.config.HTTPAddr)
	ops := "http://" + reachable(d.config.OpsAddr)
	fmt.Fprintf(w, "\nFreeCar %s is ready after %d ms.\n\n", version, d.ready.Round(time.Millisecond).Milliseconds())
	line := func(what, format string, args ...any) {
		fmt.Fprintf(w, "  %-10s %s\n", what, fmt.Sprintf(format, args...))
	}
	line("API", "%s/v1  (try: curl %s/readyz)", at, at)
	line("Operators", "%s/metrics  /healthz  /readyz  /debug/pprof/", ops)
	line("Data", "%s", d.config.DataDir)
	if d.admin.Password != "" {
		line("Admin", "%s  password: %s  (also in %s)", d.admin.Email, d.admin.Password, d.admin.File)
	} else {
		line("Admin", "%s  (the first password is in %s)", d.admin.Email, d.admin.File)
	}
	if d.config.quiet {
		line("Log", "here, warnings and errors; all of it with --log-level info")
	}
	if d.fleet.Cars > 0 {
		line("Fleet", "%d simulated cars around 52.5200, 13.4050", d.fleet.Cars)
	} else {
		line("Fleet", "no simulated cars (--demo-cars 0)")
	}
	fmt.Fprintf(w, "\nThe README's tour starts from here. Ctrl-C stops.\n\n")
}
