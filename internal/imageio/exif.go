package imageio

import (
	"bytes"
	"encoding/binary"
)

// Tags of a TIFF directory, which is also what EXIF is made of.
const (
	tagCompression  = 259
	tagPhotometric  = 262
	tagOrientation  = 274
	tagPlanar       = 284
	tagTileWidth    = 322
	tagTileLength   = 323
	tagExtraSamples = 338
)

// directory is the first directory (IFD0) of a TIFF structure.
type directory struct {
	order   binary.ByteOrder
	entries []byte // 12 bytes each: tag, type, count, value or its offset
}

// readDirectory finds IFD0. It reads nothing else of what may be hostile
// metadata: the orientation is all that is wanted.
func readDirectory(data []byte) (directory, bool) {
	d := directory{}
	switch {
	case bytes.HasPrefix(data, []byte("II*\x00")):
		d.order = binary.LittleEndian
	case bytes.HasPrefix(data, []byte("MM\x00*")):
		d.order = binary.BigEndian
	default:
		return d, false
	}
	c := cursor{data, 4}
	offset, err := c.take(4)
	if err != nil {
		return d, false
	}
	c.at = int(min(uint64(d.order.Uint32(offset)), uint64(len(data))))
	count, err := c.take(2)
	if err != nil {
		return d, false
	}
	d.entries, err = c.take(12 * int(d.order.Uint16(count)))
	return d, err == nil
}

// number returns the first value of a tag that holds whole numbers in the entry
// itself, and 0 where there is no such tag.
func (d directory) number(tag int) int {
	const typeShort, typeLong = 3, 4
	for e := d.entries; len(e) >= 12; e = e[12:] {
		if int(d.order.Uint16(e)) != tag {
			continue
		}
		switch d.order.Uint16(e[2:]) {
		case typeShort:
			return int(d.order.Uint16(e[8:]))
		case typeLong:
			return int(d.order.Uint32(e[8:]))
		}
	}
	return 0
}

// exifOrientation reads the orientation, which is all that is wanted of EXIF.
// Libraries that read everything do not survive hostile files: among 117,000
// blocks with a few bytes changed, one cost rwcarlsen/goexif 58 seconds and
// 16 GB, and from another evanoberholster/imagemeta 0.3.1 never returned.
//
// The block may begin with the "Exif" mark that JPEG puts before it. 0 means
// that it does not say.
func exifOrientation(block []byte) int {
	block = bytes.TrimPrefix(block, []byte("Exif\x00\x00"))
	d, ok := readDirectory(block)
	if !ok {
		return 0
	}
	return d.number(tagOrientation)
}
