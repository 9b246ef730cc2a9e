package userd

import (
	"context"
	"errors"
	"time"
)

const measureEvery = 15 * time.Second

// measure shows operators the ledger's totals and the bus's dead letters.
func (s *Service) measure(ctx context.Context) error {
	show := s.config.Obs.Metrics
	totals, ledgerErr := s.bank.Totals(ctx)
	if ledgerErr == nil {
		for kind, minor := range totals.ByKind {
			show.Ledger.WithLabelValues(kind).Set(float64(minor))
		}
		show.Ledger.WithLabelValues("debt").Set(float64(totals.Debt))
	}
	dead, busErr := s.config.DeadLetters.Count(ctx)
	if busErr == nil {
		show.DeadLetters.Reset() // who has none any more is not in the count
		for consumer, n := range dead {
			show.DeadLetters.WithLabelValues(consumer).Set(float64(n))
		}
	}
	return errors.Join(ledgerErr, busErr)
}
