package invariants

import (
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"time"
)

// carSnapshot is a car as one of its events tells it.
type carSnapshot struct {
	State, Lock string
	Claim       *struct {
		Kind, ID  string
		AccountID string `json:"account_id"`
	}
	Outage  *struct{ Reason string }
	Version int64
}

func carAfter(e event) (c carSnapshot) {
	mustDecode(e.data, &c)
	return c
}

// claimed are the states of a car that somebody has.
var claimed = map[string][]string{"reservation": {"reserved"}, "trip": {"stopped", "on_trip"}}

// carStep says what is wrong with a change of a car; empty for nothing.
func carStep(before *carSnapshot, now carSnapshot, what string) string {
	if wrong := now.odd(); wrong != "" {
		return wrong
	}
	if before == nil {
		if what != "registered" || now.State != "non_contactable" {
			return "a car begins by being registered and is not contactable"
		}
		return ""
	}
	move, known := carMoves[what]
	switch {
	case !known:
		return "no such thing happens to cars"
	case now.Version != before.Version+1:
		return fmt.Sprintf("version %d after %d", now.Version, before.Version)
	case !slices.Contains(move.states, before.State+">"+now.State) && !(before.State == now.State && move.stays):
		return "from " + before.State + " to " + now.State
	case !slices.Contains(move.locks, before.Lock+">"+now.Lock) && !(before.Lock == now.Lock && !move.locksAlways):
		return "the lock from " + before.Lock + " to " + now.Lock
	case !move.claims && !sameClaim(before, &now):
		return "the claim changes"
	case what == "released" && (before.Claim == nil || now.Claim != nil), what == "claimed" && now.Claim == nil:
		return "the claim does not"
	}
	return ""
}

func sameClaim(a, b *carSnapshot) bool {
	if a.Claim == nil || b.Claim == nil {
		return a.Claim == nil && b.Claim == nil
	}
	return *a.Claim == *b.Claim
}

// odd says what no car is like.
func (c carSnapshot) odd() string {
	for kind, states := range claimed {
		if has := c.Claim != nil && c.Claim.Kind == kind; has != slices.Contains(states, c.State) {
			return fmt.Sprintf("it is %s and claimed by %+v", c.State, c.Claim)
		}
	}
	if c.Claim == nil && (c.Outage != nil) != (c.State == "non_operational") {
		return fmt.Sprintf("it is %s with the outage %+v", c.State, c.Outage)
	}
	return ""
}

// carMove is what an event may do to a car: its state and its lock, as from>to.
type carMove struct {
	states, locks []string
	stays         bool // the state may stay
	locksAlways   bool // the lock may not
	claims        bool // the claim may change
}

var (
	loses    = []string{"available>non_contactable"}
	rests    = []string{"available", "non_contactable", "non_operational"}
	carMoves = map[string]carMove{
		"device_bound":     {states: loses, stays: true},
		"device_unbound":   {states: loses, stays: true},
		"device_awaited":   {stays: true},
		"changed":          {stays: true},
		"claimed":          {states: []string{"available>reserved", "available>stopped", "reserved>stopped", "stopped>reserved"}, claims: true},
		"released":         {states: pairs([]string{"reserved", "stopped", "on_trip"}, rests), locks: []string{"unlocking>locked", "unlocked>locking"}, claims: true},
		"unlocking":        {stays: true, locks: []string{"locked>unlocking"}, locksAlways: true},
		"unlocked":         {states: []string{"stopped>on_trip"}, stays: true, locks: []string{"unlocking>unlocked", "locked>unlocked"}, locksAlways: true},
		"locking":          {stays: true, locks: []string{"unlocked>locking", "locked>locking"}, locksAlways: true},
		"locked":           {states: []string{"on_trip>stopped"}, stays: true, locks: []string{"locking>locked", "unlocked>locked"}, locksAlways: true},
		"stop_requested":   {stays: true},
		"stop_accepted":    {stays: true},
		"command_failed":   {stays: true, locks: []string{"unlocking>locked", "locking>unlocked"}},
		"drove_off":        {states: []string{"stopped>on_trip"}, locks: []string{"locked>unlocked"}, locksAlways: true},
		"contact_lost":     {states: loses},
		"contact_regained": {states: []string{"non_contactable>available"}},
		"service_planned":  {stays: true},
		"service_began":    {states: []string{"available>non_operational", "non_contactable>non_operational"}},
		"returned":         {states: pairs([]string{"non_operational"}, rests[:2]), stays: true, locks: []string{"unlocking>locked", "unlocked>locking"}},
		"retired":          {states: pairs(rests, []string{"removed"}), locks: []string{"unlocking>locked", "locking>unlocked"}},
	}
)

