package index

import (
	"encoding/binary"
	"fmt"
	"math"
	"math/rand/v2"
	"runtime"
	"sync"
)

// Load rebuilds an index from what TakeChanges returned. chunk returns a saved
// chunk; cfg.Source has the vectors, which Load does not read. What is damaged, or
// no sound graph, is ErrCorrupt, and Repair may make it whole; one of another version is ErrVersion. Searches can begin when it returns; the first add or delete
// waits until nodes know who links to them. A graph with fewer nodes than free slots is made smaller. Of cfg only Dim, M and EfConstruction are
// compared. Check compares the graph with the vectors too.
func Load(cfg Config, header []byte, chunk func(no uint32) ([]byte, error)) (*Index, error) {
	l, err := newLoader(cfg, header, chunk)
	if err != nil {
		return nil, err
	}
	l.lost = func(no uint32, err error) error { return fmt.Errorf("load chunk %d: %w", no, err) }
	if err := l.read(); err != nil {
		return nil, err
	}
	x := l.Index
	if x.held() != l.ids {
		return nil, fmt.Errorf("load: %w: %d ids, the header says %d", ErrCorrupt, x.held(), l.ids)
	}
	if err := x.checkGraph(); err != nil {
		return nil, fmt.Errorf("load: %w: %w", ErrCorrupt, err)
	}
	x.shrink()
	x.complete()
	return x, nil
}

// complete makes what is not saved and no search needs, while searches go on already. Whoever
// changes the graph waits for it, and so do walks along links in both directions (awaitIncoming).
func (x *Index) complete() {
	done := make(chan struct{})
	x.completed = done
	x.writing.Lock()
	go func() {
		defer x.writing.Unlock()
		defer close(done)
		x.rememberAll()
		x.completeIncoming()
	}()
}

// awaitIncoming waits until nodes know who links to them.
func (x *Index) awaitIncoming() {
	if x.completed != nil {
		<-x.completed
	}
}

// loader reads a saved graph into an index.
type loader struct {
	*Index
	chunk      func(no uint32) ([]byte, error)
	total, ids int                              // slots, and ids, as the header says
	lost       func(no uint32, err error) error // what comes of a chunk that cannot be used: an error ends the reading
}

// newLoader reads the header.
func newLoader(cfg Config, header []byte, chunk func(no uint32) ([]byte, error)) (*loader, error) {
	if cfg.Source == nil {
		return nil, fmt.Errorf("load: %w: a saved graph has no vectors; there must be a Source of them", ErrConfig)
	}
	x, err := New(cfg)
	if err != nil {
		return nil, err
	}
	l := &loader{Index: x, chunk: chunk}
	if l.total, l.ids, err = x.decodeHeader(header); err != nil {
		return nil, fmt.Errorf("load header: %w", err)
	}
	return l, nil
}

// read reads all chunks. The nodes' sums are not remembered as yet.
func (l *loader) read() error {
	if p, ok := l.codes.(*split); ok {
		if err := l.one(basisNo, func(b []byte) (err error) {
			p.basis, err = decodeBasis(b, l.cfg.Dim)
			return err
		}); err != nil {
			return err
		}
	}
	for no := uint32(0); l.slots < l.total; no++ {
		for range min(codeSlots, l.total-l.slots) {
			l.grow()
		}
		if err := l.one(codesNo+no, func(b []byte) error { return l.decodeCodes(b, no) }); err != nil {
			return err
		}
	}
	for no := uint32(0); int(no)*chunkSlots < l.total; no++ {
		if err := l.one(no, func(b []byte) error { return l.decodeChunk(b, no) }); err != nil {
			return err
		}
	}
	return nil
}

// one reads a chunk.
func (l *loader) one(no uint32, decode func([]byte) error) error {
	data, err := l.chunk(no)
	if err == nil {
		data, err = unseal(data, no)
	}
	if err == nil {
		err = decode(data)
	}
	if err != nil {
		return l.lost(no, err)
	}
	return nil
}

// rememberAll makes the nodes findable by their vectors' sums.
func (x *Index) rememberAll() {
	for slot := range uint32(x.slots) {
		if x.exists(slot) {
			x.bySum.add(slot)
		}
	}
}

// decoder reads varints; after the first failure it returns zeros.
type decoder struct {
	b      []byte
	failed bool
}

func (d *decoder) uvarint() uint64 {
	v, n := binary.Uvarint(d.b)
	if n <= 0 {
		d.failed = true
		return 0
	}
	d.b = d.b[n:]
	return v
}

// count reads the length of a list whose items take a byte or more, which
// bounds what is allocated for it.
func (d *decoder) count(most int) int {
	n := d.uvarint()
	if n > uint64(min(len(d.b), most)) {
		d.failed = true
		return 0
	}
	return int(n)
}

func (d *decoder) uint16() uint16 {
	if len(d.b) < 2 {
		d.failed = true
		return 0
	}
	v := binary.LittleEndian.Uint16(d.b)
	d.b = d.b[2:]
	return v
}

func (d *decoder) byte() byte {
	if len(d.b) == 0 {
		d.failed = true
		return 0
	}
	v := d.b[0]
	d.b = d.b[1:]
	return v
}

