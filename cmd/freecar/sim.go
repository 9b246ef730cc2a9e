package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"os"
	"strconv"
	"strings"
	"time"

	"github.com/go-kit/log/level"
	"github.com/spf13/cobra"
	"github.com/spf13/pflag"
	"golang.org/x/term"

	"freecar/car/sim"
	"freecar/cmd/freecar/internal/opsclient"
	"freecar/internal/geo"
	"freecar/internal/obs"
	"freecar/user/userapi"
)

// simConfig is what a person may set of a fleet that is a program of its own.
type simConfig struct {
	URL                                string
	DeviceID, DeviceSecret, DeviceFile string
	AdminEmail, AdminPassword          string
	AdminPasswordFile                  string
	Insecure                           bool
	Cars                               int
	Seed                               uint64
	CentreText                         string
	Centre                             geo.Position
	LogLevel                           string
	Patience                           startPatience
}

func simCommand() *cobra.Command {
	var c simConfig
	cmd := &cobra.Command{
		Use:   "sim",
		Short: "Run a simulated fleet against a platform",
		Long: `Run a simulated fleet that reports, answers commands and drives, against the platform at
--url. It speaks for one device:

  - that of --device-id and --device-secret, or of --device-file, with the cars it has;
  - or a new one, as the admin of --admin-email: the cars that are missing (of --cars,
    --seed and --centre) are registered, and the device with them. --device-file keeps it
    for the next start; without that, each start registers another one, and the cars
    obey the latest.

` + environmentHelp + ` Put secrets
there or in files: others on this machine see the command line.`,
		Example: `  freecar sim --admin-password-file data/admin-password --device-file sim-device.json
  FREECAR_ADMIN_PASSWORD=… freecar sim --cars 200 --centre 48.137,11.575 --seed 7
  FREECAR_DEVICE_SECRET=… freecar sim --url https://cars.example.com --device-id 01a2…`,
		Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			if err := errors.Join(fromEnvironment(cmd), c.check()); err != nil {
				return err
			}
			c.Patience.tell = os.Stderr
			return simulate(cmd.Context(), c, os.Stderr)
		},
	}
	c.flags(cmd.Flags())
	return cmd
}

func (c *simConfig) flags(f *pflag.FlagSet) {
	f.StringVar(&c.URL, "url", "http://127.0.0.1:8080", "the gateway")
	f.StringVar(&c.DeviceID, "device-id", "", "the device that the fleet speaks for")
	f.StringVar(&c.DeviceSecret, "device-secret", "", "its secret")
	f.StringVar(&c.DeviceFile, "device-file", "", "where the device is kept between starts")
	f.StringVar(&c.AdminEmail, "admin-email", defaultAdmin, "who registers cars and a device")
	f.StringVar(&c.AdminPassword, "admin-password", "", "the admin's password")
	f.StringVar(&c.AdminPasswordFile, "admin-password-file", "", "a file with the admin's password")
	f.BoolVar(&c.Insecure, "insecure", false, "send the password or secret over plain HTTP to another machine, for all to read")
	f.IntVar(&c.Cars, "cars", 24, fmt.Sprintf("how many cars, 1 to %d", carsAtMost))
	f.Uint64Var(&c.Seed, "seed", demoSeed, "which cars, and where their drivers go")
	f.StringVar(&c.CentreText, "centre", "52.52,13.405", "where new cars stand around: latitude,longitude in degrees")
	f.StringVar(&c.LogLevel, "log-level", "info", "debug, info, warn or error")
	c.Patience.flag(f)
}

// check names every setting that is wrong, all at once.
func (c *simConfig) check() error {
	var w wrong
	w.url("url", c.URL)
	if c.URL == "" {
		w.add("url", "must name the gateway")
	}
	if u, err := url.Parse(c.URL); err == nil && u.Scheme == "http" && u.Host != "" && opsclient.Exposed(u) && !c.Insecure {
		w.add("url", "would carry the password or secret in the clear: use https, or say --insecure")
	}
	if (c.DeviceID == "") != (c.DeviceSecret == "") {
		w.add("device-id", "and --device-secret belong together")
	}
	if c.DeviceID != "" && c.DeviceFile != "" {
		w.add("device-file", "is another device than --device-id")
	}
	if c.AdminPassword != "" && c.AdminPasswordFile != "" {
		w.add("admin-password-file", "is another password than --admin-password")
	}
	if c.Cars < 1 || c.Cars > carsAtMost {
		w.add("cars", "must be from 1 to %d", carsAtMost)
	}
	var err error
	if c.Centre, err = parsePosition(c.CentreText); err != nil {
		w.add("centre", "must be latitude,longitude in degrees, 52.52,13.405 say: %v", err)
	}
	return w.err()
}

