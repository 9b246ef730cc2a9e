package main

import (
	"context"
	"net/http"
	"regexp"
	"slices"
	"strings"
	"testing"

	"freecar/internal/auth"
	"freecar/internal/auth/token"
	"freecar/internal/clock"
	"freecar/internal/ids"
	"freecar/internal/kitx"
)

// access says who may call which operation: the table of API.md, and what was added to it
// for staff. It is written by hand and apart from the routes, so that neither can change
// without the other.
var access = map[string]string{
	"blob.Upload":   "anyone",
	"blob.Download": "anyone",

	"gateway.Export": "rider support fleet finance admin",
	"gateway.Live":   "anyone",
	"gateway.Ready":  "anyone",

	"car.Acknowledge": "device",
	"car.Change":      "fleet admin",
	"car.Commands":    "device",
	"car.DeviceCars":  "device",
	"car.Get":         "rider",
	"car.Import":      "fleet admin",
	"car.List":        "fleet admin",
	"car.Lock":        "fleet admin",
	"car.Register":    "fleet admin",
	"car.Retire":      "fleet admin",
	"car.Return":      "fleet admin",
	"car.Search":      "rider",
	"car.Show":        "fleet admin",
	"car.TakeOut":     "fleet admin",
	"car.Telemetry":   "device",
	"car.Unlock":      "fleet admin",

	"profile.AddPhoto":     "rider",
	"profile.Approve":      "support admin",
	"profile.DeletePhoto":  "rider",
	"profile.GetLicence":   "rider",
	"profile.Inspect":      "support admin",
	"profile.InspectPhoto": "support admin",
	"profile.GetPhoto":     "rider",
	"profile.List":         "support admin",
	"profile.PutLicence":   "rider",
	"profile.Reject":       "support admin",

	"trip.CancelReservation":  "rider",
	"trip.CloseIssue":         "support fleet admin",
	"trip.CreatePromotion":    "finance admin",
	"trip.Current":            "rider blocked",
	"trip.CurrentReservation": "rider",
	"trip.End":                "rider blocked",
	"trip.EndPromotion":       "finance admin",
	"trip.Extend":             "rider",
	"trip.Get":                "rider blocked",
	"trip.List":               "rider",
	"trip.ListPlans":          "finance admin",
	"trip.ListPromotions":     "finance admin",
	"trip.OpsEnd":             "support admin",
	"trip.OpsGet":             "support admin",
	"trip.OpsIssuePhoto":      "support fleet admin",
	"trip.OpsIssues":          "support fleet admin",
	"trip.OpsList":            "support admin",
	"trip.OpsWriteOff":        "finance admin",
	"trip.Pause":              "rider",
	"trip.Plans":              "rider",
	"trip.PublishPlan":        "finance admin",
	"trip.PutZones":           "fleet admin",
	"trip.Quote":              "rider",
	"trip.Receipt":            "rider",
	"trip.ReportIssue":        "rider",
	"trip.Reserve":            "rider",
	"trip.Resume":             "rider",
	"trip.RetirePlan":         "finance admin",
	"trip.Start":              "rider",
	"trip.Zones":              "fleet admin",

	"user.Account":        "support fleet finance admin",
	"user.Accounts":       "support fleet finance admin",
	"user.AddAvatar":      "rider",
	"user.Adjust":         "finance admin",
	"user.ChangeAccount":  "support admin",
	"user.ChangeMe":       "rider support fleet finance admin",
	"user.ChangePassword": "rider support fleet finance admin",
	"user.Audit":          "admin",
	"user.DeadLetters":    "admin",
	"user.DeleteAvatar":   "rider",
	"user.GetAvatar":      "rider",
	"user.ConfirmTOTP":    "support fleet finance admin",
	"user.Devices":        "fleet admin",
	"user.EnrolTOTP":      "support fleet finance admin",
	"user.EraseMe":        "rider support fleet finance admin",
	"user.Me":             "rider support fleet finance admin",
	"user.OpsEntries":     "support finance admin",
	"user.OpsWallet":      "support finance admin",
	"user.PurgeCache":     "admin",
	"user.Refresh":        "anyone",
	"user.Refund":         "finance admin",
	"user.RegisterDevice": "admin",
	"user.Replay":         "admin",
	"user.RemoveTOTP":     "rider support fleet finance admin",
	"user.RevokeDevice":   "admin",
	"user.SignIn":         "anyone",
	"user.SignOut":        "rider support fleet finance admin device blocked",
	"user.SignUp":         "anyone",
	"user.TopUp":          "rider",
	"user.Wallet":         "rider",
	"user.WalletEntries":  "rider",
}

var everyRole = []auth.Roles{auth.Rider, auth.Support, auth.Fleet, auth.Finance, auth.Admin, auth.Device, auth.Blocked}

// TestAccess walks every route with every role, and without any.
func TestAccess(t *testing.T) {
	r := newRig(t, 1, 0)
	issuer, err := token.NewIssuer(r.platform.keys.Signing[0].ID, r.platform.keys.Signing[0].Private(), clock.System{})
	if err != nil {
		t.Fatal(err)
	}
	for _, route := range r.platform.gateway.Specs() {
		t.Run(route.Op, func(t *testing.T) {
			may, known := access[route.Op]
			if !known {
				t.Fatalf("%s %s is new: say in this test who may call it", route.Method, route.Path)
			}
			if status := r.knock(t, route, ""); (status == http.StatusUnauthorized) == (may == "anyone") {
				t.Errorf("nobody got %d; %s may call it", status, may)
			}
			if may == "anyone" {
				return
			}
			for _, role := range everyRole {
				// An account of its own each: nothing is there, and nothing that is allowed harms another.
				bearer, _, err := issuer.Issue(auth.Principal{Subject: ids.NewAccount(), Session: ids.Random{}.New(), Roles: role})
				if err != nil {
					t.Fatal(err)
				}
				status := r.knock(t, route, bearer)
				if denied := status == http.StatusForbidden; denied == slices.Contains(strings.Fields(may), role.String()) || status == http.StatusUnauthorized || status >= 500 {
					t.Errorf("%s got %d; %s may call it", role, status, may)
				}
			}
		})
	}
	for op := range access {
		if !slices.ContainsFunc(r.platform.gateway.Specs(), func(s kitx.Spec) bool { return s.Op == op }) {
			t.Errorf("there is no %s any more", op)
		}
	}
}

var variable = regexp.MustCompile(`\{[a-z_]+\}`)

// knock sends a request that names nothing there is, and says how it was answered.
func (r *rig) knock(t *testing.T, route kitx.Spec, bearer string) int {
	t.Helper()
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel() // a stream has begun by then
	path := variable.ReplaceAllString(route.Path, ids.Random{}.New())
	if strings.Contains(route.Path, "/accounts/{") || strings.Contains(route.Path, "{account_id}") {
		path = variable.ReplaceAllString(route.Path, ids.NewAccount())
	}
	request, err := http.NewRequestWithContext(ctx, route.Method, r.base+path, nil)
	if err != nil {
		t.Fatal(err)
	}
	request.Header.Set("Idempotency-Key", "knock-"+route.Op)
	if bearer != "" {
		request.Header.Set("Authorization", "Bearer "+bearer)
	}
	resp, err := r.http.Do(request)
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close()
	return resp.StatusCode
}
