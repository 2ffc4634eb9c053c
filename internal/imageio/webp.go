package imageio

import (
	"bytes"
	"encoding/binary"
	"image"

	"golang.org/x/image/webp"
)

// chunk is one piece of a RIFF file: type 4, length 4, data, and a byte of
// padding after an odd length.
type chunk struct {
	kind string
	body []byte
}

func isWebP(data []byte) bool {
	return len(data) >= 12 && string(data[:4]) == "RIFF" && string(data[8:12]) == "WEBP"
}

// webpFile is what the chunks of a WebP file say.
type webpFile struct {
	header
	frame *webpFrame // of an animation, the first
}

// webpFrame is the first frame of an animation: where on the canvas it lies,
// and the chunks of a picture.
type webpFrame struct {
	x, y, width, height int
	chunks              []byte
}

func webpHeader(data []byte) (header, error) {
	f, err := parseWebP(data)
	return f.header, err
}

// parseWebP looks at every chunk of a file.
func parseWebP(data []byte) (f webpFile, err error) {
	size := uint64(binary.LittleEndian.Uint32(data[4:])) + 8
	if size > uint64(len(data)) {
		return f, errEnds
	}
	c := cursor{data[:max(size, 12)], 12}
	for c.at < len(c.data) {
		k, err := c.chunk()
		if err != nil {
			return f, err
		}
		if err := f.note(k); err != nil {
			return f, err
		}
	}
	return f, nil
}

// chunk reads one chunk and its padding, which the last one may lack.
func (c *cursor) chunk() (chunk, error) {
	head, err := c.take(8)
	if err != nil {
		return chunk{}, err
	}
	n := int(binary.LittleEndian.Uint32(head[4:]))
	body, err := c.take(n)
	c.at = min(c.at+n%2, len(c.data))
	return chunk{string(head[:4]), body}, err
}

// note remembers what a chunk says. The first size counts, as in the decoder.
func (f *webpFile) note(k chunk) (err error) {
	sized := f.width > 0
	switch {
	case k.kind == "VP8X" && len(k.body) >= 10 && !sized:
		f.width, f.height = 1+uint24(k.body[4:]), 1+uint24(k.body[7:])
	case k.kind == "VP8 " && len(k.body) >= 10 && !sized:
		// RFC 6386 9.1: 14 bits each, under 2 bits of scaling.
		f.width = int(binary.LittleEndian.Uint16(k.body[6:]) & 0x3fff)
		f.height = int(binary.LittleEndian.Uint16(k.body[8:]) & 0x3fff)
	case k.kind == "VP8L" && len(k.body) >= 5 && !sized:
		bits := binary.LittleEndian.Uint32(k.body[1:])
		f.width, f.height = 1+int(bits&0x3fff), 1+int(bits>>14&0x3fff)
	case k.kind == "ANMF" && f.frame == nil:
		f.frame, err = parseFrame(k.body)
	case k.kind == "EXIF":
		f.orientation = exifOrientation(k.body)
	}
	return err
}

// parseFrame reads an ANMF chunk: position in steps of two pixels, size less
// one, duration, flags, and the chunks of a picture.
func parseFrame(body []byte) (*webpFrame, error) {
	if len(body) < 16 {
		return nil, fail(ErrCorrupt, "corrupt: the first frame is %d bytes long", len(body))
	}
	return &webpFrame{
		x: 2 * uint24(body), y: 2 * uint24(body[3:]),
		width: 1 + uint24(body[6:]), height: 1 + uint24(body[9:]),
		chunks: body[16:],
	}, nil
}

func uint24(b []byte) int { return int(b[0]) | int(b[1])<<8 | int(b[2])<<16 }

// decodeWebP reads a still picture, or an animation's first frame on its canvas.
func decodeWebP(data []byte) (*RGB, error) {
	f, err := parseWebP(data)
	if err != nil {
		return nil, err
	}
	if f.frame == nil {
		return decodeStill(data)
	}
	frame := f.frame
	if frame.x+frame.width > f.width || frame.y+frame.height > f.height {
		return nil, fail(ErrCorrupt, "corrupt: the first frame lies outside the canvas")
	}
	img, err := decodeStill(frame.still())
	if err != nil {
		return nil, err
	}
	canvas := filled(f.width, f.height, [3]byte{255, 255, 255})
	canvas.paste(img, frame.x, frame.y)
	return canvas, nil
}

// still makes a file of one picture from the frame.
func (f *webpFrame) still() []byte {
	head := []byte("RIFF\x00\x00\x00\x00WEBPVP8X\x0a\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00")
	if bytes.HasPrefix(f.chunks, []byte("ALPH")) {
		head[20] = 1 << 4
	}
	w, h := f.width-1, f.height-1
	copy(head[24:], []byte{byte(w), byte(w >> 8), byte(w >> 16), byte(h), byte(h >> 8), byte(h >> 16)})
	file := append(head, f.chunks...)
	binary.LittleEndian.PutUint32(file[4:], uint32(len(file)-8))
	return file
}

// decodeStill decodes the picture, and converts lossy ones as libwebp does.
func decodeStill(data []byte) (*RGB, error) {
	img, err := webp.Decode(bytes.NewReader(data))
	if err != nil {
		return nil, err
	}
	switch m := img.(type) {
	case *image.YCbCr:
		return videoToRGB(m), nil
	case *image.NYCbCrA:
		p := videoToRGB(&m.YCbCr)
		for y := range p.Height {
			flattenAlpha(p.row(y), m.A[y*m.AStride:])
		}
		return p, nil
	}
	return FromImage(img), nil
}

// flattenAlpha lays a row of RGB over white.
func flattenAlpha(row, alpha []byte) {
	for i := range row {
		row[i] = over(row[i], alpha[i/3])
	}
}
