// Package hostile makes requests that no honest client sends, from the routes that there
// are and the rules of their fields: whoever adds a route adds to them. It is for tests.
//
// A Generator makes request number n of a seed, always the same, so that any number of
// workers share one and a failure can be sent again. Each request says what is hostile in it
// and what it may be answered (Want). Whatever writes is broken in some way that must be
// refused: so a platform which got a million of them is as it was before.
//
// Kinds: one field of a request is broken against its rule, and the others are right; the
// body is broken, encoded or cut; the headers contradict each other, lie or are huge; the
// path climbs; the caller has no right, or asks for what is another's or not there.
package hostile