func pairs(from, to []string) (all []string) {
	for _, a := range from {
		for _, b := range to {
			all = append(all, a+">"+b)
		}
	}
	return all
}

// rentalMoves is where each event takes a rental from which step; it begins with none.
var rentalMoves = map[string]map[string]string{
	"reserving":     {"": "reserving"},
	"reserved":      {"reserving": "waiting"},
	"extended":      {"waiting": "waiting"},
	"requested":     {"": "requesting", "waiting": "requesting"},
	"start_refused": {"requesting": "returning"},
	"returned":      {"returning": "waiting"},
	"lapsing":       {"waiting": "lapsing", "returning": "lapsing"},
	"expired":       {"lapsing": "done"},
	"cancelled":     {"lapsing": "done", "cancelling": "done"},
	"accepted":      {"requesting": "unlocking"},
	"withdrawing":   {"requesting": "withdrawing", "reserving": "withdrawing"},
	"refused":       {"requesting": "done", "reserving": "done", "withdrawing": "done"},
	"started":       {"unlocking": "driving"},
	"cancelling":    {"unlocking": "cancelling"},
	"pausing":       {"driving": "pausing"},
	"paused":        {"pausing": "parked"},
	"pause_failed":  {"pausing": "driving"},
	"resuming":      {"parked": "resuming"},
	"resumed":       {"resuming": "driving", "parked": "driving"},
	"resume_failed": {"resuming": "parked"},
	"ending":        {"driving": "locking", "parked": "locking", "resuming": "locking", "pausing": "locking"},
	"end_noted":     {"locking": "locking"},
	"end_failed":    {"locking": "driving"},
	"end_refused":   {"locking": "parked"},
	"end_postponed": {"driving": "driving", "parked": "parked"},
	"driving_on":    {"driving": "driving"},
	"priced":        {"locking": "settling"},
	"written_off":   {"settling": "settling"},
	// The fare turned out to be paid.
	"write_off_undone": {"settling": "settling"},
	"finished":         {"settling": "done"},
}

// statesOf are what riders may see of each step.
var statesOf = map[string][]string{
	"reserving": {"reserved"}, "waiting": {"reserved"}, "lapsing": {"reserved"}, "returning": {"reserved"},
	"requesting": {"starting", "reserved"}, "withdrawing": {"starting", "reserved"}, "unlocking": {"starting"}, "cancelling": {"starting"},
	"driving": {"in_progress"}, "pausing": {"in_progress"}, "parked": {"paused"}, "resuming": {"paused"},
	"locking": {"ending"}, "settling": {"ending"}, "done": {"finished", "cancelled"},
}

var ended = map[string]bool{"finished": true, "cancelled": true}

// rentalEvent is an event of a rental, with what it tells.
type rentalEvent struct {
	event
	rental rentalSnapshot
}

// ofRentals are the trip service's events of rentals, in the order of saving.
func (w *World) ofRentals() []rentalEvent {
	if w.rentalEvents == nil {
		for _, e := range w.events["trip"] {
			if _, known := rentalMoves[e.name()]; known || w.Rentals[e.subject].ID != "" {
				r := rentalEvent{event: e}
				mustDecode(e.data, &r.rental)
				w.rentalEvents = append(w.rentalEvents, r)
			}
		}
	}
	return w.rentalEvents
}

// rentalSnapshot is a rental as its event tells it.
type rentalSnapshot struct {
	ID          string
	AccountID   string `json:"account_id"`
	CarID       string `json:"car_id"`
	State, Step string
	Accepted    bool
	CreatedAt   instant `json:"created_at"`
	Reservation *struct {
		At        instant
		ExpiresAt instant `json:"expires_at"`
		Extended  bool
		StartAt   instant `json:"start_at"`
		Over      string
		OverAt    instant `json:"over_at"`
	}
	StartedAt instant `json:"started_at"`
	Pauses    struct {
		At             instant
		ForMS          int64 `json:"for_ms"`
		Asked, Resumed int
		ResumeAt       instant `json:"resume_at"`
	}
	End struct {
		At        instant
		OdometerM int64 `json:"odometer_m"`
		PausedMS  int64 `json:"paused_ms"`
		Asked     int
		By        string
		Unlocked  bool
	}
	EndedAt        instant `json:"ended_at"`
	StartOdometerM int64   `json:"start_odometer_m"`
	DistanceM      int64   `json:"distance_m"`
	Fare           struct {
		Total       struct{ Amount int64 }
		Lines       []struct{ Code string }
		PlanID      string `json:"plan_id"`
		PlanVersion int64  `json:"plan_version"`
	}
	Promo struct {
		Code        string
		PromotionID string `json:"promotion_id"`
	}
	Reason  string
	Version int64
}

