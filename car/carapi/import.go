package carapi

// ImportRow is a line of a list of cars: the columns of CSV, or a JSON object. With a
// position a new car is there at once. For a known one, by its plate, the model and, if
// there is one, the plan are taken over; where it stands is for its device to say.
type ImportRow struct {
	Plate         string   `json:"plate" validate:"required,max=40,text"`
	Model         string   `json:"model" validate:"required,max=60,text"`
	PricingPlanID string   `json:"pricing_plan_id,omitzero" validate:"max=40,text"`
	Latitude      *float64 `json:"latitude,omitzero" validate:"omitnil,gte=-90,lte=90"`
	Longitude     *float64 `json:"longitude,omitzero" validate:"omitnil,gte=-180,lte=180"`
	ChargePercent *float64 `json:"charge_percent,omitzero" validate:"omitnil,gte=0,lte=100"`   // 100 if left out
	OdometerKM    *float64 `json:"odometer_km,omitzero" validate:"omitnil,gte=0,lte=10000000"` // 0 if left out
}

// ImportReport is what became of a list; of a dry run, what would have. Each line is
// created, updated, unchanged or refused.
type ImportReport struct {
	DryRun    bool          `json:"dry_run"`
	Lines     int           `json:"lines"` // that hold a car
	Created   int           `json:"created"`
	Updated   int           `json:"updated"`
	Unchanged int           `json:"unchanged"`
	Refused   []RefusedLine `json:"refused"` // a reason each, by line; a line may have several
}

// RefusedLine is a reason why a line was refused. Lines count from 1, the line of column
// names included.
type RefusedLine struct {
	Line   int    `json:"line"`
	Plate  string `json:"plate,omitzero"` // where it could be read
	Field  string `json:"field,omitzero"` // empty for the line as a whole
	Code   string `json:"code"`
	Detail string `json:"detail"`
}

// ImportedLine is what became of one line.
type ImportedLine struct {
	Line    int           `json:"line"`
	Plate   string        `json:"plate,omitzero"`
	Outcome string        `json:"outcome"` // created, updated, unchanged or refused
	CarID   string        `json:"car_id,omitzero"`
	Refused []RefusedLine `json:"refused,omitzero"`
}

// ImportEnd is the last line of a streamed answer. One without it broke off: what was
// told until then is done, and the list may be sent again.
type ImportEnd struct {
	Report ImportReport `json:"report"`
}
