package imageio

import (
	"bytes"
	"encoding/binary"

	"golang.org/x/image/bmp"
)

// isBMP looks at more than "BM", which many a text begins with: the two
// reserved numbers are zero and the header has one of the known lengths.
//
//	"BM" 2 | file size 4 | reserved 4 | offset 4 | header length 4 | width 4 | height 4 | planes 2 | bits 2
func isBMP(data []byte) bool {
	if !bytes.HasPrefix(data, []byte("BM")) {
		return false
	}
	return len(data) < 18 || data[15] == 0 && data[16] == 0 && data[17] == 0 && data[14] >= 12
}

func bmpHeader(data []byte) (header, error) {
	c, err := bmp.DecodeConfig(bytes.NewReader(data))
	if err != nil {
		return header{}, err
	}
	h := header{width: c.Width, height: c.Height}
	if c.Width <= maxSide && c.Height <= maxSide {
		h.least = c.Width * c.Height / 8 * int(binary.LittleEndian.Uint16(data[28:]))
	}
	return h, nil
}

func decodeBMP(data []byte) (*RGB, error) {
	img, err := bmp.Decode(bytes.NewReader(data))
	if err != nil {
		return nil, err
	}
	return FromImage(img), nil
}
