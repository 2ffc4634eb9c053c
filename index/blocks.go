package index

import (
	"math"
	"slices"
	"unsafe"

	"lookalike/internal/offheap"
	"lookalike/internal/simd"
)

// blockSlots is how many nodes a block holds. A new block moves no others: an
// index grows without copying itself.
const blockSlots = 1024

// block is where nodes are. Each kind of data lies together: a walk reads rows, and
// codes (codes.go), what it takes to change links stays out of its way. All of it
// is outside the heap and goes with the block, which the index keeps.
type block struct {
	rows    []uint32  // (blockSlots, 1+2M): links on layer 0, see list
	scores  []half    // (blockSlots, 2M): of these links
	by      []uint8   // (blockSlots, 2M): who occludes them
	nodes   []node    // (blockSlots)
	vectors []float32 // (blockSlots, Dim), where no Source has them
}

// node is one distinct vector; its slot stands for it everywhere.
type node struct {
	id     uint64   // the lowest of those that have this vector
	sum    uint32   // vectorSum
	in     incoming // on layer 0
	level  int8     // highest layer; noLevel in a free slot
	copies bool     // there are more ids, in Index.copies
}

const noLevel = -1

// tower is what a node has on the layers above 0.
type tower struct {
	rows   []uint32 // (level, 1+M)
	scores []half   // (level, M)
	by     []uint8  // (level, M)
	in     []incoming
}

func (x *Index) newBlock() *block {
	m := x.cfg.mmax(0)
	b := &block{}
	b.rows, b.scores = offheap.Make[uint32](b, blockSlots*(1+m)), offheap.Make[half](b, blockSlots*m)
	b.by, b.nodes = offheap.Make[uint8](b, blockSlots*m), offheap.Make[node](b, blockSlots)
	if x.cfg.Source == nil {
		b.vectors = make([]float32, blockSlots*x.cfg.Dim)
	}
	for i := range b.nodes {
		b.nodes[i].level = noLevel
	}
	return b
}

// at returns a slot's block and its place in it.
func (x *Index) at(slot uint32) (*block, int) {
	return x.blocks[slot/blockSlots], int(slot % blockSlots)
}

func (x *Index) node(slot uint32) *node { return &x.blocks[slot/blockSlots].nodes[slot%blockSlots] }

// exists reports whether a slot holds a node.
func (x *Index) exists(slot uint32) bool { return int(slot) < x.slots && x.node(slot).level != noLevel }

// level returns a node's highest layer, noLevel for a free slot.
func (x *Index) level(slot uint32) int { return int(x.node(slot).level) }

// ids appends everything that has a node's vector to buf, ascending.
func (x *Index) ids(slot uint32, buf []uint64) []uint64 {
	n := x.node(slot)
	buf = append(buf, n.id)
	if n.copies {
		buf = append(buf, x.copies[slot]...)
	}
	return buf
}

// list is where a node's links on a layer are. The first word of row is their
// number, and in the low half the distance of the nearest: that there are no
// bursts among them shows without a look at the scores.
type list struct {
	row    []uint32 // (1+Mmax): number and distance, slots; on layer 0 the first is the ring's
	scores []half   // (Mmax)
	by     []uint8  // (Mmax): a place in the list plus one, byUnknown or byNobody
}

func (x *Index) list(slot uint32, layer int) list {
	m := x.cfg.mmax(layer)
	if layer == 0 {
		b, at := x.at(slot)
		return list{b.rows[at*(1+m) : (at+1)*(1+m)], b.scores[at*m : (at+1)*m], b.by[at*m : (at+1)*m]}
	}
	t, at := x.towers[slot], layer-1
	return list{t.rows[at*(1+m) : (at+1)*(1+m)], t.scores[at*m : (at+1)*m], t.by[at*m : (at+1)*m]}
}

func (l list) slots() []uint32 { return l.row[1 : 1+l.row[0]>>16] }

// nearest is the score of the nearest link, the lowest there is without any.
func (l list) nearest() float32 { return half(l.row[0]).score() }

// How who occludes a link is kept: its place in the list fits 8 bits nearly always.
const (
	byUnknown = 0
	byNobody  = math.MaxUint8
)

// links appends a node's links on a layer to buf.
func (x *Index) links(slot uint32, layer int, buf []scored) []scored {
	l := x.list(slot, layer)
	slots := l.slots()
	for i, to := range slots {
		s := scored{score: l.scores[i].score(), slot: to}
		switch by := l.by[i]; by {
		case byUnknown:
		case byNobody:
			s.by = nobody
		default:
			s.by = slots[by-1] + 1
		}
		buf = append(buf, s)
	}
	return buf
}

// set writes links. Who occludes one is forgotten where he is not among them:
// another node may get his slot.
func (l list) set(links []scored) {
	nearest := far
	for i, s := range links {
		l.row[1+i], l.scores[i] = s.slot, halfOf(s.score)
		nearest = min(nearest, l.scores[i])
	}
	l.row[0] = uint32(len(links))<<16 | uint32(nearest)
	slots := l.slots()
	for i, s := range links {
		l.by[i] = byUnknown
		switch s.by {
		case unknown:
		case nobody:
			l.by[i] = byNobody
		default:
			if at := slices.Index(slots, s.by-1); at >= 0 && at < byNobody-1 {
				l.by[i] = uint8(at + 1)
			}
		}
	}
}

// newTower has room for a node's links on the layers from 1 to level.
func (x *Index) newTower(level int) *tower {
	m := x.cfg.M
	return &tower{make([]uint32, level*(1+m)), make([]half, level*m), make([]uint8, level*m), make([]incoming, level)}
}

// fetchList has a node's links on layer 0 fetched, which will be read soon.
func (x *Index) fetchList(slot uint32) {
	row := x.list(slot, 0).row
	simd.Fetch((*byte)(unsafe.Pointer(&row[0])), 4*len(row))
}
