package static_test

import (
	"net"
	"net/netip"
	"reflect"
	"strconv"
	"strings"
	"testing"
	"unicode"

	"freecar/internal/peer/static"
)

// FuzzParse: addresses that are taken can be dialled, and each is there once, whatever way
// it is written.
func FuzzParse(f *testing.F) {
	for _, text := range []string{"", "car=127.0.0.1:7002,car=[::1]:7012,trip=a.b:1", "car=h:080,car=h:80", "car=h:+80", "car=H:80,trip=h:80", "car=[::1]:1,car=[0::1]:1",
		"car=[fe80::1%\x1b[2J]:1", "car=[::1%a=b]:9", "car=x:0", "bus=h:1", "car=", "=", "car==h:1", " car=h:1 , ,", "car=h:65536", "car=[h]:1", "car=127.1:1", "car=\x00:1"} {
		f.Add(text)
	}
	f.Fuzz(func(t *testing.T, text string) {
		services, err := static.Parse(text, []string{"car", "trip"})
		if err != nil && len(err.Error()) > 400+40*len(text) {
			t.Errorf("%d bytes are refused in %d", len(text), len(err.Error()))
		}
		seen := map[string]bool{}
		for name, addresses := range services {
			if name != "car" && name != "trip" {
				t.Errorf("there is no service %q", name)
			}
			for _, address := range addresses {
				host, port, err := net.SplitHostPort(address)
				n, numeric := strconv.ParseUint(port, 10, 16)
				if err != nil || host == "" || numeric != nil || n == 0 || strconv.FormatUint(n, 10) != port || strings.ContainsFunc(address, unicode.IsControl) {
					t.Errorf("%q is an address", address)
				}
				same := strings.ToLower(host)
				if ip, err := netip.ParseAddr(host); err == nil {
					same = ip.String()
				}
				if same += ":" + port; seen[same] {
					t.Errorf("%q is there twice in %q", address, text)
				}
				seen[same] = true
			}
		}
		if err == nil {
			again, err := static.Parse(services.String(), []string{"car", "trip"})
			if err != nil || !reflect.DeepEqual(again, services) {
				t.Errorf("%q is written as %q: %v, %v", text, services.String(), again, err)
			}
		}
	})
}
