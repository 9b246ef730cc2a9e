package static_test

import (
	"reflect"
	"strings"
	"testing"

	"go.uber.org/goleak"

	"freecar/internal/peer/peertest"
	"freecar/internal/peer/static"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m, peertest.HystrixStays()...) }

var known = []string{"car", "trip"}

func TestParse(t *testing.T) {
	t.Run("several instances, IPv6 and host names, in the order written", func(t *testing.T) {
		got, err := static.Parse(" car=127.0.0.1:7002, car=[::1]:7012,\ntrip=trip.internal:80,car=[fe80::1%eth0]:1,", known)
		want := static.Services{"car": {"127.0.0.1:7002", "[::1]:7012", "[fe80::1%eth0]:1"}, "trip": {"trip.internal:80"}}
		if err != nil || !reflect.DeepEqual(got, want) {
			t.Errorf("got %v, %v", got, err)
		}
		if again, err := static.Parse(got.String(), known); err != nil || !reflect.DeepEqual(again, want) {
			t.Errorf("its own text is read as %v, %v", again, err)
		}
	})
	t.Run("nothing is nobody", func(t *testing.T) {
		got, err := static.Parse("", known)
		if err != nil || len(got) != 0 || !reflect.DeepEqual(got.Missing("trip", "car"), []string{"trip", "car"}) {
			t.Errorf("got %v, %v", got, err)
		}
	})
	t.Run("everything that is wrong is named", func(t *testing.T) {
		_, err := static.Parse("bus=a:1,car,car=,car=1.2.3.4,car=::1:70,car=a b:1,car=:1,car=a:0,car=a:65536,car=a:x,car=a:1,car=a:1,trip=a:1,trip=b:1", known)
		if err == nil {
			t.Fatal("it was read")
		}
		got := strings.Split(err.Error(), "\n")
		want := []string{
			`"bus=a:1": there is no service "bus", only car, trip`,
			`"car": is not service=host:port`,
			`"car=": is not service=host:port`,
			`"car=1.2.3.4": the address is not host:port (an IPv6 one is [::1]:7001): address 1.2.3.4: missing port in address`,
			`"car=::1:70": the address is not host:port (an IPv6 one is [::1]:7001): address ::1:70: too many colons in address`,
			`"car=a b:1": "a b" is no host`,
			`"car=:1": "" is no host`,
			`"car=a:0": "0" is no port`,
			`"car=a:65536": "65536" is no port`,
			`"car=a:x": "x" is no port`,
			`"car=a:1": is there twice`,
			`"trip=a:1": is the address of car, too`,
		}
		if !reflect.DeepEqual(got, want) {
			t.Errorf("got\n%s\nwant\n%s", strings.Join(got, "\n"), strings.Join(want, "\n"))
		}
	})
}

func TestResolver(t *testing.T) {
	peertest.Resolvers(t, func(_ *testing.T, instances ...string) peertest.Resolver {
		return peertest.Resolver{Instancer: static.Services{"car": instances}.Instancer("car"), Fixed: true}
	})
}
