package tripd_test

import (
	"bytes"
	"context"
	"errors"
	"net/http"
	"path/filepath"
	"sync"
	"testing"
	"time"

	"go.uber.org/goleak"

	"freecar/car/carapi"
	"freecar/car/card"
	"freecar/internal/auth"
	"freecar/internal/auth/assertion"
	"freecar/internal/auth/keys"
	"freecar/internal/clock"
	"freecar/internal/events/sqlitebus"
	"freecar/internal/ids"
	"freecar/internal/inproc"
	"freecar/internal/kitx"
	"freecar/internal/money"
	"freecar/internal/obs"
	"freecar/internal/wire"
	"freecar/profile/profileapi"
	"freecar/profile/profiled"
	"freecar/trip/internal/adapter/cars"
	"freecar/trip/internal/adapter/licences"
	"freecar/trip/internal/adapter/wallet"
	"freecar/trip/internal/adaptertest"
	"freecar/user/userapi"
	"freecar/user/userd"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// TestOthers holds the real services to what trips take them for; the fakes of the saga's
// tests keep the same contract.
func TestOthers(t *testing.T) {
	adaptertest.Others(t, func(t *testing.T) adaptertest.World { return newServices(t).world() })
}

// services are those that a trip calls, in this process.
type services struct {
	t         *testing.T
	network   *inproc.Network
	authority *assertion.Authority
	device    string
	made      int
	seen      time.Time // the last time that the device told
}

type service interface {
	Handler() http.Handler
	Run(context.Context) error
	Close() error
}

func newServices(t *testing.T) *services {
	t.Helper()
	dir := t.TempDir()
	s := &services{t: t, network: inproc.NewNetwork(), authority: assertion.NewAuthority(bytes.Repeat([]byte("k"), 32), clock.System{})}
	bus, err := sqlitebus.Open(t.Context(), filepath.Join(dir, "bus.db"), clock.System{})
	s.must(err)
	ctx, cancel := context.WithCancel(context.Background())
	var running sync.WaitGroup
	var wired []service
	run := func(name string, w service, err error) {
		s.must(err)
		wired = append(wired, w)
		s.network.Listen(name, w.Handler())
		running.Go(func() {
			if err := w.Run(ctx); err != nil {
				t.Error(err)
			}
		})
	}
	t.Cleanup(func() {
		cancel()
		running.Wait()
		for _, w := range wired {
			s.must(w.Close())
		}
		s.must(bus.Close())
	})
	car, err := card.New(t.Context(), card.Config{Path: filepath.Join(dir, "car.db"), Obs: obs.Discard().For(carapi.Name),
		Clock: clock.System{}, IDs: ids.Random{}, Bus: bus, Authority: s.authority})
	run(carapi.Name, car, err)
	set := keys.New()
	user, err := userd.New(t.Context(), userd.Config{Path: filepath.Join(dir, "user.db"), Obs: obs.Discard().For(userapi.Name),
		Clock: clock.System{}, IDs: ids.Random{}, Bus: bus, DeadLetters: bus.DeadLetters(), Authority: s.authority, Keys: set.Signing, SealKey: set.Sealing})
	run(userapi.Name, user, err)
	profile, err := profiled.New(t.Context(), profiled.Config{Path: filepath.Join(dir, "profile.db"), Obs: obs.Discard().For(profileapi.Name),
		Clock: clock.System{}, Bus: bus, Authority: s.authority})
	run(profileapi.Name, profile, err)
	return s
}

func (s *services) must(err error) {
	s.t.Helper()
	if err != nil {
		s.t.Fatal(err)
	}
}

// way is how a service calls another.
type way struct {
	s        *services
	from, to string
}

func (w way) Do(ctx context.Context, _ kitx.Spec, r *http.Request) (*http.Response, error) {
	text, err := w.s.authority.Mint(auth.From(ctx), w.from, w.to, "test")
	if err != nil {
		return nil, err
	}
	r.URL.Host = w.to
	r.Header.Set(kitx.AssertionHeader, text)
	return w.s.network.RoundTrip(r)
}

func (s *services) gateway(to string) way { return way{s, "gateway", to} }

func (s *services) as(subject string, roles auth.Roles) context.Context {
	return auth.With(s.t.Context(), auth.Principal{Subject: subject, Roles: roles})
}

func (s *services) world() adaptertest.World {
	from := func(to string) way { return way{s, "trip", to} }
	return adaptertest.World{
		Cars: cars.New(from(carapi.Name)), Wallet: wallet.New(from(userapi.Name)), Licences: licences.New(from(profileapi.Name)),
		As:  func(account string) context.Context { return auth.OnBehalf(s.t.Context(), account) },
		Car: s.car, Account: s.account, Money: s.money, Answer: s.answer, Drive: s.drive,
	}
}

var place = wire.Position{Latitude: 52.52, Longitude: 13.405}

// car registers a car, and a device for it that speaks.
func (s *services) car() string {
	s.t.Helper()
	s.made++
	c, err := carapi.Register.Call(s.as("1", auth.Fleet), s.gateway(carapi.Name), carapi.RegisterRequest{
		Plate: "B-FC " + string(rune('0'+s.made)), Model: "Zoe", Position: &place, OdometerKM: new(1.0)})
	s.must(err)
	device, err := userapi.RegisterDevice.Call(s.as("1", auth.Admin), s.gateway(userapi.Name), userapi.RegisterDeviceRequest{Name: "box", CarIDs: []string{c.ID}})
	s.must(err)
	s.device = device.ID
	for deadline := time.Now().Add(20 * time.Second); ; <-time.After(2 * time.Millisecond) {
		bound, err := carapi.DeviceCars.Call(s.as(s.device, auth.Device), s.gateway(carapi.Name), carapi.DeviceCarsRequest{Limit: 10})
		s.must(err)
		if len(bound.Items) == 1 {
			s.say(c.ID, 0, 0, true)
			return c.ID
		}
		if time.Now().After(deadline) {
			s.t.Fatal("the car never got its device")
		}
	}
}

func (s *services) account(minor int64, mayDrive bool) string {
	s.t.Helper()
	account := ids.NewAccount()
	rider := s.as(account, auth.Rider)
	if minor > 0 {
		_, err := userapi.AddTopUp.Call(rider, s.gateway(userapi.Name), userapi.TopUpRequest{Keyed: kitx.Keyed{IdempotencyKey: "k"}, Amount: wire.FromMoney(money.Of(minor))})
		s.must(err)
	}
	if mayDrive {
		_, err := profileapi.PutLicence.Call(rider, s.gateway(profileapi.Name), profileapi.LicenceForm{
			Number: "B" + account, FullName: "Ada", BirthDate: "1990-12-10", ExpiresOn: "2090-01-31", Country: "DE"})
		s.must(err)
		_, err = profileapi.Approve.Call(s.as("1", auth.Support), s.gateway(profileapi.Name), profileapi.ApproveRequest{AccountID: account})
		s.must(err)
	}
	return account
}

func (s *services) money(account string) (available, held int64) {
	s.t.Helper()
	w, err := userapi.GetWallet.Call(s.as(account, auth.Rider), s.gateway(userapi.Name), kitx.None{})
	s.must(err)
	return w.Available.Amount, w.Held.Amount
}

func (s *services) inspect(carID string) carapi.InspectedCar {
	s.t.Helper()
	c, err := carapi.Inspect.Call(s.as("1", auth.Rider), way{s, "trip", carapi.Name}, carapi.CarRequest{ID: carID})
	s.must(err)
	return c
}

func (s *services) answer(carID string, done bool) {
	s.t.Helper()
	for _, command := range s.inspect(carID).Commands {
		if command.State != "waiting" {
			continue
		}
		result := "failed"
		if done {
			result = "done"
		}
		_, err := carapi.Acknowledge.Call(s.as(s.device, auth.Device), s.gateway(carapi.Name), carapi.AcknowledgeRequest{ID: command.ID, Result: result})
		s.must(err)
	}
}

func (s *services) drive(carID string, metres int64, speed float64) {
	s.t.Helper()
	s.say(carID, metres, speed, false)
}

func (s *services) say(carID string, metres int64, speed float64, locked bool) {
	s.t.Helper()
	if s.seen = s.seen.Add(time.Millisecond); s.seen.Before(time.Now()) {
		s.seen = clock.System{}.Now()
	}
	answer, err := carapi.Telemetry.Call(s.as(s.device, auth.Device), s.gateway(carapi.Name), carapi.TelemetryRequest{Readings: []carapi.Reading{{
		CarID: carID, At: new(wire.FromTime(s.seen)), Position: &place, ChargePercent: new(80.0), OdometerKM: new(1 + float64(metres)/1000),
		SpeedKMH: &speed, Locked: &locked, DoorsOpen: new(false),
	}}})
	if err == nil && answer.Accepted != 1 {
		err = errors.New("refused: " + answer.Refused[0].Code)
	}
	s.must(err)
}