// decodeHeader sets what a header holds and returns the numbers of slots
// and of ids.
func (x *Index) decodeHeader(header []byte) (slots, ids int, err error) {
	body, err := unseal(header, headerNo)
	if err != nil {
		return 0, 0, err
	}
	if len(body) == 0 {
		return 0, 0, fmt.Errorf("%w: an empty header", ErrCorrupt)
	}
	if body[0] != formatVersion {
		return 0, 0, fmt.Errorf("%w: version %d, where this program has %d", ErrVersion, body[0], formatVersion)
	}
	d := &decoder{b: body[1:]}
	saved := [3]int{int(d.uvarint()), int(d.uvarint()), int(d.uvarint())}
	if saved != [3]int{x.cfg.Dim, x.cfg.M, x.cfg.EfConstruction} {
		return 0, 0, fmt.Errorf("%w: saved with dim %d, M %d, efConstruction %d", ErrCorrupt, saved[0], saved[1], saved[2])
	}
	total, held := d.uvarint(), d.uvarint()
	x.entry, x.learnAt = uint32(d.uvarint()), int(min(d.uvarint(), math.MaxInt))
	if d.byte() != 0 {
		x.codes = newSplit(x.cfg.Dim, nil) // read has the basis
	}
	x.free = make([]uint32, d.count(math.MaxInt32))
	for i := range x.free {
		x.free[i] = uint32(d.uvarint())
	}
	x.levels = &rand.PCG{}
	if d.failed || total > codesNo || held > math.MaxInt32 || x.levels.UnmarshalBinary(d.b) != nil {
		return 0, 0, fmt.Errorf("%w: header does not parse", ErrCorrupt)
	}
	return int(total), int(held), nil
}

// decodeCodes fills the slots of a chunk, free as yet, with their codes.
func (x *Index) decodeCodes(b []byte, no uint32) error {
	size := x.codesSize()
	slot, to := x.slotsOf(no, codeSlots)
	if len(b) != int(to-slot)*size {
		return fmt.Errorf("%w: %d bytes for %d codes", ErrCorrupt, len(b), to-slot)
	}
	for ; slot < to; slot, b = slot+1, b[size:] {
		saved := b[:size]
		block, at := x.at(slot)
		block.nodes[at].sum = binary.LittleEndian.Uint32(saved)
		if err := x.codes.load(slot, saved[4:]); err != nil {
			return err
		}
	}
	return nil
}

// decodeChunk fills the slots of a chunk with their nodes.
func (x *Index) decodeChunk(b []byte, no uint32) error {
	d := &decoder{b: b}
	from, to := x.slotsOf(no, chunkSlots)
	for slot := from; slot < to; slot++ {
		if err := x.decodeNode(d, slot); err != nil {
			return err
		}
	}
	if d.failed || len(d.b) != 0 {
		return fmt.Errorf("%w: does not parse; %d bytes are left over", ErrCorrupt, len(d.b))
	}
	return nil
}

func (x *Index) decodeNode(d *decoder, slot uint32) error {
	count := d.count(math.MaxInt32)
	if count == 0 {
		return nil
	}
	ids := make([]uint64, count)
	for i := range ids {
		ids[i] = d.uvarint()
		if _, twice := x.slotOf(ids[i]); twice || i > 0 && ids[i] <= ids[i-1] {
			return fmt.Errorf("%w: id %d stands twice, or is out of order", ErrCorrupt, ids[i])
		}
	}
	n, level := x.node(slot), d.byte()
	if level > maxLevel || d.failed {
		return fmt.Errorf("%w: slot %d has level %d", ErrCorrupt, slot, level)
	}
	n.id, n.copies, n.level = ids[0], count > 1, int8(level)
	x.byID.add(slot)
	for _, id := range ids[1:] {
		x.also[id] = slot
	}
	if n.copies {
		x.copies[slot] = ids[1:]
	}
	if level > 0 {
		x.towers[slot] = x.newTower(int(level))
	}
	for layer := range int(level) + 1 {
		x.list(slot, layer).decode(d)
	}
	return nil
}

// decode fills a list. Who occludes a link is not saved.
func (l list) decode(d *decoder) {
	count, nearest := d.count(len(l.scores)), far
	for i := range count {
		l.row[1+i], l.scores[i] = uint32(d.uvarint()), half(d.uint16())
		nearest = min(nearest, l.scores[i])
	}
	l.row[0] = uint32(count)<<16 | uint32(nearest)
}

// completeIncoming makes what is not saved: who links to each node.
func (x *Index) completeIncoming() {
	oneWay := make([][]link, parts())
	x.inParts(func(part int, from, to uint32) { oneWay[part] = x.oneWay(from, to) })
	for slot := range uint32(x.slots) {
		for layer := range x.level(slot) + 1 {
			for _, to := range x.list(slot, layer).slots() {
				x.incoming(to, layer).count++
			}
		}
	}
	for _, links := range oneWay {
		for _, l := range links {
			x.knots.push(&x.incoming(l.to, l.layer).first, l.from)
		}
	}
}

// parts is how many parts of the slots are done side by side.
func parts() int { return runtime.GOMAXPROCS(0) }

// inParts calls f side by side for parts of the slots.
func (x *Index) inParts(f func(part int, from, to uint32)) {
	var workers sync.WaitGroup
	n := parts()
	for part := range n {
		workers.Go(func() { f(part, uint32(part*x.slots/n), uint32((part+1)*x.slots/n)) })
	}
	workers.Wait()
}

// link is one of the graph.
type link struct {
	from, to uint32
	layer    int
}

// oneWay returns the links from slots from to end that have none back.
func (x *Index) oneWay(from, end uint32) (links []link) {
	for slot := from; slot < end; slot++ {
		if soon := slot + 2; x.exists(soon) { // lists lie all over the memory
			for _, to := range x.list(soon, 0).slots() {
				x.fetchList(to)
			}
		}
		for layer := range x.level(slot) + 1 {
			for _, to := range x.list(slot, layer).slots() {
				if !x.linksTo(to, slot, layer) {
					links = append(links, link{slot, to, layer})
				}
			}
		}
	}
	return links
}
