package main

import (
	"errors"
	"fmt"
	"net"
	"net/mail"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"freecar/blob/blobapi"
	"freecar/car/carapi"
	"freecar/internal/clock"
	"freecar/trip/tripapi"
	"freecar/user/userapi"
	"freecar/user/userd"
)

// config is what a person may set, by flag or by the environment (FREECAR_ and the flag's
// name in capitals).
type config struct {
	// Service is which one serve runs; empty for dev.
	Service string
	// HTTPAddr is where the gateway (--http-addr) or another service (--addr) listens.
	HTTPAddr, OpsAddr         string
	DataDir, PublicURL        string
	KeysFile                  string
	AdminEmail, AdminPassword string
	DemoCars                  int
	Limits, LogLevel          string
	quiet                     bool // the log level is for a terminal, and nobody asked for it
	ZipkinURL                 string
	// Services says where the services run, for serve.
	Services  string
	WeChat    userd.WeChat
	DrainWait time.Duration
	// Patience is with a platform that is starting.
	Patience startPatience
	policies policies
}

const (
	carsAtMost  = 1_000 // one device speaks for them all
	drainAtMost = time.Minute

	environmentHelp = `Every flag can be set in the environment too: FREECAR_ and its name in capitals,
FREECAR_DATA_DIR for --data-dir. What it writes on stdout is its log, as JSON lines.`
)

// commonFlags are those of all that serve.
func (c *config) commonFlags(f *pflag.FlagSet) {
	f.StringVar(&c.DataDir, "data-dir", "./data", "where everything is kept")
	f.StringVar(&c.ZipkinURL, "zipkin-url", "", "where spans are posted, http://127.0.0.1:9411/api/v2/spans say (default: nowhere)")
	c.keysFlag(f)
}

func (c *config) keysFlag(f *pflag.FlagSet) {
	f.StringVar(&c.KeysFile, "keys-file", "", "the platform's keys (default: keys/keys.json in data-dir)")
}

func (c *config) limitsFlag(f *pflag.FlagSet) {
	f.StringVar(&c.Limits, "limits", "on", "rate limits: on, or off for tests and load; those by address count who connects, so behind a proxy all clients share one")
}

func (c *config) servicesFlag(f *pflag.FlagSet) {
	f.StringVar(&c.Services, "services", defaultServices(), "where the services run: service=host:port,…; several instances are several entries")
}

func (c *config) devFlags(f *pflag.FlagSet) {
	c.commonFlags(f)
	f.StringVar(&c.HTTPAddr, "http-addr", "127.0.0.1:8080", "where the gateway listens")
	f.StringVar(&c.OpsAddr, "ops-addr", "127.0.0.1:9090", "where metrics, health and pprof listen")
	f.StringVar(&c.PublicURL, "public-url", "", "how clients reach the gateway; what signed URLs name (default from http-addr)")
	f.StringVar(&c.AdminEmail, "admin-email", defaultAdmin, "the first admin's e-mail; ignored once there is one")
	f.StringVar(&c.AdminPassword, "admin-password", "", "the first admin's password; ignored once there is one (default: made up and shown)")
	f.StringVar(&c.LogLevel, "log-level", "", "debug, info, warn or error (default: info, and on a terminal warn)")
	f.IntVar(&c.DemoCars, "demo-cars", 24, fmt.Sprintf("how many cars the simulated fleet has, 0 to %d", carsAtMost))
	c.limitsFlag(f)
	c.weChatFlags(f)
	c.policies.rentalFlags(f)
	c.policies.fleetFlags(f)
}

// weChatFlags are for the user service. The secret is better off in the environment: a
// command line is for all to see.
func (c *config) weChatFlags(f *pflag.FlagSet) {
	f.StringVar(&c.WeChat.AppID, "wechat-app-id", "", "the mini program whose users may sign in by WeChat (default: nobody may)")
	f.StringVar(&c.WeChat.Secret, "wechat-secret", "", "its secret; rather in FREECAR_WECHAT_SECRET")
	f.StringVar(&c.WeChat.BaseURL, "wechat-url", "", "where WeChat is (default: WeChat's own)")
}

const defaultAdmin = "admin@freecar.local"