func parsePosition(text string) (geo.Position, error) {
	first, second, _ := strings.Cut(text, ",")
	latitude, err1 := strconv.ParseFloat(strings.TrimSpace(first), 64)
	longitude, err2 := strconv.ParseFloat(strings.TrimSpace(second), 64)
	p := geo.Position{Latitude: latitude, Longitude: longitude}
	switch err := errors.Join(err1, err2); {
	case err != nil:
		return p, fmt.Errorf("%q is not two numbers", text)
	case !p.Valid():
		return p, fmt.Errorf("%q is nowhere on Earth", text)
	}
	return p, nil
}

// simulate drives until ctx ends. What a person wants to know goes to w.
func simulate(ctx context.Context, c simConfig, w io.Writer) error {
	logger, err := obs.NewLogger(os.Stdout, c.LogLevel)
	if err != nil {
		return fmt.Errorf("--log-level: %w", err)
	}
	transport := http.DefaultTransport.(*http.Transport).Clone()
	defer transport.CloseIdleConnections()
	api, err := newPublicAPI(c.URL, &http.Client{Transport: transport, Timeout: 30 * time.Second})
	if err != nil {
		return err
	}
	device, err := c.device(ctx, api, w)
	if err == nil {
		err = device.begin(ctx, api, c.Patience)
	}
	if err != nil {
		return stopped(ctx, err)
	}
	fleet, err := sim.New(sim.Config{BaseURL: c.URL, DeviceID: device.ID, DeviceSecret: device.Secret, Seed: c.Seed, Logger: logger})
	if err != nil {
		return err
	}
	fmt.Fprintf(w, "driving as device %s at %s; Ctrl-C stops\n", device.ID, c.URL)
	_ = level.Info(logger).Log("msg", "ready", "service", "sim", "device", device.ID, "url", c.URL)
	begin := time.Now()
	err = fleet.Run(ctx)
	done := fleet.Stats()
	fmt.Fprintf(w, "stopped after %v: %d cars, %d readings taken and %d refused, %d commands carried out\n",
		time.Since(begin).Round(time.Second), done.Cars, done.Readings, done.Refused, done.Commands)
	return err
}

// begin signs the device in, so that a wrong secret is known at once, and waits for its cars.
func (d simDevice) begin(ctx context.Context, api *publicAPI, p startPatience) error {
	if err := api.signInOnceStarted(ctx, userapi.SignInRequest{DeviceID: d.ID, DeviceSecret: d.Secret}, p); err != nil {
		return fmt.Errorf("signing in as device %s at %s: %w", d.ID, api.base, explained(err))
	}
	if err := awaitBound(ctx, api, d.Cars); err != nil {
		return fmt.Errorf("asking for the device's cars: %w", explained(err))
	}
	return nil
}

// device is whom the fleet speaks for; it is registered with its cars when nobody said.
func (c simConfig) device(ctx context.Context, api *publicAPI, w io.Writer) (simDevice, error) {
	if c.DeviceID != "" {
		return simDevice{ID: c.DeviceID, Secret: c.DeviceSecret}, nil
	}
	kept, err := readDevice(c.DeviceFile)
	if err != nil {
		return kept, fmt.Errorf("--device-file: %w", err)
	}
	password, err := c.password()
	if err != nil {
		return kept, err
	}
	if password == "" {
		if kept.ID != "" {
			return kept, nil
		}
		return kept, errors.New("there is no device: give --device-id and --device-secret, a --device-file, or FREECAR_ADMIN_PASSWORD (or --admin-password-file) to register one")
	}
	if err := api.signInOnceStarted(ctx, userapi.SignInRequest{Email: c.AdminEmail, Password: password}, c.Patience); err != nil {
		return kept, fmt.Errorf("signing in as %s at %s: %w", c.AdminEmail, c.URL, explained(err))
	}
	cars, err := ensureCars(ctx, api, sim.DemoFleetAround(c.Centre, c.Cars, c.Seed), progressOn(w, "cars registered"))
	if err != nil {
		return kept, fmt.Errorf("registering cars: %w", explained(err))
	}
	device, err := ensureDevice(ctx, api, c.DeviceFile, cars)
	if err != nil {
		return device, fmt.Errorf("registering the device: %w", explained(err))
	}
	return device, nil
}

func (c simConfig) password() (string, error) {
	if c.AdminPasswordFile == "" {
		return c.AdminPassword, nil
	}
	raw, err := os.ReadFile(c.AdminPasswordFile)
	if err != nil {
		return "", fmt.Errorf("--admin-password-file: %w", err)
	}
	return strings.TrimRight(string(raw), "\r\n"), nil
}

// progressOn shows how far something is: in place on a terminal, else once at the end.
func progressOn(w io.Writer, what string) progress {
	f, file := w.(*os.File)
	live := file && term.IsTerminal(int(f.Fd()))
	return func(done, all int) {
		switch {
		case live && done < all:
			fmt.Fprintf(w, "\r%d of %d %s", done, all, what)
		case live:
			fmt.Fprintf(w, "\r%d of %d %s\n", done, all, what)
		case done == all:
			fmt.Fprintf(w, "%d %s\n", all, what)
		}
	}
}
