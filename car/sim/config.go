package sim

import (
	"errors"
	"fmt"
	"math/rand/v2"
	"net/http"
	"net/url"
	"time"

	"github.com/go-kit/log"

	"freecar/internal/clock"
	"freecar/user/userapi"
)

// Config is what a fleet needs to run. Fields with a default may be left zero.
type Config struct {
	BaseURL      string // of the gateway
	DeviceID     string
	DeviceSecret string

	// HTTPClient is how the fleet reaches the platform; default: a client with a transport
	// of its own, which is also the default of Transport. Timeout is not used: it would cut
	// the command stream.
	HTTPClient *http.Client
	Clock      clock.Clock // it must run by itself; default: the system's
	Seed       uint64      // where its drivers go and how long they take

	// Delay is how long a car takes to lock or unlock; default: 300 to 900 ms. It is called
	// by one goroutine at a time.
	Delay func() time.Duration
	// TelemetryEvery is how often a car that is not parked reports; default: 1 s.
	TelemetryEvery time.Duration
	// Standing leaves the cars without drivers: an unlocked car stands where it is.
	Standing bool
	Logger   log.Logger // default: none
}

func (c Config) check(base *url.URL) error {
	switch {
	case base.Scheme == "" || base.Host == "":
		return fmt.Errorf("sim: the base URL %q has no scheme or no host", c.BaseURL)
	case c.DeviceID == "" || c.DeviceSecret == "":
		return errors.New("sim: a fleet needs a device's id and secret")
	case c.TelemetryEvery < 0:
		return errors.New("sim: the time between readings is negative")
	}
	return nil
}

func (c Config) withDefaults() Config {
	if c.HTTPClient == nil {
		c.HTTPClient = &http.Client{}
	}
	if c.Clock == nil {
		c.Clock = clock.System{}
	}
	if c.Delay == nil {
		random := rand.New(rand.NewPCG(c.Seed, 1))
		c.Delay = func() time.Duration { return time.Duration(300+random.IntN(601)) * time.Millisecond }
	}
	if c.TelemetryEvery == 0 {
		c.TelemetryEvery = time.Second
	}
	if c.Logger == nil {
		c.Logger = log.NewNopLogger()
	}
	return c
}

func newPlatform(base *url.URL, c Config) *platform {
	if base.Path == "" {
		base.Path = "/" // what is joined to no path at all would be relative
	}
	client := *c.HTTPClient
	client.Timeout = 0
	client.CheckRedirect = func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse } // the secret would go along
	if client.Transport == nil {
		client.Transport = transport()
	}
	return &platform{base: base, client: &client, clock: c.Clock,
		session: &session{credential: userapi.SignInRequest{DeviceID: c.DeviceID, DeviceSecret: c.DeviceSecret}}}
}

// transport keeps a connection for each command at once: the default keeps two a host.
func transport() *http.Transport {
	t := http.DefaultTransport.(*http.Transport).Clone()
	t.MaxIdleConnsPerHost, t.MaxIdleConns = workers, workers
	return t
}
