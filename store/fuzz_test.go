package store

import (
	"archive/tar"
	"bytes"
	"errors"
	"hash/crc32"
	"path/filepath"
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"
)

func crcOf(b []byte) uint32 { return crc32.Checksum(b, castagnoli) }

// fuzzValue gives a decoder arbitrary values, as they are and as bodies of a sealed value: else no input would get past
// the checksum. What decodes must come back the same from its own encoding; what does not must be ErrCorrupt.
func fuzzValue[T any](f *testing.F, decode func([]byte) (T, error), encode func(T) ([]byte, error)) {
	f.Fuzz(func(t *testing.T, v []byte, sealed bool) {
		if sealed {
			v = seal(v)
		}
		x, err := decode(v)
		if err != nil {
			if !errors.Is(err, ErrCorrupt) {
				t.Fatalf("not an ErrCorrupt: %v", err)
			}
			return
		}
		again, err := encode(x)
		if err != nil {
			t.Fatal(err)
		}
		if y, err := decode(again); err != nil || !cmp.Equal(x, y, cmp.AllowUnexported(shaRecord{}, fuzzHeader{})) {
			t.Fatalf("%+v came back as %+v, %v", x, y, err)
		}
	})
}

func FuzzImage(f *testing.F) {
	fuzzValue(f, func(v []byte) (Image, error) { return decodeImage(1, v) }, encodeImage)
}

func FuzzFile(f *testing.F) {
	key := fileKey(1, File{Path: "/a"})
	fuzzValue(f, func(v []byte) (File, error) {
		_, file, err := decodeFile(key, v)
		return file, err
	}, encodeFile)
}

func FuzzLabel(f *testing.F) {
	f.Add([]byte(`{"decision":"given","at":"2026-03-04T05:06:07Z"}`), true)
	fuzzValue(f, func(v []byte) (Label, error) { return decodeLabel(labelKey(1, "cat"), v) }, encodeLabel)
}

// FuzzVector compares bits: NaN is not equal to itself.
func FuzzVector(f *testing.F) {
	f.Fuzz(func(t *testing.T, v []byte, sealed bool) {
		if sealed {
			v = seal(v)
		}
		x, err := decodeVector(v)
		if err == nil && !bytes.Equal(encodeVector(x), v) {
			t.Fatalf("%x came back as %x", v, encodeVector(x))
		}
		if err != nil && !errors.Is(err, ErrCorrupt) {
			t.Fatalf("not an ErrCorrupt: %v", err)
		}
	})
}

func FuzzChange(f *testing.F) {
	fuzzValue(f, func(v []byte) (Change, error) { return decodeChange(idKey(3), v) },
		func(c Change) ([]byte, error) { return encodeChange(c), nil })
}

type fuzzHeader struct {
	watermark uint64
	header    []byte
}

func FuzzHeader(f *testing.F) {
	fuzzValue(f, func(v []byte) (fuzzHeader, error) {
		w, h, err := decodeHeader(v)
		return fuzzHeader{w, h}, err
	}, func(h fuzzHeader) ([]byte, error) { return encodeHeader(h.watermark, h.header), nil })
}

func FuzzSHA(f *testing.F) {
	fuzzValue(f, decodeSHA, func(r shaRecord) ([]byte, error) { return encodeSHA(r), nil })
}

// FuzzMeta covers the two records of the meta bucket.
func FuzzMeta(f *testing.F) {
	type both struct {
		Model  modelRecord
		Counts counts
	}
	fuzzValue(f, func(v []byte) (b both, err error) {
		if unsealJSON(v, &b.Model) == nil {
			return b, nil
		}
		return b, unsealJSON(v, &b.Counts)
	}, func(b both) ([]byte, error) {
		if b.Counts != (counts{}) {
			return sealJSON(b.Counts)
		}
		return sealJSON(b.Model)
	})
}

// FuzzFileKey reads arbitrary keys: each is refused, or is the key of what it was read as.
func FuzzFileKey(f *testing.F) {
	f.Fuzz(func(t *testing.T, k []byte) {
		id, file, err := parseFileKey(k)
		if err == nil && !bytes.Equal(fileKey(id, file), k) {
			t.Fatalf("%x is read as file %+v of image %d, whose key is %x", k, file, id, fileKey(id, file))
		}
		if id, label, err := parseLabelKey(k); err == nil && !bytes.Equal(labelKey(id, label), k) {
			t.Fatalf("%x is read as label %q of image %d", k, label, id)
		}
		if label, id, err := parseLabelledKey(k); err == nil && !bytes.Equal(labelledKey(label, id), k) {
			t.Fatalf("%x is read as image %d labelled %q", k, id, label)
		}
		if no, err := parseChunkKey(k); err == nil && !bytes.Equal(chunkKey(no), k) {
			t.Fatalf("%x is read as chunk %d", k, no)
		}
	})
}

// FuzzRestore puts an arbitrary member somewhere into a good archive: whatever it is, nothing appears on disk but a folder
// that passes Check.
func FuzzRestore(f *testing.F) {
	s := openStore(f, f.TempDir())
	sample(f, s)
	good := readArchive(f, backupOf(f, s))
	f.Fuzz(func(t *testing.T, name string, kind byte, data []byte, place uint8) {
		extra := member{tar.Header{Typeflag: kind, Name: name, Linkname: name}, data}
		archive, err := writeArchive(slices.Insert(slices.Clone(good), int(place)%(len(good)+1), extra))
		if err != nil {
			t.Skip("tar has no such member")
		}
		parent := t.TempDir()
		dir := filepath.Join(parent, "restored")
		if err := Restore(dir, bytes.NewReader(archive)); err != nil {
			if left := names(t, parent); len(left) > 0 {
				t.Fatalf("%v, and left %v", err, left)
			}
			return
		}
		openStore(t, dir)
		if left := names(t, parent); len(left) != 1 || left[0] != filepath.Base(dir) {
			t.Fatalf("left %v", left)
		}
	})
}
