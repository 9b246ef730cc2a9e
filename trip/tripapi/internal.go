package tripapi

// LiveRequest asks for a claim: by the rental that it is for, and as what.
type LiveRequest struct {
	ID   string `path:"id" json:"-" validate:"uuid"`
	Kind string `query:"kind" json:"-" default:"trip" validate:"oneof=trip reservation"`
}

// LiveAnswer says whether the rental is under way as that.
type LiveAnswer struct {
	Live bool `json:"live"`
}
