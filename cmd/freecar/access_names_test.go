package main

import (
	"net/http"
	"slices"
	"strings"
	"testing"

	"freecar/internal/ids"
	"freecar/internal/kitx"
)

// whose says to whom the thing belongs that a request names.
type whose int

const (
	// nobodys is a filter: what is not there gives an empty list.
	nobodys whose = iota
	// own is its owner's alone. To everybody else it is as if it were not there.
	own
	// staffs is the company's: whoever may call the operation finds it.
	staffs
	// known is as staffs, but may be refused by its state (409).
	known
)

// naming is one way in which a request names a thing: in its path, query or body.
type naming struct {
	whose
	// with is added to the path.
	with func(things) string
	// body of the request; nil for none.
	body func(things) any
	// late puts what spoils the things for others behind them.
	late int
	// answers is what others get who may call the operation; 0 is 404.
	answers int
}

// things are what requests can name.
type things struct {
	account, trip, done, reservation, car, free, command, device, issue, photo, object, promotion, plan, code string
}

// nowhere are things of the same form that are not there.
func nowhere() things {
	id := ids.Random{}.New
	return things{account: ids.NewAccount(), trip: id(), done: id(), reservation: id(), car: id(), free: id(), command: id(), device: id(),
		issue: id(), photo: id(), object: id(), promotion: id(), plan: "none", code: "NONE-10"}
}

func fixed(body any) func(things) any { return func(things) any { return body } }

func because(reason string) func(things) any { return fixed(m{"reason": reason}) }

func text(s string) func(things) string { return func(things) string { return s } }

// namings says what the requests of an operation can name.
var namings = map[string][]naming{
	"blob.Download": {{whose: own, with: text("?expires=4000000000000&signature=AAAA"), answers: http.StatusForbidden}},
	"blob.Upload":   {{whose: own, with: text("?expires=4000000000000&signature=AAAA"), answers: http.StatusForbidden}},

	"car.Acknowledge": {{whose: own, body: fixed(m{"result": "done"})}},
	"car.Change":      {{whose: staffs, body: fixed(m{"model": "Another"}), late: 1}},
	"car.Get":         {{whose: staffs}},
	"car.List":        {{with: func(o things) string { return "?device_id=" + o.device }}},
	"car.Lock":        {{whose: known, late: 1}},
	"car.Retire":      {{whose: known, late: 9}},
	"car.Return":      {{whose: known, late: 8}},
	"car.Show":        {{whose: staffs}},
	"car.TakeOut":     {{whose: known, body: because("Tyres."), late: 7}},
	"car.Telemetry":   {{whose: own, body: reading, answers: http.StatusOK}},
	"car.Unlock":      {{whose: known, late: 1}},

	"profile.Approve":      {{whose: staffs, late: 2}},
	"profile.Inspect":      {{whose: staffs}},
	"profile.InspectPhoto": {{whose: staffs}},
	"profile.Reject":       {{whose: known, body: because("Blurred."), late: 3}},

	"trip.CancelReservation": {{whose: own, late: 9}},
	"trip.CloseIssue":        {{whose: staffs, body: fixed(m{"note": "Polished."}), late: 1}},
	"trip.End":               {{whose: own, late: 9}, {whose: own, with: text("?dry_run=true")}},
	"trip.EndPromotion":      {{whose: staffs, late: 5}},
	"trip.Extend":            {{whose: own, late: 1}},
	"trip.Get":               {{whose: own}},
	"trip.ListPlans":         {{with: func(o things) string { return "?id=" + o.plan }}},
	"trip.OpsEnd":            {{whose: known, body: because("Help."), late: 10}},
	"trip.OpsGet":            {{whose: staffs}},
	"trip.OpsIssuePhoto":     {{whose: staffs}},
	"trip.OpsIssues":         {{with: func(o things) string { return "?trip_id=" + o.trip }}, {with: func(o things) string { return "?car_id=" + o.car }}},
	"trip.OpsList":           {{with: func(o things) string { return "?account_id=" + o.account + "&car_id=" + o.car }}},
	"trip.Pause":             {{whose: own, late: 2}, {whose: own, with: text("?dry_run=true")}},
	"trip.Quote": {{whose: staffs, with: func(o things) string { return "?minutes=1&km=1&car_id=" + o.car }},
		{whose: staffs, with: func(o things) string { return "?minutes=1&km=1&car_id=" + o.car + "&promo_code=" + o.code }}},
	"trip.Receipt":     {{whose: own}},
	"trip.ReportIssue": {{whose: own, body: fixed(m{"kind": "other", "text": "It rattles."})}},
	"trip.Reserve":     {{whose: known, body: func(o things) any { return m{"car_id": o.car} }}},
	"trip.Resume":      {{whose: own, late: 3}},
	"trip.RetirePlan":  {{whose: known, late: 6}},
	"trip.Start": {{whose: known, body: func(o things) any { return m{"car_id": o.car} }},
		{whose: own, body: func(o things) any { return m{"reservation_id": o.reservation} }, late: 2}},

	"user.Account":       {{whose: staffs}},
	"user.Accounts":      {{with: text("?q=lovelace")}},
	"user.Adjust":        {{whose: staffs, body: fixed(m{"amount": euros(1), "reason": "A present."}), late: 4}},
	"user.Audit":         {{with: func(o things) string { return "?subject=" + o.account }}},
	"user.ChangeAccount": {{whose: staffs, body: fixed(m{"status": "active"}), late: 1}},
	"user.DeadLetters":   {{with: text("?consumer=user.audit")}},
	"user.OpsEntries":    {{whose: staffs}},
	"user.OpsWallet":     {{whose: staffs}},
	"user.Refund":        {{whose: known, body: because("It rattled."), late: 4}},
	"user.RevokeDevice":  {{whose: staffs, late: 11}},
}

