package engine

import (
	"context"
	"image"
	"io"
	"iter"

	"lookalike/encoder"
	"lookalike/index"
	"lookalike/internal/attention"
	"lookalike/internal/patches"
	"lookalike/store"
)

// Encoder turns pictures into unit vectors, in the order given, and says what it looks at. *encoder.Encoder is one.
type Encoder interface {
	Embed(ctx context.Context, images ...image.Image) ([][]float32, error)
	Attention(ctx context.Context, img image.Image) (attention.Map, error)
	Patches(ctx context.Context, img image.Image) (patches.Grid, error)
	Model() encoder.Model
	Precision() encoder.Precision
	InputSize() image.Point // what it sees of a picture, in pixels; zero when that depends on the picture
}

// OpenEncoder is an Encoder that ends.
type OpenEncoder interface {
	Encoder
	io.Closer
}

// The engine sees its store and its index through these, so that other machines can stand in for this one's file
// and memory some day.

// records keeps the images. Every method is safe for concurrent use; what a writing method returned is on disk.
type records interface {
	Model() (fingerprint string, dim int, err error)
	Spec(fingerprint string) (Spec, error)
	Whitening(fingerprint string) ([]byte, error)
	SetModel(spec Spec, fingerprint string, dim int) error
	Add(entries ...store.Entry) ([]store.Added, error)
	Attach(id uint64, f store.File) (store.Added, error)
	Delete(ids ...uint64) (deleted []uint64, seq uint64, err error)
	BySHA256(h [32]byte) (id uint64, ok bool, err error)
	ByPixelHash(h [32]byte) (id uint64, ok bool, err error)
	ByPath(path string) (id uint64, f store.File, ok bool, err error)
	Image(id uint64) (store.Image, error)
	List(before uint64, limit int) ([]store.Image, error)
	Vector(id uint64) ([]float32, error)
	Vectors() (*store.Vectors, error)
	Thumbnail(id uint64) ([]byte, error)
	SetLabels(changes ...store.LabelChange) (changed int, err error)
	Labels(id uint64) ([]store.Label, error)
	EachLabelled(fn func(label string, id uint64) error) error
	PutProbe(model string, data []byte) error
	Probe(model string) ([]byte, error)
	EachImage(fn func(store.Image) error) error
	EachVector(fn func(id uint64, v []float32) error) error
	PutOriginal(sha [32]byte, data []byte) error
	OriginalPath(sha [32]byte) string
	Stats() (store.Stats, error)
	Check() error
	Backup(w io.Writer) error
	Compact(progress func(done, of int64) error) (store.Compacted, error)
	NotEmbedded(target bool, after uint64, limit int) ([]store.Image, error)
	Remarked(after uint64, limit int) ([]store.Image, error)
	Revive(fingerprint string, item store.Staged) error
	Announce(url, token string) error
	Close() error
}

// journal keeps the log of changes and the saved graph. One SaveGraph is one transaction.
type journal interface {
	Changes(after uint64, fn func(store.Change) error) error
	SaveGraph(g store.Graph) error
	LoadGraph() (header []byte, watermark uint64, err error)
	GraphChunk(no uint32) ([]byte, error)
}

// staging keeps the vectors of another model until they replace those that there are, all at once.
type staging interface {
	BeginReembedding(spec Spec, fingerprint string, dim int, whitening []byte) error
	Reembedding() (r store.Reembedding, ok bool, err error)
	CancelReembedding() error
	Pending(after uint64, limit int) (list []store.Image, next uint64, err error)
	Stage(items ...store.Staged) error
	EachStaged(fn func(id uint64, v []float32) error) error
	StagedVector(id uint64) ([]float32, error)
	StagedVectors() (*store.Vectors, error)
	StageGraph(chunks []store.Chunk) error
	DropStagedGraph(limit int) (more bool, err error)
	Swap(g store.Graph) error
	DropOld(limit int) (more bool, err error)
}

// neighbours finds the vectors nearest to another. Searches run beside one writer.
type neighbours interface {
	AddAll(items []index.Item) error
	Delete(id uint64) error
	Contains(id uint64) bool
	Search(q []float32, k, ef int, keep func(id uint64) bool) ([]index.Result, error)
	Exact(q []float32, k int, keep func(id uint64) bool) ([]index.Result, error)
	Filter(keep func(id uint64) bool) *index.Filter
	SearchIn(q []float32, k, ef int, f *index.Filter) ([]index.Result, error)
	Sample(n int) (ids []uint64)
	Around(id uint64, threshold float32, unread func(id uint64, err error)) ([]index.Result, error)
	AllPairs(threshold float32, from, to int, unread func(id uint64, err error)) iter.Seq2[int, index.Pair]
	Slots() int
	Len() int
	Nodes() int
	CheckWhole() error
	CheckNodes(from, to int) error
	TakeChanges() index.Changes
	ReturnChanges(c index.Changes)
}

var (
	_ OpenEncoder = (*encoder.Encoder)(nil)
	_ records     = (*store.Store)(nil)
	_ journal     = (*store.Store)(nil)
	_ staging     = (*store.Store)(nil)
	_ neighbours  = (*index.Index)(nil)
)
