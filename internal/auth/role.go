package auth

import (
	"fmt"
	"strings"
)

// Roles is a set of roles.
type Roles uint16

// The roles of API.md.
const (
	Rider Roles = 1 << iota
	Support
	Fleet
	Finance
	Admin
	Device

	// Blocked is all that an account is whose block finds it in the middle of a trip: it may
	// end that. No account has it as a role of its own.
	Blocked

	// Staff is whoever works for the company.
	Staff = Support | Fleet | Finance | Admin
)

var roleNames = [...]string{"rider", "support", "fleet", "finance", "admin", "device", "blocked"}

// Has says that the sets share a role.
func (r Roles) Has(any Roles) bool { return r&any != 0 }

// Names lists the roles in the order of API.md; never nil.
func (r Roles) Names() []string {
	names := make([]string, 0, len(roleNames))
	for i, name := range roleNames {
		if r&(1<<i) != 0 {
			names = append(names, name)
		}
	}
	return names
}

// String joins the names with commas, as tokens and stores write them.
func (r Roles) String() string { return strings.Join(r.Names(), ",") }

// ParseRoles reads what String wrote.
func ParseRoles(s string) (Roles, error) {
	if s == "" {
		return 0, nil
	}
	return RolesOf(strings.Split(s, ","))
}

// RolesOf makes a set of names. It fails on a name that is no role.
func RolesOf(names []string) (Roles, error) {
	var set Roles
next:
	for _, name := range names {
		for i, known := range roleNames {
			if name == known {
				set |= 1 << i
				continue next
			}
		}
		return 0, fmt.Errorf("auth: no role %q", name)
	}
	return set, nil
}
