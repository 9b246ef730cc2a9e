package outbox

// Woken says that the relay would look at once.
func (o *Outbox) Woken() bool { return len(o.wake) > 0 }