// nameless are the operations whose requests name nothing of anybody's.
var nameless = strings.Fields(`
	car.Commands car.DeviceCars car.Import car.Register car.Search
	gateway.Export gateway.Live gateway.Ready
	profile.AddPhoto profile.DeletePhoto profile.GetLicence profile.GetPhoto profile.List profile.PutLicence
	trip.CreatePromotion trip.Current trip.CurrentReservation trip.List trip.ListPromotions trip.Plans trip.PublishPlan trip.PutZones trip.Zones
	user.AddAvatar user.ChangeMe user.ChangePassword user.ConfirmTOTP user.DeleteAvatar user.Devices user.EnrolTOTP user.EraseMe user.GetAvatar
	user.Me user.PurgeCache user.Refresh user.RegisterDevice user.RemoveTOTP user.Replay user.SignIn user.SignOut user.SignUp user.TopUp
	user.Wallet user.WalletEntries`)

// TestAccessNamings: whoever adds a route says here what its requests can name.
func TestAccessNamings(t *testing.T) {
	routes := newRig(t, 1, 0).platform.gateway.Specs()
	for _, route := range routes {
		named, none := len(namings[route.Op]) > 0, slices.Contains(nameless, route.Op)
		if named == none {
			t.Errorf("%s is new: say in namings what its requests can name, or in nameless that they name nothing", route.Op)
		}
		if none && strings.Contains(route.Path, "{") {
			t.Errorf("%s names something: %s", route.Op, route.Path)
		}
		for _, n := range namings[route.Op] {
			if path := n.address(route, nowhere()); strings.Contains(path, "{") {
				t.Errorf("%s: nobody knows what to fill in: %s", route.Op, path)
			}
		}
	}
	for op := range namings {
		if !slices.ContainsFunc(routes, func(s kitx.Spec) bool { return s.Op == op }) {
			t.Errorf("there is no %s any more", op)
		}
	}
}

func reading(o things) any {
	return m{"readings": []m{{"car_id": o.car, "at": "2026-01-01T00:00:00Z", "position": m{"latitude": 1, "longitude": 1}, "charge_percent": 50,
		"odometer_km": 1, "speed_kmh": 0, "locked": true, "doors_open": false}}}
}

// address fills the variables of a path in.
func (n naming) address(route kitx.Spec, o things) string {
	switch route.Op {
	case "trip.Receipt", "user.Refund":
		o.trip = o.done
	case "car.Lock", "car.Unlock", "car.Retire", "car.Return", "car.TakeOut":
		o.car = o.free
	}
	path := variable.ReplaceAllStringFunc(route.Path, func(name string) string {
		before, _, _ := strings.Cut(route.Path, name)
		for place, id := range map[string]string{"/accounts/": o.account, "/licences/": o.account, "/trips/": o.trip, "/reservations/": o.reservation,
			"/cars/": o.car, "/commands/": o.command, "/devices/": o.device, "/issues/": o.issue, "/photos/": o.photo, "/objects/": o.object,
			"/promotions/": o.promotion, "/pricing-plans/": o.plan} {
			if strings.HasSuffix(before, place) {
				return id
			}
		}
		return name
	})
	if n.with != nil {
		path += n.with(o)
	}
	return path
}