// serveFlags are those that mean something to one service.
func (c *config) serveFlags(f *pflag.FlagSet, k kind) {
	c.Service, c.Limits = k.name, "on"
	c.commonFlags(f)
	c.servicesFlag(f)
	f.StringVar(&c.LogLevel, "log-level", "info", "debug, info, warn or error")
	f.StringVar(&c.HTTPAddr, c.addrFlag(), k.addr, "where it listens")
	f.StringVar(&c.OpsAddr, "ops-addr", k.ops, "where metrics, health and pprof listen")
	f.DurationVar(&c.DrainWait, "drain-wait", 0, "how long it goes on serving after it stopped being ready, so that those who watch /readyz leave first")
	switch k.name {
	case gatewayName:
		c.limitsFlag(f)
	case userapi.Name:
		c.weChatFlags(f)
	case tripapi.Name:
		c.policies.rentalFlags(f)
	case carapi.Name:
		c.policies.fleetFlags(f)
	case blobapi.Name:
		f.StringVar(&c.PublicURL, "public-url", "http://127.0.0.1:8080", "how clients reach the gateway; what signed URLs name")
	}
}

func (c *config) addrFlag() string {
	if c.Service == "" || c.Service == gatewayName {
		return "http-addr"
	}
	return "addr"
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

// wrong collects what is wrong with settings.
type wrong []error

func (w *wrong) add(flag, format string, args ...any) {
	*w = append(*w, fmt.Errorf("--%s %s", flag, fmt.Sprintf(format, args...)))
}

func (w *wrong) url(flag, text string) {
	if u, err := url.Parse(text); text != "" && (err != nil || u.Host == "" || u.Scheme != "http" && u.Scheme != "https") {
		w.add(flag, "must be an http or https URL")
	}
}

func (w *wrong) err() error { return errors.Join(*w...) }

// check names every setting of dev that is wrong, all at once.
func (c *config) check() error {
	var w wrong
	c.checkCommon(&w)
	if a, err := mail.ParseAddress(c.AdminEmail); err != nil || a.Address != c.AdminEmail { // no name around it
		w.add("admin-email", "must be an e-mail address")
	}
	if n := utf8.RuneCountInString(c.AdminPassword); n > 0 && (n < 8 || n > 128) {
		w.add("admin-password", "must have 8 to 128 characters")
	}
	if c.DemoCars < 0 || c.DemoCars > carsAtMost {
		w.add("demo-cars", "must be from 0 to %d", carsAtMost)
	}
	return w.err()
}

func (c *config) checkCommon(w *wrong) {
	for _, a := range []struct{ flag, address string }{{c.addrFlag(), c.HTTPAddr}, {"ops-addr", c.OpsAddr}} {
		_, port, err := net.SplitHostPort(a.address)
		if err == nil {
			_, err = net.LookupPort("tcp", port) // a number in range, or a name of one
		}
		if err != nil {
			w.add(a.flag, "must be host:port, 127.0.0.1:8080 say: %v", err)
		}
	}
	w.url("public-url", c.PublicURL)
	if u, err := url.Parse(c.PublicURL); err == nil && c.PublicURL != "" && (u.Hostname() == "" || u.User != nil || u.RawQuery != "" || u.Fragment != "") {
		w.add("public-url", "must have a scheme, a host and a path, and no more")
	}
	w.url("zipkin-url", c.ZipkinURL)
	w.url("wechat-url", c.WeChat.BaseURL)
	if (c.WeChat.AppID == "") != (c.WeChat.Secret == "") {
		w.add("wechat-app-id", "and --wechat-secret go together")
	}
	if c.Limits != "on" && c.Limits != "off" {
		w.add("limits", "must be on or off")
	}
	if c.DataDir == "" {
		w.add("data-dir", "must name a folder")
	}
	c.policies.check(w)
	if c.DrainWait < 0 || c.DrainWait > drainAtMost {
		w.add("drain-wait", "must be from 0s to %v", drainAtMost)
	}
}

// keysPath is where the keys are.
func (c *config) keysPath() string {
	if c.KeysFile != "" {
		return c.KeysFile
	}
	return filepath.Join(c.DataDir, "keys", "keys.json")
}

// platformOptions are the node's, as a platform takes them.
func (n *node) platformOptions() platformOptions {
	o := platformOptions{
		DataDir: n.config.DataDir, PublicURL: n.config.PublicURL, Limits: n.config.Limits == "on", Instances: 1,
		Obs: n.obs, Clock: clock.System{}, Health: &n.health,
	}
	o.Rentals, o.Fleet = n.config.policies.set()
	if n.config.WeChat.AppID != "" {
		o.WeChat = &n.config.WeChat
	}
	if o.PublicURL == "" {
		o.PublicURL = "http://" + reachable(n.config.HTTPAddr)
	}
	return o
}
