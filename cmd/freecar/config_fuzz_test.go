package main

import (
	"net"
	"net/url"
	"strconv"
	"strings"
	"testing"
	"unicode"
	"unicode/utf8"

	"github.com/spf13/cobra"
)

// FuzzSettings sets every setting of dev by its environment: what is taken is a platform
// that can start, and what is not is refused by the names of its flags.
func FuzzSettings(f *testing.F) {
	f.Add("127.0.0.1:8080", "127.0.0.1:9090", "https://cars.example", "ada@example.com", "correct horse", "24", "on", "data", "1s")
	f.Add(":0", "[::1]:http", "ftp://x", "Ada <ada@example.com>", "ééééé", "-1", "ON", "", "-1s")
	f.Add("h:99999", "h", "http://user:pw@h/?q#f", "@", "\x1b[2J\x1b[2J", "1e3", "off\n", "\x00", "9223372036854775807h")
	f.Add("h:-1", "h:+80", "http://", "a@b.de\nBcc: c@d.de", strings.Repeat("x", 129), "1001", "", " ", "61s")
	good := [9]string{"127.0.0.1:8080", "127.0.0.1:9090", "", "ada@example.com", "correct horse", "24", "on", "data", "1s"}
	for i, odd := range map[int][]string{0: {":0", "h:99999", "h:-1", "h:+80", "h", "h:http", ""}, 2: {"http://x/y", "http://u@x", "http://x?q", "http://x#f", "http://:80", "//x", "http://x:99999", "http:///x"},
		3: {"Ada <ada@example.com>", "ada@example.com ", "<a@b.de>", "a@b"}, 4: {"ééééé", strings.Repeat("é", 100), "\xff"}, 5: {"0", "1001", "1e1", ""}, 6: {"ON", ""}, 7: {""}, 8: {"1", "-1s", "1m1s"}} {
		for _, value := range odd {
			s := good
			s[i] = value
			f.Add(s[0], s[1], s[2], s[3], s[4], s[5], s[6], s[7], s[8])
		}
	}
	f.Fuzz(func(t *testing.T, httpAddr, opsAddr, publicURL, email, password, cars, limits, dataDir, wait string) {
		for _, s := range []string{httpAddr, opsAddr, publicURL, email, password, cars, limits, dataDir, wait} {
			if strings.ContainsRune(s, 0) {
				t.Skip() // no environment holds it
			}
		}
		for name, value := range map[string]string{"HTTP_ADDR": httpAddr, "OPS_ADDR": opsAddr, "PUBLIC_URL": publicURL, "ADMIN_EMAIL": email, "ADMIN_PASSWORD": password,
			"DEMO_CARS": cars, "LIMITS": limits, "DATA_DIR": dataDir, "DRAIN_WAIT": wait} {
			t.Setenv("FREECAR_"+name, value)
		}
		var c config
		cmd := &cobra.Command{}
		c.devFlags(cmd.Flags())
		cmd.Flags().DurationVar(&c.DrainWait, "drain-wait", 0, "")
		err := fromEnvironment(cmd)
		if err == nil {
			err = c.check()
		}
		if err != nil {
			if said := err.Error(); !strings.Contains(said, "--") && !strings.Contains(said, "FREECAR_") || password != "" && len(password) > 8 && strings.Contains(said, password) && !strings.Contains(email+httpAddr+opsAddr+cars+wait, password) {
				t.Errorf("refused with %q", said)
			}
			return
		}
		for _, address := range []string{c.HTTPAddr, c.OpsAddr} {
			_, port, err := net.SplitHostPort(address)
			if n, numeric := strconv.ParseInt(port, 10, 64); err != nil || numeric == nil && (n < 0 || n > 65535) {
				t.Errorf("%q is an address with the port %d: %v", address, n, err)
			}
		}
		if u, err := url.Parse(c.PublicURL); c.PublicURL != "" && (err != nil || u.Hostname() == "" || u.RawQuery != "" || u.Fragment != "" || u.User != nil) {
			t.Errorf("%q is where clients reach us: %v", c.PublicURL, err)
		}
		if local, domain, ok := strings.Cut(c.AdminEmail, "@"); !ok || local == "" || domain == "" || strings.ContainsFunc(c.AdminEmail, func(r rune) bool { return unicode.IsSpace(r) || unicode.IsControl(r) || r == '<' }) {
			t.Errorf("%q is an e-mail address", c.AdminEmail)
		}
		if n := utf8.RuneCountInString(c.AdminPassword); n > 0 && (n < 8 || n > 128) {
			t.Errorf("%d characters are a password", n)
		}
		if c.DemoCars < 0 || c.DemoCars > 1000 || c.Limits != "on" && c.Limits != "off" || c.DataDir == "" || c.DrainWait < 0 {
			t.Errorf("taken: %+v", c)
		}
	})
}