// instant is a time on the wire, in unix milliseconds; 0 for none.
type instant int64

// UnmarshalJSON reads null as none.
func (i *instant) UnmarshalJSON(raw []byte) error {
	var at *time.Time
	if err := json.Unmarshal(raw, &at); err != nil || at == nil {
		return err
	}
	*i = instant(at.UnixMilli())
	return nil
}

// facts are what an event and a document both tell of a rental.
func (s rentalSnapshot) facts() map[string]any {
	facts := map[string]any{
		"id": s.ID, "account": s.AccountID, "car": s.CarID, "state": s.State, "step": s.Step, "accepted": s.Accepted,
		"created at": int64(s.CreatedAt), "started at": int64(s.StartedAt), "ended at": int64(s.EndedAt),
		"pause": fmt.Sprint(int64(s.Pauses.At), s.Pauses.ForMS, s.Pauses.Asked, s.Pauses.Resumed, int64(s.Pauses.ResumeAt)),
		"end":   fmt.Sprint(int64(s.End.At), s.End.OdometerM, s.End.PausedMS, s.End.Asked, s.End.By, s.End.Unlocked),
		"start": s.StartOdometerM, "distance": s.DistanceM, "fare": s.Fare.Total.Amount, "lines": len(s.Fare.Lines),
		"promo": s.Promo.Code + s.Promo.PromotionID, "reason": s.Reason, "version": s.Version, "term": "",
	}
	if t := s.Reservation; t != nil {
		facts["term"] = fmt.Sprint(int64(t.At), int64(t.ExpiresAt), t.Extended, int64(t.StartAt), t.Over, int64(t.OverAt))
	}
	return facts
}

func (r Rental) facts() map[string]any {
	facts := map[string]any{
		"id": r.ID, "account": r.Account, "car": r.Car.ID, "state": r.State, "step": r.Step, "accepted": r.Accepted,
		"created at": r.CreatedAt, "started at": r.StartedAt, "ended at": r.EndedAt,
		"pause": fmt.Sprint(r.Pause.At, r.Pause.ForMS, r.Pause.Asked, r.Pause.Resumed, r.Pause.ResumeAt),
		"end":   fmt.Sprint(r.EndRequestedAt, r.EndOdometerM, r.EndPausedMS, r.EndAttempts, r.EndBy, r.EndUnlocked),
		"start": r.StartOdometerM, "distance": r.DistanceM, "fare": r.Fare.Total, "lines": len(r.Fare.Lines),
		"promo": r.Promo.Code + r.Promo.PromotionID, "reason": r.Reason, "version": r.Version, "term": "",
	}
	if r.EndAttempts == 0 {
		facts["end"] = fmt.Sprint(0, 0, 0, 0, "", false)
	}
	if t := r.Term; t.At != 0 {
		facts["term"] = fmt.Sprint(t.At, t.ExpiresAt, t.Extended, t.StartAt, t.Over, t.OverAt)
	}
	return facts
}

// differing are the members in which a stored document and an event differ. A document
// has times in milliseconds and leaves out what is empty; an event has texts and nulls.
func differing(stored, told map[string]any) (names []string) {
	all := map[string]bool{}
	for name := range stored {
		all[name] = true
	}
	for name := range told {
		all[name] = true
	}
	for name := range all {
		if !alike(stored[name], told[name]) {
			names = append(names, name)
		}
	}
	slices.Sort(names)
	return names
}

func alike(stored, told any) bool {
	switch told := told.(type) {
	case map[string]any:
		inner, _ := stored.(map[string]any)
		return inner != nil && len(differing(inner, told)) == 0
	case []any:
		list, _ := stored.([]any)
		return slices.EqualFunc(list, told, alike)
	case string:
		if ms, number := stored.(float64); number {
			at, err := time.Parse(time.RFC3339, told)
			return err == nil && at.UnixMilli() == int64(ms)
		}
		s, _ := stored.(string)
		return s == told
	case nil:
		return stored == nil || stored == "" || stored == 0.0
	}
	return stored == told || stored == nil && (told == false || told == 0.0)
}

// mustDecode reads an event; what cannot be read has nothing.
func mustDecode(raw []byte, into any) {
	if err := json.Unmarshal(raw, into); err != nil {
		panic(fmt.Sprintf("invariants: %s: %v", strings.TrimSpace(string(raw)), err))
	}
}
