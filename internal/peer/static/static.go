// Package static is the resolver that somebody wrote down: where each service runs, for
// a platform without a registry.
package static

import (
	"errors"
	"fmt"
	"maps"
	"net"
	"net/netip"
	"regexp"
	"slices"
	"strconv"
	"strings"

	"github.com/go-kit/kit/sd"
)

// Services are the addresses (host:port) of each service's instances, by its name.
type Services map[string][]string

// Parse reads "car=127.0.0.1:7002,car=[::1]:7012,trip=127.0.0.1:7003". An error names
// everything that is wrong: a service that is not among the known ones, what is no
// address, and an address that is there twice.
func Parse(text string, known []string) (Services, error) {
	services, owner := Services{}, map[string]string{}
	var failures []error
	for entry := range strings.SplitSeq(text, ",") {
		entry = strings.TrimSpace(entry)
		if entry == "" {
			continue
		}
		name, address, _ := strings.Cut(entry, "=")
		if err := check(name, address, known, owner); err != nil {
			failures = append(failures, fmt.Errorf("%q: %w", entry, err))
			continue
		}
		owner[same(address)] = name
		services[name] = append(services[name], address)
	}
	return services, errors.Join(failures...)
}

func check(name, address string, known []string, owner map[string]string) error {
	if address == "" {
		return errors.New("is not service=host:port")
	}
	if !slices.Contains(known, name) {
		return fmt.Errorf("there is no service %q, only %s", name, strings.Join(known, ", "))
	}
	if err := checkAddress(address); err != nil {
		return err
	}
	switch before := owner[same(address)]; before {
	case "":
		return nil
	case name:
		return errors.New("is there twice")
	default:
		return fmt.Errorf("is the address of %s, too", before)
	}
}

var hostname = regexp.MustCompile(`^[A-Za-z0-9]([A-Za-z0-9._-]*[A-Za-z0-9])?$`)

func checkAddress(address string) error {
	host, port, err := net.SplitHostPort(address)
	if err != nil {
		return fmt.Errorf("the address is not host:port (an IPv6 one is [::1]:7001): %w", err)
	}
	if ip, err := netip.ParseAddr(host); (err != nil || ip.Zone() != "" && !hostname.MatchString(ip.Zone())) && !hostname.MatchString(host) {
		return fmt.Errorf("%q is no host", host)
	}
	if n, err := strconv.ParseUint(port, 10, 16); err != nil || n == 0 || strconv.FormatUint(n, 10) != port { // no +80 and no 080
		return fmt.Errorf("%q is no port", port)
	}
	return nil
}

// same is an address in the one form in which addresses are compared: names do not tell
// capitals, and an IP address has many spellings.
func same(address string) string {
	host, port, err := net.SplitHostPort(address)
	if err != nil {
		return address
	}
	if ip, err := netip.ParseAddr(host); err == nil {
		host = ip.String()
	}
	return net.JoinHostPort(strings.ToLower(host), port)
}

// Missing are those of the names that run nowhere, in order.
func (s Services) Missing(names ...string) (missing []string) {
	for _, name := range names {
		if len(s[name]) == 0 {
			missing = append(missing, name)
		}
	}
	return missing
}

// Instancer tells where a service runs; it never changes its mind.
func (s Services) Instancer(name string) sd.Instancer { return instancer(slices.Clone(s[name])) }

// instancer is sd.FixedInstancer, but for the listener that sorts what it was told.
type instancer []string

var _ sd.Instancer = instancer{}

// Register tells before it returns.
func (i instancer) Register(ch chan<- sd.Event) { ch <- sd.Event{Instances: slices.Clone(i)} }

// Deregister has nothing to do: nobody is told anything later.
func (i instancer) Deregister(chan<- sd.Event) {}

// Stop has nothing to stop.
func (i instancer) Stop() {}

// String is the text that Parse reads, by name.
func (s Services) String() string {
	var entries []string
	for _, name := range slices.Sorted(maps.Keys(s)) {
		for _, address := range s[name] {
			entries = append(entries, name+"="+address)
		}
	}
	return strings.Join(entries, ",")
}
