package car

import "time"

// Details is what staff may change of a car's description; nil leaves it as it is. A trip
// under way keeps the plan that it began with.
type Details struct {
	Plate         *string // as ParsePlate gives it
	Model         *string
	PricingPlanID *string
}

// Describe changes what the car is called and which plan it has. What is so already
// changes nothing. That no other car has the plate is for the repository to see.
// Errors: Conflict car_removed.
func (c *Car) Describe(d Details, now time.Time) error {
	if c.State == Removed {
		return ErrRemoved
	}
	changed := take(&c.Plate, d.Plate)
	changed = take(&c.Model, d.Model) || changed
	changed = take(&c.PricingPlanID, d.PricingPlanID) || changed
	if changed {
		c.record(EventChanged, nil, now)
	}
	return nil
}

func take(to, from *string) (changed bool) {
	if from == nil || *from == *to {
		return false
	}
	*to = *from
	return true
}
