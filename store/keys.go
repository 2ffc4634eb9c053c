package store

import (
	"encoding/binary"
	"fmt"
)

// The buckets, as in doc.go.
var (
	bucketMeta       = []byte("meta")
	bucketImages     = []byte("images")
	bucketVectors    = []byte("vectors")
	bucketThumbnails = []byte("thumbnails")
	bucketFiles      = []byte("files")
	bucketPaths      = []byte("paths")
	bucketSHA256     = []byte("sha256")
	bucketPixels     = []byte("pixels")
	bucketLog        = []byte("log")
	bucketGraph      = []byte("graph")
	bucketLabels     = []byte("labels")
	bucketLabelled   = []byte("labelled")
	bucketRemarks    = []byte("remarks") // of generations above 0 only
	bucketProbes     = []byte("probes")
	bucketSpecs      = []byte("specs")
	bucketWhitenings = []byte("whitenings")
)

// firstBuckets are in every folder of this schema.
var firstBuckets = [][]byte{bucketMeta, bucketImages, bucketVectors, bucketThumbnails, bucketFiles,
	bucketPaths, bucketSHA256, bucketPixels, bucketLog, bucketGraph}

// laterBuckets came to the schema afterwards: opening a folder for writing makes those that are missing, and to one that
// only reads, a missing one is empty.
var laterBuckets = [][]byte{bucketLabels, bucketLabelled, bucketProbes, bucketSpecs, bucketWhitenings}

// Keys of the meta and graph buckets.
var (
	keySchema     = []byte("schema")
	keyModel      = []byte("model")
	keyGeneration = []byte("generation")
	keyJob        = []byte("reembedding")
	keyCounts     = []byte("counts")
	keyHeader     = []byte("header")
)

// First byte after the image's number in a key of the files bucket.
const (
	kindPath   = 'p'
	kindUpload = 'u'
)

// maxPath bounds a path or an upload's name, so that every key stays well under bbolt's 32,768 bytes.
const maxPath = 16 << 10

// idKey is 8 bytes, big endian, so that bbolt's byte order is the order of the numbers.
func idKey(id uint64) []byte { return binary.BigEndian.AppendUint64(nil, id) }

// keyID is the inverse of idKey, and the reader of every value that is such a number.
func keyID(k []byte) (uint64, error) {
	if len(k) != 8 {
		return 0, fmt.Errorf("%w: number of %d bytes, not 8", ErrCorrupt, len(k))
	}
	return binary.BigEndian.Uint64(k), nil
}

// fileKey holds the file's identity: its path byte for byte (a file name need not be UTF-8, which JSON would spoil),
// or for an upload, whose name says nothing, the bytes it brought and then the name.
func fileKey(id uint64, f File) []byte {
	k := idKey(id)
	if f.Uploaded {
		k = append(append(k, kindUpload), f.SHA256[:]...)
	} else {
		k = append(k, kindPath)
	}
	return append(k, f.Path...)
}

// parseFileKey is the inverse of fileKey. For an upload f.SHA256 is filled in too.
func parseFileKey(k []byte) (id uint64, f File, err error) {
	if len(k) < 9 {
		return 0, f, fmt.Errorf("%w: file key of %d bytes", ErrCorrupt, len(k))
	}
	id, rest := binary.BigEndian.Uint64(k), k[9:]
	switch {
	case k[8] == kindPath && len(rest) > 0:
		f.Path = string(rest)
	case k[8] == kindUpload && len(rest) >= len(f.SHA256):
		f.Uploaded = true
		f.Path = string(rest[copy(f.SHA256[:], rest):])
	default:
		return 0, f, fmt.Errorf("%w: file key of kind %q with %d bytes", ErrCorrupt, k[8], len(rest))
	}
	return id, f, nil
}

// labelKey is the image's number and the label, so that an image's labels lie together.
func labelKey(id uint64, label string) []byte { return append(idKey(id), label...) }

// parseLabelKey is the inverse of labelKey.
func parseLabelKey(k []byte) (id uint64, label string, err error) {
	if len(k) < 8 {
		return 0, "", fmt.Errorf("%w: label key of %d bytes", ErrCorrupt, len(k))
	}
	return binary.BigEndian.Uint64(k), string(k[8:]), nil
}

// labelledKey is the label, a zero, which no label contains, and the image's number: by label and then by number.
func labelledKey(label string, id uint64) []byte {
	return binary.BigEndian.AppendUint64(append([]byte(label), 0), id)
}

// parseLabelledKey is the inverse of labelledKey.
func parseLabelledKey(k []byte) (label string, id uint64, err error) {
	end := len(k) - 9
	if end < 0 || k[end] != 0 {
		return "", 0, fmt.Errorf("%w: key %x is not a label and an image", ErrCorrupt, k)
	}
	return string(k[:end]), binary.BigEndian.Uint64(k[end+1:]), nil
}

// chunkKey is 'c' and the number, 4 bytes, big endian.
func chunkKey(no uint32) []byte { return binary.BigEndian.AppendUint32([]byte{'c'}, no) }

// parseChunkKey is the inverse of chunkKey.
func parseChunkKey(k []byte) (uint32, error) {
	if len(k) != 5 || k[0] != 'c' {
		return 0, fmt.Errorf("%w: graph key %q", ErrCorrupt, k)
	}
	return binary.BigEndian.Uint32(k[1:]), nil
}
