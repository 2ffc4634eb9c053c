package imageio

import (
	"errors"
	"fmt"
	"image/jpeg"
	"image/png"
	"io"

	"golang.org/x/image/bmp"
	"golang.org/x/image/tiff"
)

// These errors tell why a file did not become a picture. They are found in an
// *Error with errors.Is.
var (
	// ErrEmpty is returned when there are no bytes at all.
	ErrEmpty = errors.New("empty file")
	// ErrFormat is returned when the first bytes are those of no format read here.
	ErrFormat = errors.New("not a JPEG, PNG, GIF, WebP, TIFF or BMP picture")
	// ErrUnsupported is returned when the format is known but the file uses a
	// rare feature of it, such as an arithmetic-coded JPEG.
	ErrUnsupported = errors.New("unsupported feature")
	// ErrTooLarge is returned when the file or its picture is over the limits.
	ErrTooLarge = errors.New("too large")
	// ErrTruncated is returned when the file ends before its picture does.
	ErrTruncated = errors.New("truncated")
	// ErrCorrupt is returned when the file breaks its format's rules.
	ErrCorrupt = errors.New("corrupt")
	// ErrNotRegular is returned by ReadFile for folders, pipes and devices.
	ErrNotRegular = errors.New("not a regular file")
)

// Error says which file could not be read, as which format, and why.
type Error struct {
	Name   string // as the caller named it
	Format string // "" where it is not known
	Reason string // in plain words
	Err    error  // one of this package's errors, and what it wraps
}

// Error is "NAME: FORMAT: REASON".
func (e *Error) Error() string {
	if e.Format == "" {
		return e.Name + ": " + e.Reason
	}
	return e.Name + ": " + e.Format + ": " + e.Reason
}

// Unwrap gives errors.Is and errors.As the cause.
func (e *Error) Unwrap() error { return e.Err }

// fail is an error whose file and format the caller's caller knows.
func fail(kind error, reason string, args ...any) *Error {
	return &Error{Reason: fmt.Sprintf(reason, args...), Err: kind}
}

// explain puts a decoder's error into this package's words.
func explain(name, format string, err error) *Error {
	e, ours := errors.AsType[*Error](err)
	switch {
	case ours:
		e = fail(e.Err, "%s", e.Reason)
	case errors.Is(err, io.EOF), errors.Is(err, io.ErrUnexpectedEOF):
		e = fail(fmt.Errorf("%w: %w", ErrTruncated, err), "truncated: the file ends before the picture does")
	case isUnsupported(err):
		e = fail(fmt.Errorf("%w: %w", ErrUnsupported, err), "uses a feature that is not supported (%v)", err)
	default:
		e = fail(fmt.Errorf("%w: %w", ErrCorrupt, err), "corrupt (%v)", err)
	}
	e.Name, e.Format = name, format
	return e
}

func isUnsupported(err error) bool {
	_, inJPEG := errors.AsType[jpeg.UnsupportedError](err)
	_, inPNG := errors.AsType[png.UnsupportedError](err)
	_, inTIFF := errors.AsType[tiff.UnsupportedError](err)
	return inJPEG || inPNG || inTIFF || errors.Is(err, bmp.ErrUnsupported)
}
