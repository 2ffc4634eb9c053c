package index

import (
	"encoding/binary"
	"fmt"
	"hash/crc32"
	"maps"
	"math"
	"slices"
)

// chunkSlots is how many slots a chunk of links holds, and codeSlots one of codes.
// An add changes about 30 nodes, scattered over as many chunks of links: those are small,
// so that a save is. Codes never change while a slot is in use.
const (
	chunkSlots = 16
	codeSlots  = 64
)

// codesNo is the number of the first chunk of codes. Those of links start at 0. basisNo is
// that of the basis of split codes, if they are split. headerNo stands for the header in its checksum.
const (
	codesNo  = 1 << 31
	headerNo = math.MaxUint32 - 1
	basisNo  = math.MaxUint32
)

// formatVersion is the first field of a header. See the package's documentation
// for the layout of header and chunks.
const formatVersion = 6

// Chunk is the saved form of consecutive slots: their links, or their codes.
type Chunk struct {
	No   uint32
	Data []byte
}

// Changes is everything that must be saved so that header and chunks are one
// consistent graph.
type Changes struct {
	Header []byte
	Chunks []Chunk // ascending; those not listed are as they were saved last
	Whole  bool    // or there are no others: what was saved is replaced
}

// touch marks the chunk with a slot's links as changed, touchCodes that with its codes.
func (x *Index) touch(slot uint32)      { x.changed[slot/chunkSlots] = true }
func (x *Index) touchCodes(slot uint32) { x.changed[codesNo+slot/codeSlots] = true }

// TakeChanges returns what changed since it was called last (at first:
// everything) and considers it saved. A caller that fails to save it hands it
// to ReturnChanges.
func (x *Index) TakeChanges() Changes {
	x.writing.Lock() // searches go on
	defer x.writing.Unlock()
	c := Changes{Header: x.encodeHeader(), Chunks: make([]Chunk, 0, len(x.changed))}
	for _, no := range slices.Sorted(maps.Keys(x.changed)) {
		if no == basisNo && x.basis() == nil {
			continue // given up since
		}
		c.Chunks = append(c.Chunks, Chunk{no, seal(x.encode(no), no)})
	}
	x.change(func() {
		c.Whole, x.whole = x.whole, false
		clear(x.changed)
	})
	return c
}

// Unsaved reports whether TakeChanges would return any chunks.
func (x *Index) Unsaved() bool {
	x.mu.RLock()
	defer x.mu.RUnlock()
	return x.whole || len(x.changed) > 0
}

// ReturnChanges marks changes that could not be saved as changed again.
func (x *Index) ReturnChanges(c Changes) {
	x.writing.Lock()
	defer x.writing.Unlock()
	x.change(func() {
		x.whole = x.whole || c.Whole
		for _, chunk := range c.Chunks {
			x.changed[chunk.No] = true
		}
	})
}

// encode returns what a chunk holds.
func (x *Index) encode(no uint32) []byte {
	switch {
	case no == basisNo:
		return x.basis().encode()
	case no >= codesNo:
		return x.encodeCodes(no - codesNo)
	}
	return x.encodeChunk(no)
}

func (x *Index) encodeHeader() []byte {
	levels, err := x.levels.MarshalBinary()
	if err != nil {
		panic(fmt.Sprintf("index: generator state: %v", err)) // PCG has no failing path
	}
	b := []byte{formatVersion}
	for _, v := range []int{x.cfg.Dim, x.cfg.M, x.cfg.EfConstruction, x.slots, x.held(), int(x.entry), x.learnAt} {
		b = binary.AppendUvarint(b, uint64(v))
	}
	if x.basis() != nil {
		b = append(b, 1)
	} else {
		b = append(b, 0)
	}
	b = binary.AppendUvarint(b, uint64(len(x.free)))
	for _, slot := range x.free { // in order of use, so that a loaded graph goes on as this one would
		b = binary.AppendUvarint(b, uint64(slot))
	}
	return seal(append(b, levels...), headerNo)
}

// slotsOf are the slots of a chunk, the last of which may be short.
func (x *Index) slotsOf(no, size uint32) (from, to uint32) {
	return no * size, min((no+1)*size, uint32(x.slots))
}

func (x *Index) encodeChunk(no uint32) []byte {
	from, to := x.slotsOf(no, chunkSlots)
	b := make([]byte, 0, chunkSlots*6*x.cfg.mmax(0))
	for slot := from; slot < to; slot++ {
		if !x.exists(slot) {
			b = append(b, 0)
			continue
		}
		ids := x.ids(slot, nil)
		b = binary.AppendUvarint(b, uint64(len(ids)))
		for _, id := range ids {
			b = binary.AppendUvarint(b, id)
		}
		b = append(b, byte(x.level(slot)))
		for layer := range x.level(slot) + 1 {
			b = x.list(slot, layer).encode(b)
		}
	}
	return b
}

func (l list) encode(b []byte) []byte {
	slots := l.slots()
	b = binary.AppendUvarint(b, uint64(len(slots)))
	for i, to := range slots {
		b = binary.AppendUvarint(b, uint64(to))
		b = binary.LittleEndian.AppendUint16(b, uint16(l.scores[i]))
	}
	return b
}

// encodeCodes writes those of free slots too: a slot that is freed changes no codes.
func (x *Index) encodeCodes(no uint32) []byte {
	from, to := x.slotsOf(no, codeSlots)
	b := make([]byte, 0, int(to-from)*x.codesSize()+4)
	for slot := from; slot < to; slot++ {
		b = binary.LittleEndian.AppendUint32(b, x.node(slot).sum)
		b = x.codes.append(b, slot)
	}
	return b
}

// codesSize is how many bytes a slot takes in a chunk of codes.
func (x *Index) codesSize() int { return 4 + x.codes.size() }

// seal appends a CRC32C, of the chunk's number too: in another's place it is damaged. unseal verifies and removes it.
func seal(b []byte, no uint32) []byte {
	return binary.LittleEndian.AppendUint32(b, checksum(b, no))
}

func unseal(b []byte, no uint32) ([]byte, error) {
	at := len(b) - 4
	if at < 0 || binary.LittleEndian.Uint32(b[at:]) != checksum(b[:at], no) {
		return nil, fmt.Errorf("%w: %d bytes do not match their checksum", ErrCorrupt, len(b))
	}
	return b[:at], nil
}

func checksum(b []byte, no uint32) uint32 {
	return crc32.Update(crc32.Checksum(b, castagnoli), castagnoli, binary.LittleEndian.AppendUint32(nil, no))
}
