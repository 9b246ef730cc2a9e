package obs

import "github.com/prometheus/client_golang/prometheus"

// Business are gauges of what is kept: events under way and money. Whoever keeps it looks
// now and then; instances over one store set the same gauge to the same value.
type Business struct {
	// OutboxPending is how many events a service has saved and not published.
	OutboxPending *prometheus.GaugeVec
	// OutboxLag is for how long, in seconds, the oldest of them has waited; 0 for none.
	OutboxLag *prometheus.GaugeVec
	// DeadLetters is how many events a consumer gave up on.
	DeadLetters *prometheus.GaugeVec
	// Ledger is the money in the ledger's accounts of a kind, in minor units; the kind
	// "debt" is what riders owe.
	Ledger *prometheus.GaugeVec
	// LiveRentals is how many rentals are in a state that is not their last.
	LiveRentals *prometheus.GaugeVec
	// StuckRentals is how many rentals recovery does not get on with: somebody has to look.
	StuckRentals prometheus.Gauge
}

func newBusiness(r prometheus.Registerer) Business {
	gauge := func(name, help string, labels ...string) *prometheus.GaugeVec {
		g := prometheus.NewGaugeVec(prometheus.GaugeOpts{Name: name, Help: help}, labels)
		r.MustRegister(g)
		return g
	}
	stuck := prometheus.NewGauge(prometheus.GaugeOpts{Name: "freecar_stuck_rentals", Help: "Rentals that have not got on for a minute though it was their turn; freecar ops trips list --stuck shows them."})
	r.MustRegister(stuck)
	return Business{
		StuckRentals:  stuck,
		LiveRentals:   gauge("freecar_live_rentals", "Reservations and trips under way, by state.", "state"),
		OutboxLag:     gauge("freecar_outbox_lag_seconds", "Age of the oldest event that is saved and not yet published.", "service"),
		OutboxPending: gauge("freecar_outbox_pending", "Events that are saved and not yet published.", "service"),
		DeadLetters:   gauge("freecar_dead_letters", "Events that a consumer gave up on.", "consumer"),
		Ledger:        gauge("freecar_ledger_minor_units", "Money in the ledger's accounts of a kind; debt is what riders owe.", "kind"),
	}
}
