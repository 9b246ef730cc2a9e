package nearby

import "freecar/internal/geo"

const (
	// leafSize is how many entries a leaf holds before it is split; by measurement, 8 to 64 serve alike.
	leafSize = 32
	// smallest is the half of a cube that is never split, about 0.1 m on the ground:
	// a thousand cars may stand at one point.
	smallest = 1.0 / (1 << 26)
)

// entry is never changed once it is in the tree.
type entry[V any] struct {
	key   string
	at    geo.Position
	point point
	value V
}

// node is a leaf, with entries, or a branch, with children.
type node[V any] struct {
	count    int // entries below
	leaf     []placed[V]
	children *[8]node[V] // by octant; nil in a leaf
}

// placed is an entry with what a search asks of it, so that a scan of a leaf reads one piece of memory.
type placed[V any] struct {
	point point
	at    geo.Position
	entry *entry[V]
}

func (n *node[V]) insert(in cube, e *entry[V]) {
	n.count++
	if n.children != nil {
		n.insertBelow(in, e)
		return
	}
	if n.leaf = append(n.leaf, placed[V]{e.point, e.at, e}); len(n.leaf) > leafSize && in.half > smallest {
		n.split(in)
	}
}

func (n *node[V]) split(in cube) {
	entries := n.leaf
	n.leaf, n.children = nil, new([8]node[V])
	for _, p := range entries {
		n.insertBelow(in, p.entry)
	}
}

func (n *node[V]) insertBelow(in cube, e *entry[V]) {
	octant := in.octant(&e.point)
	n.children[octant].insert(in.eighth(octant), e)
}

// remove takes out e, which must be in the tree.
func (n *node[V]) remove(in cube, e *entry[V]) {
	n.count--
	if n.children == nil {
		n.removeHere(e)
		return
	}
	octant := in.octant(&e.point)
	n.children[octant].remove(in.eighth(octant), e)
	// Well under leafSize, or a thing going to and fro would split and join at each step.
	if n.count <= leafSize/2 {
		n.leaf, n.children = n.gather(make([]placed[V], 0, leafSize)), nil
	}
}

func (n *node[V]) removeHere(e *entry[V]) {
	last := len(n.leaf) - 1
	for i := range n.leaf {
		if n.leaf[i].entry == e {
			n.leaf[i] = n.leaf[last]
			break
		}
	}
	n.leaf[last] = placed[V]{}
	n.leaf = n.leaf[:last]
}

// gather appends all entries below n to into.
func (n *node[V]) gather(into []placed[V]) []placed[V] {
	into = append(into, n.leaf...)
	if n.children != nil {
		for i := range n.children {
			into = n.children[i].gather(into)
		}
	}
	return into
}
