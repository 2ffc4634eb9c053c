package store

import (
	"encoding/binary"
	"fmt"
	"time"
)

// imageRecord is the value of the images bucket. The number is the key, and the files are in a bucket of their own: a content
// may have thousands of copies, and one more must not mean writing all of them again.
type imageRecord struct {
	PixelHash hexHash   `json:"pixel_hash"`
	Format    string    `json:"format"`
	Width     int       `json:"width"`
	Height    int       `json:"height"`
	Model     string    `json:"model"`
	Added     time.Time `json:"added"`
}

// encodeImage gives, sealed, the JSON of the record.
func encodeImage(m Image) ([]byte, error) {
	return sealJSON(imageRecord{hexHash(m.PixelHash), m.Format, m.Width, m.Height, m.Model, m.Added})
}

// decodeImage gives the image without its files.
func decodeImage(id uint64, v []byte) (Image, error) {
	var r imageRecord
	if err := unsealJSON(v, &r); err != nil {
		return Image{}, fmt.Errorf("image %d: %w", id, err)
	}
	return Image{ID: id, PixelHash: r.PixelHash, Format: r.Format, Width: r.Width, Height: r.Height,
		Model: r.Model, Added: r.Added}, nil
}

// fileRecord is the value of the files bucket; path and kind are in the key.
type fileRecord struct {
	SHA256  hexHash   `json:"sha256"`
	Size    int64     `json:"size"`
	ModTime time.Time `json:"modified"`
	Added   time.Time `json:"added"`
}

// encodeFile gives, sealed, the JSON of the record.
func encodeFile(f File) ([]byte, error) {
	return sealJSON(fileRecord{hexHash(f.SHA256), f.Size, f.ModTime, f.Added})
}

// decodeFile joins what the key says and what the record says. An upload's hash is in both.
func decodeFile(k, v []byte) (id uint64, f File, err error) {
	id, f, err = parseFileKey(k)
	if err != nil {
		return 0, f, err
	}
	var r fileRecord
	if err := unsealJSON(v, &r); err != nil {
		return 0, f, fmt.Errorf("file %q of image %d: %w", f.Path, id, err)
	}
	if f.Uploaded && f.SHA256 != r.SHA256 {
		return 0, f, fmt.Errorf("%w: upload %q of image %d: key and record have different hashes", ErrCorrupt, f.Path, id)
	}
	f.SHA256, f.Size, f.ModTime, f.Added = r.SHA256, r.Size, r.ModTime, r.Added
	return id, f, nil
}

// shaRecord is the value of the sha256 bucket, 16 bytes, big endian: the image with these bytes, and how many of its
// files have them. Counting them here finds the last reference to an original without reading the image's other files.
type shaRecord struct {
	id             uint64
	files, uploads uint32
}

// encodeSHA gives id (8) | files (4) | uploads (4).
func encodeSHA(r shaRecord) []byte {
	v := binary.BigEndian.AppendUint64(nil, r.id)
	v = binary.BigEndian.AppendUint32(v, r.files)
	return binary.BigEndian.AppendUint32(v, r.uploads)
}

// decodeSHA is the inverse of encodeSHA.
func decodeSHA(v []byte) (shaRecord, error) {
	if len(v) != 16 {
		return shaRecord{}, fmt.Errorf("%w: sha256 value of %d bytes", ErrCorrupt, len(v))
	}
	return shaRecord{binary.BigEndian.Uint64(v), binary.BigEndian.Uint32(v[8:]), binary.BigEndian.Uint32(v[12:])}, nil
}

// labelRecord is the value of the labels bucket; image and label are in the key.
type labelRecord struct {
	Decision Decision  `json:"decision"`
	At       time.Time `json:"at"`
}

// encodeLabel gives, sealed, the JSON of the record.
func encodeLabel(l Label) ([]byte, error) { return sealJSON(labelRecord{l.Decision, l.At}) }

// decodeLabel joins what the key says and what the record says.
func decodeLabel(k, v []byte) (Label, error) {
	id, name, err := parseLabelKey(k)
	if err != nil {
		return Label{}, err
	}
	var r labelRecord
	if err := unsealJSON(v, &r); err != nil {
		return Label{}, fmt.Errorf("label %q of image %d: %w", name, id, err)
	}
	if !r.Decision.has() && r.Decision != Rejected {
		return Label{}, fmt.Errorf("%w: label %q of image %d: decision %q", ErrCorrupt, name, id, r.Decision)
	}
	return Label{name, r.Decision, r.At}, nil
}

// Operations of the log.
const (
	opAdd    = 1
	opDelete = 2
)

// encodeChange gives, sealed: operation (1) | id (8, big endian) | for a delete, unless it was lost, the vector as it
// was in its own bucket.
func encodeChange(c Change) []byte {
	op := byte(opAdd)
	if c.Delete {
		op = opDelete
	}
	body := binary.BigEndian.AppendUint64([]byte{op}, c.ID)
	if c.Vector != nil {
		body = append(body, encodeVector(c.Vector)...)
	}
	return seal(body)
}

// decodeChange is the inverse of encodeChange; the sequence number is the key.
func decodeChange(k, v []byte) (Change, error) {
	seq, err := keyID(k)
	if err != nil {
		return Change{}, err
	}
	body, err := unseal(v)
	if err != nil {
		return Change{}, fmt.Errorf("log entry %d: %w", seq, err)
	}
	if len(body) < 9 || body[0] != opDelete && (body[0] != opAdd || len(body) > 9) {
		return Change{}, fmt.Errorf("%w: log entry %d is neither an add nor a delete", ErrCorrupt, seq)
	}
	c := Change{Seq: seq, Delete: body[0] == opDelete, ID: binary.BigEndian.Uint64(body[1:])}
	if len(body) > 9 {
		c.Vector, err = decodeVector(body[9:])
	}
	return c, wrap(fmt.Sprintf("log entry %d", seq), err)
}

// encodeHeader gives, sealed: watermark (8, big endian) | header.
func encodeHeader(watermark uint64, header []byte) []byte {
	return seal(append(binary.BigEndian.AppendUint64(nil, watermark), header...))
}

// decodeHeader is the inverse of encodeHeader. The header lies in v.
func decodeHeader(v []byte) (watermark uint64, header []byte, err error) {
	body, err := unseal(v)
	if err == nil && len(body) < 8 {
		err = fmt.Errorf("%w: %d bytes", ErrCorrupt, len(body))
	}
	if err != nil {
		return 0, nil, fmt.Errorf("graph header: %w", err)
	}
	return binary.BigEndian.Uint64(body), body[8:], nil
}

// modelRecord is the model that the folder's vectors come from, pinned in meta by the first add.
type modelRecord struct {
	Fingerprint string `json:"fingerprint"`
	Dim         int    `json:"dim"`
	Name        string `json:"name,omitempty"` // by which a re-embedding opened it
}

// String names the model the way ErrModel's message does.
func (m modelRecord) String() string {
	return fmt.Sprintf("%.12s (%d numbers a vector)", m.Fingerprint, m.Dim)
}

// counts are sizes that Stats gives. They are kept in meta with each transaction, because counting means walking every page.
type counts struct {
	Images        uint64       `json:"images"`
	Files         uint64       `json:"files"`
	Originals     uint64       `json:"originals"`
	OriginalBytes int64        `json:"original_bytes"`
	Remarks       remarkCounts `json:"remarks,omitzero"`
}
