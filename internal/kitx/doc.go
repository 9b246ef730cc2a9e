// Package kitx is Go kit with types: one Route value is an operation's wire contract,
// from which the server's decoder, the client's encoder, the access decision and the
// names in metrics, logs, spans and breakers all come.
//
//	var End = kitx.NewRoute[EndRequest, Trip](kitx.Spec{
//		Op: "trip.End", Method: "POST", Path: "/v1/trips/{id}/end", Who: auth.Only(auth.Rider)})
//
//	type EndRequest struct {
//		kitx.Keyed                                       // takes an Idempotency-Key
//		ID     string `path:"id" json:"-" validate:"uuid"`
//		DryRun bool   `query:"dry_run" json:"-"`
//		Reason string `json:"reason" validate:"max=200,text"`
//	}
//
//	End.Mount(server, endpoints.End)            // func(context.Context, EndRequest) (Trip, error)
//	trip, err := End.Call(ctx, peer, request)   // the same line gives the typed client
//
// Tags: path, query (with default:"20") and header fields carry json:"-"; all others are
// the JSON body, which is strict: unknown or duplicate members, wrong types, other
// letter cases and invalid UTF-8 are refused with the field named. validate tags
// (go-playground/validator; "text" is ours: no control characters) are the one rule of a
// field. A Resp of None answers without a body.
//
// An endpoint's error without a kind is a fault; Invalid, NotFound, Conflict and their
// like are answers (endpoint.Failer), which breakers and retries never see.
//
// Around every operation, in this order: span, metrics and log; recovery; access; decoding
// and rules. Streams and byte routes (NewRaw, Handle) have the same chain.
package kitx
