package store

import (
	"bytes"
	"encoding/binary"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"hash/crc32"
	"io"
	"time"
)

// valueVersion is the first byte of every sealed value.
const valueVersion = 1

// sealOverhead is what seal adds: the version byte and the checksum.
const sealOverhead = 1 + crc32.Size

var castagnoli = crc32.MakeTable(crc32.Castagnoli)

// seal gives version (1) | body | CRC32C (4, little endian) of all before it. bbolt has no checksum of its own pages,
// so this is what notices a flipped bit.
func seal(body []byte) []byte {
	v := append(make([]byte, 0, len(body)+sealOverhead), valueVersion)
	v = append(v, body...)
	return binary.LittleEndian.AppendUint32(v, crc32.Checksum(v, castagnoli))
}

// unseal is the inverse of seal. The body lies in v.
func unseal(v []byte) ([]byte, error) {
	if len(v) < sealOverhead {
		return nil, fmt.Errorf("%w: value of %d bytes", ErrCorrupt, len(v))
	}
	end := len(v) - crc32.Size
	if err := compareSum(crc32.Checksum(v[:end], castagnoli), v); err != nil {
		return nil, err
	}
	if v[0] != valueVersion {
		return nil, fmt.Errorf("%w: value of version %d, this program reads %d", ErrCorrupt, v[0], valueVersion)
	}
	return v[1:end], nil
}

// compareSum compares a sealed value's checksum with the one that it ends with.
func compareSum(got uint32, v []byte) error {
	if want := binary.LittleEndian.Uint32(v[len(v)-crc32.Size:]); got != want {
		return fmt.Errorf("%w: checksum is %08x, recorded is %08x", ErrCorrupt, got, want)
	}
	return nil
}

// sealJSON seals the JSON of a record. Records hold nothing that JSON cannot say: times are tidied before.
func sealJSON(record any) ([]byte, error) {
	body, err := json.Marshal(record)
	if err != nil {
		return nil, fmt.Errorf("%w: %w", ErrEntry, err)
	}
	return seal(body), nil
}

// unsealJSON is the inverse of sealJSON. A field that the record does not have is an error.
func unsealJSON(v []byte, record any) error {
	body, err := unseal(v)
	if err != nil {
		return err
	}
	d := json.NewDecoder(bytes.NewReader(body))
	d.DisallowUnknownFields()
	if err := d.Decode(record); err != nil {
		return fmt.Errorf("%w: record: %w", ErrCorrupt, err)
	}
	if _, err := d.Token(); err != io.EOF {
		return fmt.Errorf("%w: bytes after the record", ErrCorrupt)
	}
	return nil
}

// hexHash is a SHA-256 that JSON shows as 64 hexadecimal digits.
type hexHash [32]byte

// MarshalText gives the digits.
func (h hexHash) MarshalText() ([]byte, error) { return hex.AppendEncode(nil, h[:]), nil }

// UnmarshalText reads them.
func (h *hexHash) UnmarshalText(text []byte) error {
	if len(text) != hex.EncodedLen(len(h)) {
		return fmt.Errorf("hash of %d digits", len(text))
	}
	_, err := hex.Decode(h[:], text)
	return err
}

// tidyTime drops what a record cannot hold: the monotonic clock, the zone, and years that RFC 3339 has no digits for
// (a file's time may be anything).
func tidyTime(t time.Time) time.Time {
	if t = t.UTC().Round(0); t.Year() < 1 || t.Year() > 9999 {
		return time.Time{}
	}
	return t
}
