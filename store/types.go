package store

import "time"

// File is one place where an image's content lies: a path on this machine, or an upload whose bytes the store keeps.
type File struct {
	Path           string // absolute path of an imported file (any bytes, UTF-8 or not), or the name an upload came with
	Uploaded       bool
	SHA256         [32]byte // of the file's bytes
	Size           int64    // bytes
	ModTime, Added time.Time
}

// Image is one content and the files that hold it.
type Image struct {
	ID            uint64   // given by Add, from 1 up, never used again
	PixelHash     [32]byte // of the decoded upright pixels: equal for equal pictures, whatever the file format
	Format        string   // of the first file: "jpeg", "png", ...
	Width, Height int      // upright
	Model         string   // fingerprint of the model that made the vector
	Added         time.Time
	Remark                 // about the vector; Add ignores it
	Files         []File   // oldest first, at least one
	Labels        []string // that it has, by name; Add ignores them
}

// Entry is what Add stores: an image whose ID is ignored, its vector and its thumbnail.
type Entry struct {
	Image     Image
	Vector    []float32
	Thumbnail []byte

	Next      []float32 // by the target of a re-embedding under way, or nil
	NextModel string    // fingerprint of that target
}

// Added says what became of one Entry or attached File.
type Added struct {
	ID      uint64   // the image that holds the file now
	Already bool     // the content was known: no image was made
	Seq     uint64   // the last log number that this entry caused, 0 when it neither made nor removed an image
	Removed []uint64 // images deleted because their last file moved to other content
}

// Change is one entry of the log of adds and deletes.
type Change struct {
	Seq    uint64
	Delete bool
	ID     uint64
	Vector []float32 // of a deleted image: it is still a node of a graph saved before, which cannot be loaded without
}

// Chunk is a numbered piece of the saved graph. To the store its Data is bytes.
type Chunk struct {
	No   uint32
	Data []byte
}

// Graph is what SaveGraph writes: the parts of the graph that changed, and how far in the log it has come.
type Graph struct {
	Header    []byte
	Chunks    []Chunk  // changed or new
	Dropped   []uint32 // chunks that are no more
	Replace   bool     // Chunks are the whole graph: drop every other
	Watermark uint64   // the graph holds every log entry up to this number
}

// Stats are the sizes of a data folder.
type Stats struct {
	Images, Files, Originals   uint64
	NotEmbedded, FromThumbnail uint64 // images without a vector, and with one made from the thumbnail
	BytesStore, BytesOriginals int64  // size of the database file; sum of the originals
	BytesFree                  int64  // of BytesStore, pages that are used again before the file grows; Compact gives them back
	Seq, Watermark             uint64 // newest log number; how far the saved graph has come
}
