package index

import (
	"encoding/binary"
	"fmt"
	"hash/crc32"
	"maps"
	"math"
	"math/rand/v2"
	"slices"
)

// chunkSlots is how many slots a chunk holds. An add changes about 30 nodes,
// scattered over as many chunks: small chunks keep a save small.
const chunkSlots = 64

// formatVersion is the first field of a header. See the package's documentation
// for the layout of header and chunks.
const formatVersion = 2

var castagnoli = crc32.MakeTable(crc32.Castagnoli)

// Chunk is the saved form of chunkSlots consecutive slots.
type Chunk struct {
	No   uint32
	Data []byte
}

// Changes is everything that must be saved so that header and chunks are one
// consistent graph.
type Changes struct {
	Header []byte
	Chunks []Chunk // ascending; those not listed are as they were saved last
}

// touch marks the chunk of a slot as changed.
func (x *Index) touch(slot uint32) { x.changed[slot/chunkSlots] = true }

// TakeChanges returns what changed since it was called last (at first:
// everything) and considers it saved. A caller that fails to save it hands it
// to ReturnChanges.
func (x *Index) TakeChanges() Changes {
	x.mu.Lock()
	defer x.mu.Unlock()
	c := Changes{Header: x.encodeHeader()}
	for _, no := range slices.Sorted(maps.Keys(x.changed)) {
		c.Chunks = append(c.Chunks, Chunk{no, x.encodeChunk(no)})
	}
	clear(x.changed)
	return c
}

// ReturnChanges marks changes that could not be saved as changed again.
func (x *Index) ReturnChanges(c Changes) {
	x.mu.Lock()
	defer x.mu.Unlock()
	for _, chunk := range c.Chunks {
		x.changed[chunk.No] = true
	}
}

func (x *Index) encodeHeader() []byte {
	levels, err := x.levels.MarshalBinary()
	if err != nil {
		panic(fmt.Sprintf("index: generator state: %v", err)) // PCG has no failing path
	}
	b := []byte{formatVersion}
	for _, v := range []int{x.cfg.Dim, x.cfg.M, x.cfg.EfConstruction, len(x.nodes), len(x.slots), int(x.entry)} {
		b = binary.AppendUvarint(b, uint64(v))
	}
	b = binary.AppendUvarint(b, uint64(len(x.free)))
	for _, slot := range x.free { // in order of use, so that a loaded graph goes on as this one would
		b = binary.AppendUvarint(b, uint64(slot))
	}
	return seal(append(b, levels...))
}

// encodeChunk writes the nodes of a chunk, the last of which may be short.
func (x *Index) encodeChunk(no uint32) []byte {
	from := int(no) * chunkSlots
	var b []byte
	for slot := from; slot < min(from+chunkSlots, len(x.nodes)); slot++ {
		n := &x.nodes[slot]
		b = binary.AppendUvarint(b, uint64(len(n.ids)))
		if len(n.ids) == 0 {
			continue
		}
		for _, id := range n.ids {
			b = binary.AppendUvarint(b, id)
		}
		b = binary.LittleEndian.AppendUint32(b, vectorSum(x.vector(uint32(slot))))
		b = binary.AppendUvarint(b, uint64(len(n.links)))
		for _, links := range n.links {
			b = binary.AppendUvarint(b, uint64(len(links)))
			for _, l := range links {
				b = binary.AppendUvarint(b, uint64(l.slot))
			}
		}
	}
	return seal(b)
}

// vectorSum ties a node to its vector: a chunk that belongs to other vectors is
// noticed when it is loaded.
func vectorSum(v []float32) uint32 {
	b := make([]byte, 0, 4*len(v))
	for _, f := range v {
		b = binary.LittleEndian.AppendUint32(b, math.Float32bits(f))
	}
	return crc32.Checksum(b, castagnoli)
}

// seal appends a CRC32C; unseal verifies and removes it.
func seal(b []byte) []byte {
	return binary.LittleEndian.AppendUint32(b, crc32.Checksum(b, castagnoli))
}

func unseal(b []byte) ([]byte, error) {
	at := len(b) - 4
	if at < 0 || binary.LittleEndian.Uint32(b[at:]) != crc32.Checksum(b[:at], castagnoli) {
		return nil, fmt.Errorf("%w: %d bytes do not match their checksum", ErrCorrupt, len(b))
	}
	return b[:at], nil
}

// Load rebuilds an index from what TakeChanges returned. chunk returns a saved
// chunk, vector the vector of an id. Everything is verified; what does not fit
// is ErrCorrupt. Of cfg only Dim, M and EfConstruction are compared.
func Load(cfg Config, header []byte, chunk func(no uint32) ([]byte, error), vector func(id uint64) ([]float32, error)) (*Index, error) {
	x, err := New(cfg)
	if err != nil {
		return nil, err
	}
	slots, ids, err := x.decodeHeader(header)
	if err != nil {
		return nil, fmt.Errorf("load header: %w", err)
	}
	for no := uint32(0); int(no)*chunkSlots < slots; no++ {
		data, err := chunk(no)
		if err == nil {
			err = x.decodeChunk(data, min(chunkSlots, slots-int(no)*chunkSlots), vector)
		}
		if err != nil {
			return nil, fmt.Errorf("load chunk %d: %w", no, err)
		}
	}
	if err := x.completeLinks(); err != nil {
		return nil, fmt.Errorf("load: %w", err)
	}
	if len(x.slots) != ids {
		return nil, fmt.Errorf("load: %w: %d ids, the header says %d", ErrCorrupt, len(x.slots), ids)
	}
	return x, x.Check()
}

