package imageio

import (
	"bytes"
)

// Limits bound what is read. A zero field means its default.
type Limits struct {
	MaxBytes  int64 // of a file; default 256 MiB
	MaxPixels int64 // of a picture; default 100 million
}

const (
	defaultMaxBytes  = 256 << 20
	defaultMaxPixels = 100_000_000
	// maxSide is JPEG's own limit, kept for all formats: whatever works along a
	// side (resampling weights, row buffers) stays small, and no camera or
	// screen makes a longer one.
	maxSide = 65535
)

// Info is what a file's header says.
type Info struct {
	Format        string // "jpeg", "png", "gif", "webp", "tiff" or "bmp"
	Width, Height int    // upright: after the EXIF orientation
}

// header is what a file says about itself before its pixels.
type header struct {
	width, height int // as stored
	orientation   int // EXIF 1-8; anything else means 1
	least         int // bytes below which the file cannot hold that many pixels
}

// format is one file format. Both functions get data that match accepted.
type format struct {
	name   string
	match  func(data []byte) bool
	header func(data []byte) (header, error)
	decode func(data []byte) (*RGB, error) // as stored, not yet upright
}

var formats = []format{
	{"jpeg", prefix("\xff\xd8\xff"), jpegHeader, decodeJPEG},
	{"png", prefix("\x89PNG\r\n\x1a\n"), pngHeader, decodePNG},
	{"gif", isGIF, gifHeader, decodeGIF},
	{"webp", isWebP, webpHeader, decodeWebP},
	{"tiff", isTIFF, tiffHeader, decodeTIFF},
	{"bmp", isBMP, bmpHeader, decodeBMP},
}

// prefix matches files that begin with magic.
func prefix(magic string) func([]byte) bool {
	return func(data []byte) bool { return bytes.HasPrefix(data, []byte(magic)) }
}

// Decode reads a picture: upright, opaque, 8 bits a channel. The name is only
// for error messages. Every error is an *Error.
func Decode(name string, data []byte, lim Limits) (img *RGB, info Info, err error) {
	f, h, err := inspect(name, data, lim)
	if err != nil {
		return nil, Info{}, err
	}
	defer recovered(name, f.name, &err)
	if len(data) < h.least {
		short := fail(ErrTruncated, "truncated: %d bytes cannot hold %dx%d pixels", len(data), h.width, h.height)
		return nil, Info{}, explain(name, f.name, short)
	}
	stored, err := f.decode(data)
	if err != nil {
		return nil, Info{}, explain(name, f.name, err)
	}
	return orient(stored, h.orientation), h.info(f.name), nil
}

// DecodeConfig reads the header only. The file may still prove to be corrupt
// or truncated further on.
func DecodeConfig(name string, data []byte, lim Limits) (Info, error) {
	f, h, err := inspect(name, data, lim)
	if err != nil {
		return Info{}, err
	}
	return h.info(f.name), nil
}

// inspect recognises the format, reads the header and applies the limits.
func inspect(name string, data []byte, lim Limits) (f format, h header, err error) {
	defer recovered(name, "", &err)
	if err := lim.checkBytes(int64(len(data))); err != nil {
		return f, h, explain(name, "", err)
	}
	f, err = recognise(data)
	if err != nil {
		return f, h, explain(name, "", err)
	}
	h, err = f.header(data)
	if err == nil {
		err = lim.checkPixels(h.width, h.height)
	}
	if err != nil {
		return f, h, explain(name, f.name, err)
	}
	return f, h, nil
}

// recovered turns a decoder's panic into an error: a hostile file costs one
// error line and not the process.
func recovered(name, format string, err *error) {
	if p := recover(); p != nil {
		*err = explain(name, format, fail(ErrCorrupt, "corrupt (the decoder gave up: %v)", p))
	}
}

func recognise(data []byte) (format, error) {
	if len(data) == 0 {
		return format{}, fail(ErrEmpty, "the file is empty")
	}
	for _, f := range formats {
		if f.match(data) {
			return f, nil
		}
	}
	return format{}, fail(ErrFormat, "%v", ErrFormat)
}

func (h header) info(format string) Info {
	if swapsSides(h.orientation) {
		return Info{format, h.height, h.width}
	}
	return Info{format, h.width, h.height}
}

func (l Limits) checkBytes(n int64) error {
	most := l.MaxBytes
	if most == 0 {
		most = defaultMaxBytes
	}
	if n > most {
		return fail(ErrTooLarge, "too large: %d bytes, the limit is %d", n, most)
	}
	return nil
}

func (l Limits) checkPixels(width, height int) error {
	most := l.MaxPixels
	if most == 0 {
		most = defaultMaxPixels
	}
	switch {
	case width < 1 || height < 1:
		return fail(ErrCorrupt, "corrupt: the header says %dx%d pixels", width, height)
	case width > maxSide || height > maxSide:
		return fail(ErrTooLarge, "too large: %dx%d pixels, the limit for a side is %d", width, height, maxSide)
	case int64(width)*int64(height) > most:
		return fail(ErrTooLarge, "too large: %dx%d pixels, the limit is %.4g megapixels", width, height, float64(most)/1e6)
	}
	return nil
}
