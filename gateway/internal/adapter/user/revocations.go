// Package user asks the user service what the gateway has to know.
package user

import (
	"context"

	"freecar/gateway"
	"freecar/internal/kitx"
	"freecar/user/userapi"
)

// Revocations is the list that the user service keeps.
type Revocations struct{ peer kitx.Peer }

var _ gateway.RevocationFeed = Revocations{}

// NewRevocations reads the list through the peer.
func NewRevocations(p kitx.Peer) Revocations { return Revocations{peer: p} }

// Next lists what was revoked after a place in the list.
func (r Revocations) Next(ctx context.Context, after int64) (gateway.RevocationBatch, error) {
	list, err := userapi.Revocations.Call(ctx, r.peer, userapi.RevocationsRequest{After: after})
	if err != nil {
		return gateway.RevocationBatch{}, err
	}
	batch := gateway.RevocationBatch{Next: list.Next, More: list.More}
	for _, item := range list.Items {
		batch.Items = append(batch.Items, toRevocation(item))
	}
	return batch, nil
}

func toRevocation(r userapi.Revocation) gateway.Revocation {
	return gateway.Revocation{Subject: r.Subject, Session: r.Session, Before: r.Before, Spared: r.Spared, Until: r.Until.Time}
}