// completeLinks makes what is not saved: the links' cosines and the in lists.
func (x *Index) completeLinks() error {
	for slot, n := range x.nodes {
		for layer, links := range n.links {
			for i := range links {
				l := &links[i]
				if int(l.slot) >= len(x.nodes) || x.nodes[l.slot].level() < layer {
					return fmt.Errorf("%w: slot %d links to slot %d, which is not on layer %d", ErrCorrupt, slot, l.slot, layer)
				}
				l.score = x.score(uint32(slot), l.slot)
				in := &x.nodes[l.slot].in[layer]
				*in = append(*in, uint32(slot))
			}
		}
	}
	return nil
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

func (d *decoder) uint32() uint32 {
	if len(d.b) < 4 {
		d.failed = true
		return 0
	}
	v := binary.LittleEndian.Uint32(d.b)
	d.b = d.b[4:]
	return v
}

// decodeHeader sets what a header holds and returns the numbers of slots
// and of ids.
func (x *Index) decodeHeader(header []byte) (slots, ids int, err error) {
	body, err := unseal(header)
	if err != nil {
		return 0, 0, err
	}
	if len(body) == 0 || body[0] != formatVersion {
		return 0, 0, fmt.Errorf("%w: unknown format version", ErrCorrupt)
	}
	d := &decoder{b: body[1:]}
	saved := Config{Dim: int(d.uvarint()), M: int(d.uvarint()), EfConstruction: int(d.uvarint()), Seed: x.cfg.Seed}
	if saved != x.cfg {
		return 0, 0, fmt.Errorf("%w: saved with dim %d, M %d, efConstruction %d", ErrCorrupt, saved.Dim, saved.M, saved.EfConstruction)
	}
	total, held := d.uvarint(), d.uvarint()
	x.entry = uint32(d.uvarint())
	x.free = make([]uint32, d.count(math.MaxInt32))
	for i := range x.free {
		x.free[i] = uint32(d.uvarint())
	}
	x.levels = &rand.PCG{}
	if d.failed || total > math.MaxUint32 || held > math.MaxInt32 || x.levels.UnmarshalBinary(d.b) != nil {
		return 0, 0, fmt.Errorf("%w: header does not parse", ErrCorrupt)
	}
	return int(total), int(held), nil
}

// decodeChunk appends the nodes of a chunk of the given number of slots.
func (x *Index) decodeChunk(data []byte, slots int, vector func(uint64) ([]float32, error)) error {
	body, err := unseal(data)
	if err != nil {
		return err
	}
	d := &decoder{b: body}
	for range slots {
		n := x.decodeNode(d)
		if d.failed {
			return fmt.Errorf("%w: chunk does not parse", ErrCorrupt)
		}
		if err := x.restore(n.node, n.sum, vector); err != nil {
			return err
		}
	}
	if len(d.b) != 0 {
		return fmt.Errorf("%w: %d bytes are left over", ErrCorrupt, len(d.b))
	}
	return nil
}

// savedNode is a node and the checksum of its vector.
type savedNode struct {
	node
	sum uint32
}

func (x *Index) decodeNode(d *decoder) (n savedNode) {
	ids := d.count(math.MaxInt32)
	if ids == 0 {
		return n
	}
	n.ids = make([]uint64, ids)
	for i := range n.ids {
		n.ids[i] = d.uvarint()
	}
	n.sum = d.uint32()
	n.links = make([][]scored, d.count(maxLevel+1))
	n.in = make([][]uint32, len(n.links))
	for layer := range n.links {
		links := make([]scored, d.count(x.cfg.mmax(layer)))
		for i := range links {
			links[i].slot = uint32(d.uvarint())
		}
		n.links[layer] = links
	}
	return n
}

// restore puts a saved node into the next slot.
func (x *Index) restore(n node, sum uint32, vector func(uint64) ([]float32, error)) error {
	slot := uint32(len(x.nodes))
	x.nodes = append(x.nodes, n)
	x.vectors = append(x.vectors, make([]float32, x.cfg.Dim)...)
	for _, id := range n.ids {
		v, err := vector(id)
		if err != nil {
			return fmt.Errorf("vector of %d: %w", id, err)
		}
		if len(v) != x.cfg.Dim || vectorSum(v) != sum {
			return fmt.Errorf("%w: the vector of %d is not the one that was linked", ErrCorrupt, id)
		}
		if _, twice := x.slots[id]; twice {
			return fmt.Errorf("%w: id %d stands twice", ErrCorrupt, id)
		}
		x.slots[id] = slot
		copy(x.vector(slot), v)
		x.encode(slot)
	}
	if len(n.ids) > 0 {
		h := x.bitsHash(x.vector(slot))
		x.byVector[h] = append(x.byVector[h], slot)
	}
	return nil
}
