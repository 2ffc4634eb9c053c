package imageio

import "bytes"

// JPEG markers, ITU-T T.81 table B.1.
const (
	markerSOF0 = 0xc0 // baseline
	markerSOF2 = 0xc2 // progressive
	markerDHT  = 0xc4
	markerJPG  = 0xc8
	markerDAC  = 0xcc
	markerRST0 = 0xd0
	markerRST7 = 0xd7
	markerEOI  = 0xd9
	markerSOS  = 0xda
	markerAPP0 = 0xe0
	markerAPP1 = 0xe1
	markerAPPE = 0xee // Adobe's
	markerAPPF = 0xef
	markerCOM  = 0xfe
)

// maxScans bounds the work in one file: a progressive scan of a few bytes makes
// the decoder visit every block. Encoders write about ten.
const maxScans = 100

// jpegFile is what the segments of a JPEG say.
type jpegFile struct {
	header
	components []jpegComponent
	hasJFIF    bool
	hasAdobe   bool
	transform  byte   // Adobe's: 0 none, 1 YCbCr, 2 YCCK
	tables     []byte // every segment before the first scan but metadata
	scans      []byte // from the first SOS marker to the end of the file, then of the picture
}

// jpegComponent is one entry of the frame header.
type jpegComponent struct {
	id   byte
	h, v int // sampling factors
}

func jpegHeader(data []byte) (header, error) {
	f, err := parseJPEG(data)
	if err != nil {
		return header{}, err
	}
	return f.header, nil
}

// parseJPEG reads the segments up to the first scan.
func parseJPEG(data []byte) (*jpegFile, error) {
	f := new(jpegFile)
	c := cursor{data, 2} // after SOI
	for {
		marker, err := c.nextMarker()
		if err != nil {
			return nil, err
		}
		start := c.at - 2
		switch {
		case marker == markerEOI:
			return nil, fail(ErrCorrupt, "corrupt: there is no picture between its start and its end")
		case marker == markerSOS && f.components == nil:
			return nil, fail(ErrCorrupt, "corrupt: picture data come before the picture's size")
		case marker == markerSOS:
			f.scans = data[start:]
			return f, nil
		case marker >= markerRST0 && marker <= markerRST7:
			continue // harmless here, and without a length
		}
		body, err := c.segment()
		if err != nil {
			return nil, err
		}
		if err := f.note(marker, body); err != nil {
			return nil, err
		}
		if !isMetadata(marker) {
			f.tables = append(append(f.tables, 0xff, marker), data[c.at-len(body)-2:c.at]...)
		}
	}
}

func isMetadata(marker byte) bool {
	return marker >= markerAPP0 && marker <= markerAPPF || marker == markerCOM
}

// nextMarker moves past the next marker; anything before it is skipped, as
// libjpeg does.
func (c *cursor) nextMarker() (byte, error) {
	for {
		skip := bytes.IndexByte(c.data[c.at:], 0xff)
		if skip < 0 {
			return 0, errEnds
		}
		c.at += skip + 1
		marker, err := c.readByte()
		for err == nil && marker == 0xff { // fill bytes
			marker, err = c.readByte()
		}
		if err != nil || marker != 0 {
			return marker, err
		}
	}
}

// segment returns what follows a marker: a length of two bytes that counts
// itself, and the body.
func (c *cursor) segment() ([]byte, error) {
	size, err := c.take(2)
	if err != nil {
		return nil, err
	}
	n := int(size[0])<<8 | int(size[1])
	if n < 2 {
		return nil, fail(ErrCorrupt, "corrupt: a segment says that it is %d bytes long", n)
	}
	return c.take(n - 2)
}

// note remembers what one segment says.
func (f *jpegFile) note(marker byte, body []byte) error {
	switch {
	case marker == markerAPP0 && bytes.HasPrefix(body, []byte("JFIF\x00")):
		f.hasJFIF = true
	case marker == markerAPP1 && f.orientation == 0 && bytes.HasPrefix(body, []byte("Exif\x00\x00")):
		f.orientation = exifOrientation(body)
	case marker == markerAPPE && len(body) >= 12 && bytes.HasPrefix(body, []byte("Adobe")):
		f.hasAdobe, f.transform = true, body[11]
	case marker >= markerSOF0 && marker < markerRST0 && marker != markerDHT && marker != markerJPG && marker != markerDAC:
		return f.noteFrame(marker, body)
	}
	return nil
}

// noteFrame reads a frame header (T.81 B.2.2): precision, height, width, and
// three bytes for each component.
func (f *jpegFile) noteFrame(marker byte, body []byte) error {
	switch {
	case f.components != nil:
		return fail(ErrCorrupt, "corrupt: it gives the picture's size twice")
	case marker > markerSOF2:
		return fail(ErrUnsupported, "is a lossless, hierarchical or arithmetic-coded JPEG, which is not supported")
	case len(body) < 6 || len(body) != 6+3*int(body[5]):
		return fail(ErrCorrupt, "corrupt: the frame header is %d bytes long", len(body))
	case body[0] != 8:
		return fail(ErrUnsupported, "has %d bits a sample, only 8 are supported", body[0])
	}
	f.height, f.width = int(body[1])<<8|int(body[2]), int(body[3])<<8|int(body[4])
	for b := body[6:]; len(b) > 0; b = b[3:] {
		f.components = append(f.components, jpegComponent{b[0], int(b[1] >> 4), int(b[1] & 15)})
	}
	if n := len(f.components); n != 1 && n != 3 && n != 4 {
		return fail(ErrUnsupported, "has %d components, only 1, 3 and 4 are supported", n)
	}
	// Every block of the first component costs at least one bit.
	blocks := ((f.width + 7) / 8) * ((f.height + 7) / 8)
	f.least = blocks / 8
	return nil
}

// checkScans walks over the scans to the end of the picture, and cuts off what
// follows it: other pictures in one file, or anything else.
func (f *jpegFile) checkScans() error {
	c := cursor{f.scans, 0}
	for scans := 0; ; {
		marker, err := c.nextMarker() // within a scan: skips the entropy-coded data
		switch {
		case err != nil:
			return err
		case marker >= markerRST0 && marker <= markerRST7:
			continue
		case marker == markerEOI:
			f.scans = f.scans[:c.at]
			return nil
		case marker == markerSOS:
			if scans++; scans > maxScans {
				return fail(ErrUnsupported, "has more than %d scans", maxScans)
			}
		}
		if _, err := c.segment(); err != nil {
			return err
		}
	}
}
