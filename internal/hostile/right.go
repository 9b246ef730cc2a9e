package hostile

import "strings"

// noRight is a right request of somebody who may not make it, or with a token that is none.
func (m *maker) noRight(r route) (Request, bool) {
	if len(r.others) == 0 {
		return Request{}, false
	}
	if len(m.g.world.Forged) > 0 && m.IntN(3) == 0 {
		d := m.draft(r, Caller{Token: pick(m, m.g.world.Forged...)}, "")
		return d.request("a forged token", Want{Statuses: []int{401}}), true
	}
	c := pick(m, r.others...)
	d := m.draft(r, c, "")
	switch {
	case m.IntN(5) == 0 && c.Token != "":
		scheme := pick(m, "Basic ", "bearer", "", "Bearer", "Token ", "Bearer  \t")
		d.header = append(dropPair(d.header, "Authorization"), pair{"Authorization", scheme + pick(m, c.Token[:8], "", "x y z")})
		return d.request("an odd authorization", Want{Statuses: []int{401}}), true
	case m.IntN(5) == 0:
		d.header = append(d.header, pair{"Authorization", "Bearer x"}, pair{"Authorization", "Bearer y"})
		return d.request("two authorizations", Want{Statuses: []int{401}}), true
	}
	return d.request("no right: "+c.Name, Want{Statuses: []int{401, 403}}), true
}

// nothingThere asks for what there is not, or what is somebody else's.
func (m *maker) nothingThere(r route) (Request, bool) {
	if f, ok := m.g.world.Foreign[r.spec.Op]; ok && len(f.IDs) > 0 {
		d := m.draft(r, f.Caller, "")
		d.path = r.spec.Path[:strings.Index(r.spec.Path, "{")] + pick(m, f.IDs...) + r.spec.Path[strings.Index(r.spec.Path, "}")+1:]
		return d.request("what is somebody else's", Want{Statuses: []int{404}}), true
	}
	c, ok := m.someone(r)
	if !ok || !strings.Contains(r.spec.Path, "{") {
		return Request{}, false
	}
	return m.draft(r, c, "").request("what is not there", Want{}), true
}
