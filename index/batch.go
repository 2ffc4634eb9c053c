package index

import (
	"fmt"
	"runtime"
	"slices"
	"sync"
	"sync/atomic"
)

// Item is a vector to add.
type Item struct {
	ID     uint64
	Vector []float32 // (Dim), a unit vector
}

// batchSize is how many nodes are planned side by side. Planning is the larger part of an add, and changes nothing.
const batchSize = 64

// AddAll adds items in their order, on all cores: it looks for the neighbours of
// up to 64 side by side, in the graph as it was before them and among each other,
// and then links one after the other. The graph depends on the items and their
// order, not on the number of cores. Searches go on meanwhile. It ends at the first item
// that Add would refuse; those before it are added.
func (x *Index) AddAll(items []Item) error {
	x.writing.Lock()
	defer x.writing.Unlock()
	for len(items) > 0 {
		x.learnCodes()
		b := batch{x: x}
		n, err := b.take(items)
		b.plan()
		b.carryOut()
		if err != nil {
			return err
		}
		items = items[n:]
	}
	return nil
}

// batch is what AddAll does at once.
type batch struct {
	x     *Index
	nodes []planning
	most  int // nodes
}

// planning is a new node of a batch.
type planning struct {
	slot   uint32
	vector []float32
	plan   plan
}

// take makes nodes of the first items, as yet without links, and says how many it
// took. A node that is higher than the enter point is a batch of its own, since
// the next ones start from it.
func (b *batch) take(items []Item) (n int, err error) {
	x := b.x
	b.most = min(batchSize, 1+x.count()/16)
	x.mu.Lock()
	defer x.mu.Unlock()
	for ; n < len(items) && len(b.nodes) < b.most; n++ {
		it := items[n]
		if err := x.checkVector(it.Vector); err != nil {
			return n, fmt.Errorf("add %d: %w", it.ID, err)
		}
		if _, ok := x.slotOf(it.ID); ok {
			return n, fmt.Errorf("add %d: %w", it.ID, ErrExists)
		}
		sum := vectorSum(it.Vector)
		if slot, ok := b.twin(it.Vector, sum); ok {
			x.addID(slot, it.ID)
			continue
		}
		if !b.add(it, sum) {
			return n, nil
		}
	}
	return n, nil
}

// twin is Index.twin, for vectors too that the source may not have as yet.
func (b *batch) twin(v []float32, sum uint32) (slot uint32, ok bool) {
	for _, n := range b.nodes {
		if b.x.node(n.slot).sum == sum && equalBits(n.vector, v) {
			return n.slot, true
		}
	}
	return b.x.twin(v, sum)
}

// add makes an item a node. It does not where the item has to wait for the next batch.
func (b *batch) add(it Item, sum uint32) bool {
	x := b.x
	before := *x.levels
	level := x.randomLevel()
	if x.count() == len(b.nodes) || level > x.top() {
		if len(b.nodes) > 0 {
			*x.levels = before // it is drawn again
			return false
		}
		b.most = 1
	}
	slot := x.newNode(it.ID, it.Vector, sum, level)
	b.nodes = append(b.nodes, planning{slot: slot, vector: it.Vector, plan: plan{level: level}})
	return true
}

// plan plans all nodes side by side.
func (b *batch) plan() {
	if b.x.count() == len(b.nodes) {
		return // the first of all
	}
	var workers sync.WaitGroup
	var next atomic.Int64
	for range min(runtime.GOMAXPROCS(0), len(b.nodes)) {
		workers.Go(func() {
			s := b.x.searchers.Get().(*searcher)
			defer b.x.searchers.Put(s)
			for i := int(next.Add(1)) - 1; i < len(b.nodes); i = int(next.Add(1)) - 1 {
				b.x.plan(s, &b.nodes[i], b.nodes[:i])
			}
		})
	}
	workers.Wait()
}

// carryOut links the nodes. Searches come in between.
func (b *batch) carryOut() {
	for _, n := range b.nodes {
		b.x.mu.Lock()
		b.x.carryOut(n.plan, n.slot)
		b.x.mu.Unlock()
	}
}

// join adds those nodes of a batch that come first and are on a layer to what a
// search found, the best first: no walk finds them as yet.
func (x *Index) join(s *searcher, found []scored, q *target, first []planning, layer int) []scored {
	for i := range first {
		if n := &first[i]; n.plan.level >= layer { // their layers are being planned
			found = append(found, scored{score: rounded(x.scoreTo(s, q, n.slot)), slot: n.slot})
		}
	}
	if len(first) > 0 {
		slices.SortFunc(found, scored.compare)
	}
	return found
}
