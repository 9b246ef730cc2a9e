package auth_test

import (
	"errors"
	"testing"

	"freecar/internal/auth"
)

func TestRoles(t *testing.T) {
	t.Run("text and back", func(t *testing.T) {
		for set := range auth.Blocked << 1 {
			got, err := auth.ParseRoles(set.String())
			if err != nil || got != set {
				t.Errorf("%b as %q: got %b, %v", set, set, got, err)
			}
		}
	})
	t.Run("an unknown role is refused", func(t *testing.T) {
		if _, err := auth.ParseRoles("rider,root"); err == nil {
			t.Error("no error")
		}
	})
}

func TestStaffActor(t *testing.T) {
	for name, tc := range map[string]struct {
		who  auth.Principal
		want string
	}{
		"nobody":                     {auth.Principal{}, ""},
		"a rider":                    {auth.Principal{Subject: "1", Roles: auth.Rider, Service: "gateway"}, ""},
		"a device":                   {auth.Principal{Subject: "d", Roles: auth.Device, Service: "gateway"}, ""},
		"support":                    {auth.Principal{Subject: "2", Roles: auth.Support, Service: "gateway"}, "2"},
		"an admin who drives, too":   {auth.Principal{Subject: "3", Roles: auth.Rider | auth.Admin, Service: "gateway"}, "3"},
		"staff, passed on":           {auth.Principal{Subject: "4", Roles: auth.Fleet, Service: "trip"}, "4"},
		"a service for itself":       {auth.Principal{Service: "trip"}, ""},
		"an operator":                {auth.Principal{Service: "ops"}, "operator"},
		"a rider, through operators": {auth.Principal{Subject: "1", Roles: auth.Rider, Service: "ops"}, ""},
		"a service for nobody known": {auth.Principal{Roles: auth.Admin, Service: "trip"}, ""},
	} {
		if got := auth.StaffActor(auth.With(t.Context(), tc.who)); got != tc.want {
			t.Errorf("%s: got %q, want %q", name, got, tc.want)
		}
	}
	if got := auth.StaffActor(auth.OnBehalf(t.Context(), "1")); got != "" {
		t.Errorf("on behalf of a rider: got %q", got)
	}
}

func TestAccess(t *testing.T) {
	rider := auth.Principal{Subject: "1", Roles: auth.Rider, Service: "gateway"}
	admin := auth.Principal{Subject: "2", Roles: auth.Admin, Service: "gateway"}
	trip := auth.Principal{Service: "trip"}
	for name, tc := range map[string]struct {
		access auth.Access
		who    auth.Principal
		want   error
	}{
		"anyone, nobody":               {auth.Anyone(), auth.Principal{}, nil},
		"rider, nobody":                {auth.Only(auth.Rider), auth.Principal{}, auth.ErrUnauthenticated},
		"rider, rider":                 {auth.Only(auth.Rider), rider, nil},
		"rider, admin":                 {auth.Only(auth.Rider), admin, auth.ErrDenied},
		"fleet, rider":                 {auth.Ops(auth.Fleet), rider, auth.ErrDenied},
		"fleet, admin":                 {auth.Ops(auth.Fleet), admin, nil},
		"services, the service":        {auth.Services("trip"), trip, nil},
		"services, through the gate":   {auth.Services("trip"), rider, auth.ErrDenied},
		"no decision lets nobody pass": {auth.Access{}, admin, auth.ErrDenied},
	} {
		t.Run(name, func(t *testing.T) {
			if got := tc.access.Check(tc.who); !errors.Is(got, tc.want) {
				t.Errorf("got %v, want %v", got, tc.want)
			}
		})
	}
}
