package main

import (
	"errors"
	"fmt"
	"net"
	"net/mail"
	"net/url"
	"os"
	"strings"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"
)

// config is what a person may set, by flag or by the environment (FREECAR_ and the flag's
// name in capitals).
type config struct {
	HTTPAddr, OpsAddr         string
	DataDir, PublicURL        string
	AdminEmail, AdminPassword string
	DemoCars                  int
	Limits, LogLevel          string
	ZipkinURL                 string
}

const carsAtMost = 1_000 // one device speaks for them all

func (c *config) flags(f *pflag.FlagSet) {
	f.StringVar(&c.HTTPAddr, "http-addr", "127.0.0.1:8080", "where the gateway listens")
	f.StringVar(&c.OpsAddr, "ops-addr", "127.0.0.1:9090", "where metrics, health and pprof listen")
	f.StringVar(&c.DataDir, "data-dir", "./data", "where everything is kept")
	f.StringVar(&c.PublicURL, "public-url", "", "how clients reach the gateway; what signed URLs name (default from http-addr)")
	f.StringVar(&c.AdminEmail, "admin-email", "admin@freecar.local", "the first admin's e-mail; ignored once there is one")
	f.StringVar(&c.AdminPassword, "admin-password", "", "the first admin's password; ignored once there is one (default: made up and shown)")
	f.IntVar(&c.DemoCars, "demo-cars", 24, fmt.Sprintf("how many cars the simulated fleet has, 0 to %d", carsAtMost))
	f.StringVar(&c.Limits, "limits", "on", "rate limits: on, or off for tests and load")
	f.StringVar(&c.LogLevel, "log-level", "info", "debug, info, warn or error")
	f.StringVar(&c.ZipkinURL, "zipkin-url", "", "where spans are posted, http://127.0.0.1:9411/api/v2/spans say (default: nowhere)")
}

// fromEnvironment sets the flags that the command line does not.
func fromEnvironment(cmd *cobra.Command) error {
	var failures []error
	cmd.Flags().VisitAll(func(f *pflag.Flag) {
		name := "FREECAR_" + strings.ToUpper(strings.ReplaceAll(f.Name, "-", "_"))
		value, set := os.LookupEnv(name)
		if !set || f.Changed || f.Name == "help" {
			return
		}
		if err := f.Value.Set(value); err != nil {
			failures = append(failures, fmt.Errorf("%s: %w", name, err))
		}
	})
	return errors.Join(failures...)
}

// check names every setting that is wrong, all at once.
func (c *config) check() error {
	var failures []error
	wrong := func(flag, format string, args ...any) {
		failures = append(failures, fmt.Errorf("--%s %s", flag, fmt.Sprintf(format, args...)))
	}
	for flag, address := range map[string]string{"http-addr": c.HTTPAddr, "ops-addr": c.OpsAddr} {
		if _, _, err := net.SplitHostPort(address); err != nil {
			wrong(flag, "must be host:port, 127.0.0.1:8080 say: %v", err)
		}
	}
	for flag, text := range map[string]string{"public-url": c.PublicURL, "zipkin-url": c.ZipkinURL} {
		if u, err := url.Parse(text); text != "" && (err != nil || u.Host == "" || u.Scheme != "http" && u.Scheme != "https") {
			wrong(flag, "must be an http or https URL")
		}
	}
	if _, err := mail.ParseAddress(c.AdminEmail); err != nil {
		wrong("admin-email", "must be an e-mail address")
	}
	if n := len(c.AdminPassword); n > 0 && (n < 8 || n > 128) {
		wrong("admin-password", "must have 8 to 128 bytes")
	}
	if c.DemoCars < 0 || c.DemoCars > carsAtMost {
		wrong("demo-cars", "must be from 0 to %d", carsAtMost)
	}
	if c.Limits != "on" && c.Limits != "off" {
		wrong("limits", "must be on or off")
	}
	if c.DataDir == "" {
		wrong("data-dir", "must name a folder")
	}
	return errors.Join(failures...)
}
