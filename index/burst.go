package index

import "slices"

// A burst is a group of nodes that are far nearer to each other than to
// everything else: frames of a film, a camera's series, black pictures. With
// more of them than ef, a search that comes near finds nothing else, and a node
// that is linked by such a search has links to nothing else: bursts fall apart
// and out of reach. From afar, therefore, a burst is one point. A walk stays out
// of it until it has looked at everything else (searchLayer), a link within it
// occludes none that leads out of it (occluded), and when one of it is deleted
// another takes its place (standIn).

// burstRatio is how many times the squared distance to a burst is that within
// it. Distances among a node's neighbours in ordinary data do not differ as much.
const burstRatio = 16

// onePoint reports whether two nodes with the cosine between are one point as
// seen from where one of them has the cosine seen. Of unit vectors, 1 - cosine is
// half the squared distance.
func onePoint(between, seen float32) bool { return burstRatio*(1-between) < 1-seen }

// beyondBursts adds to the candidates for a new node's links what a burst has
// pushed out of the search's results: what it found while bursts were points,
// and where the nearest node's links lead beyond all results. Rounding may have
// changed their order.
func (x *Index) beyondBursts(s *searcher, q *target, found []scored, layer int) []scored {
	all := slices.Clone(found)
	for _, p := range s.points {
		all = append(all, scored{score: rounded(p.score()), slot: p.slot()})
	}
	worst := found[len(found)-1].score
	if l := x.list(found[0].slot, layer); onePoint(worst, far.score()) {
		for i, to := range l.slots() {
			if onePoint(worst, l.scores[i].score()) {
				all = append(all, scored{score: rounded(x.scoreTo(s, q, to)), slot: to})
			}
		}
	}
	slices.SortFunc(all, scored.compare)
	return slices.Compact(all)
}

// standIn returns the node of a deleted one's burst that is nearest to it, to be
// linked to by a node from which the burst is one point. There is none where
// that one has a link into the burst left.
func standIn(links, burst []scored, seen float32) (slot uint32, ok bool) {
	best := float32(-2)
	for _, b := range burst {
		if !onePoint(b.score, seen) {
			continue
		}
		if linked(links, b.slot) {
			return 0, false
		}
		if b.score > best {
			best, slot, ok = b.score, b.slot, true
		}
	}
	return slot, ok
}
