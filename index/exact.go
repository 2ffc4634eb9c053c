package index

import (
	"encoding/binary"
	"errors"
	"hash/crc32"
	"math"
	"sync/atomic"

	"lookalike/internal/simd"
)

// Source has the exact vectors of an index's ids, so that memory holds codes
// only. It is asked for the best of a search's candidates, and where codes cannot
// tell near-identical nodes apart; from several goroutines at once.
type Source interface {
	// Vector returns the vector (Dim) of an id: in buf (Dim), or where it lies, if nobody changes it there. For an
	// id that was deleted, and is about to be here too, the error is ErrNotFound.
	Vector(id uint64, buf []float32) ([]float32, error)
}

// Batch is a Source that reads many vectors at once, where that is cheaper than one after the other: from a
// store it is one transaction.
type Batch interface {
	Source
	// Vectors calls use, in order, with what Vector would return for each id, until use fails. v is not used after that.
	Vectors(ids []uint64, buf []float32, use func(i int, v []float32, err error) error) error
}

// vector returns a node's exact vector, in buf or where it lies.
func (x *Index) vector(slot uint32, buf []float32) ([]float32, error) {
	b, at := x.at(slot)
	if x.cfg.Source == nil {
		return b.vectors[at*x.cfg.Dim : (at+1)*x.cfg.Dim], nil
	}
	return x.cfg.Source.Vector(b.nodes[at].id, buf)
}

// recent keeps exact vectors that were asked for: among near-identical nodes the
// same are, over and over. Entries are replaced, never changed.
type recent [512]atomic.Pointer[exactVector]

type exactVector struct {
	slot, sum uint32
	values    []float32
}

// near returns a node's exact vector for comparisons on the way, nil if the source
// does not have it any more.
func (x *Index) near(slot uint32) []float32 {
	if x.cfg.Source == nil {
		v, _ := x.vector(slot, nil) // it is here
		return v
	}
	place, sum := &x.recent[slot%uint32(len(x.recent))], x.node(slot).sum
	if e := place.Load(); e != nil && e.slot == slot && e.sum == sum {
		return e.values
	}
	v, err := x.vector(slot, make([]float32, x.cfg.Dim))
	if err != nil {
		return nil
	}
	place.Store(&exactVector{slot, sum, v})
	return v
}

// twin returns the slot that already holds v, whose sum is given.
func (x *Index) twin(v []float32, sum uint32) (slot uint32, ok bool) {
	is := func(slot uint32) bool {
		held := x.near(slot)
		return held != nil && equalBits(held, v)
	}
	place, ok := x.bySum.find(uint64(sum), is)
	if !ok {
		return 0, false
	}
	return x.bySum.at(place), true
}

var castagnoli = crc32.MakeTable(crc32.Castagnoli)

// vectorSum is the CRC32C of a vector's bytes: equal for equal vectors.
func vectorSum(v []float32) (sum uint32) {
	var buf [256]byte
	for len(v) > 0 {
		n := min(len(v), len(buf)/4)
		for i, f := range v[:n] {
			binary.LittleEndian.PutUint32(buf[4*i:], math.Float32bits(f))
		}
		sum, v = crc32.Update(sum, castagnoli, buf[:4*n]), v[n:]
	}
	return sum
}

func equalBits(a, b []float32) bool {
	for i := range a {
		if math.Float32bits(a[i]) != math.Float32bits(b[i]) {
			return false
		}
	}
	return true
}

// vectors calls use with the vectors of nodes, in order, until it fails.
func (x *Index) vectors(s *searcher, nodes []scored, use func(i int, v []float32, err error) error) error {
	buf := s.buffer(x)
	if b, ok := x.cfg.Source.(Batch); ok {
		s.ids = s.ids[:0]
		for _, n := range nodes {
			s.ids = append(s.ids, x.node(n.slot).id)
		}
		return b.Vectors(s.ids, buf, use)
	}
	for i, n := range nodes {
		v, err := x.vector(n.slot, buf)
		if err := use(i, v, err); err != nil {
			return err
		}
	}
	return nil
}

// exactScores gives nodes their cosines to a query, by their vectors, and leaves out those that are about to be deleted.
func (x *Index) exactScores(s *searcher, q []float32, nodes []scored) ([]scored, error) {
	kept := nodes[:0]
	err := x.vectors(s, nodes, func(i int, v []float32, err error) error {
		if err == nil {
			kept = append(kept, scored{score: simd.Dot(q, v), slot: nodes[i].slot})
		} else if !errors.Is(err, ErrNotFound) {
			return err
		}
		return nil
	})
	return kept, err
}

// exactScore is the cosine of a query and a node, by their vectors. ok is false
// for a node that is about to be deleted.
func (x *Index) exactScore(q []float32, slot uint32, buf []float32) (score float32, ok bool, err error) {
	v, err := x.vector(slot, buf)
	if errors.Is(err, ErrNotFound) {
		return 0, false, nil
	}
	if err != nil {
		return 0, false, err
	}
	return simd.Dot(q, v), true, nil
}
