package peer

// Instances is how many instances are known.
func (p *Peer) Instances() int { return len(p.balancer.all()) }

// InFlight is the number of calls that each instance is at.
func (p *Peer) InFlight() map[string]int64 {
	now := map[string]int64{}
	for _, i := range p.balancer.all() {
		now[i.address] = i.inFlight.Load()
	}
	return now
}
