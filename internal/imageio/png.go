package imageio

import (
	"bytes"
	"encoding/binary"
	"image/png"
)

// pngHeader reads the size from IHDR, which is always first, and looks through
// the chunks for the orientation.
//
//	8 magic | length 4, type 4, data, CRC 4 | ...
func pngHeader(data []byte) (header, error) {
	c := cursor{data, 8}
	ihdr, err := c.take(8 + 13)
	if err != nil {
		return header{}, err
	}
	if string(ihdr[4:8]) != "IHDR" {
		return header{}, fail(ErrCorrupt, "corrupt: the first chunk is not the header")
	}
	h := header{
		width:  int(binary.BigEndian.Uint32(ihdr[8:])),
		height: int(binary.BigEndian.Uint32(ihdr[12:])),
	}
	h.least = leastDeflated(h, ihdr[16])
	h.orientation = pngOrientation(data)
	return h, nil
}

// leastDeflated: a pixel has at least depth bits, and Deflate makes at most 1032 bytes of one.
func leastDeflated(h header, depth byte) int {
	if h.width > maxSide || h.height > maxSide {
		return 0 // refused anyway, and the product could overflow
	}
	return h.width * h.height / 8 * int(depth) / 1032
}

// pngOrientation looks for the eXIf chunk, which may follow the picture. What
// stands behind a cut is not missed here but by decodePNG.
func pngOrientation(data []byte) (orientation int) {
	_ = eachPNGChunk(data, func(kind string, body []byte) {
		if kind == "eXIf" {
			orientation = exifOrientation(body)
		}
	})
	return orientation
}

// eachPNGChunk visits the chunks up to IEND.
func eachPNGChunk(data []byte, visit func(kind string, body []byte)) error {
	c := cursor{data, 8}
	for {
		head, err := c.take(8)
		if err != nil {
			return err
		}
		kind := string(head[4:])
		body, err := c.take(int(binary.BigEndian.Uint32(head)))
		if err != nil {
			return err
		}
		visit(kind, body)
		if _, err := c.take(4); err != nil || kind == "IEND" { // CRC
			return err
		}
	}
}

// decodePNG first walks to the end, because image/png calls a short file
// corrupt in several ways.
func decodePNG(data []byte) (*RGB, error) {
	if err := eachPNGChunk(data, func(string, []byte) {}); err != nil {
		return nil, err
	}
	img, err := png.Decode(bytes.NewReader(data))
	if err != nil {
		return nil, err
	}
	return FromImage(img), nil
}
