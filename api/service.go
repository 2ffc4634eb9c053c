package api

import (
	"context"
	"io"
	"io/fs"
	"log/slog"
	"net/http"
	"sync/atomic"
	"time"

	"golang.org/x/sync/semaphore"

	"lookalike/encoder"
	"lookalike/engine"
	"lookalike/internal/attention"
	"lookalike/internal/patches"
)

// Engine is what this package needs of an engine. *engine.Engine is one.
type Engine interface {
	Model() encoder.Model
	AddBatch(ctx context.Context, sources []engine.Source) []engine.AddResult
	Get(id uint64) (engine.Image, error)
	List(before uint64, limit int) (images []engine.Image, next uint64, err error)
	ListIn(f engine.Filter, before uint64, limit int) (images []engine.Image, next uint64, total int, err error)
	ListFolders() ([]engine.FolderCount, error)
	FindPath(path string) (engine.Image, error)
	Delete(ctx context.Context, ids ...uint64) (deleted []uint64, err error)
	Thumbnail(id uint64) ([]byte, error)
	Original(id uint64) (io.ReadSeekCloser, engine.Image, error)
	Attention(ctx context.Context, id uint64) (attention.View, error)
	MatchIDs(ctx context.Context, id, other uint64) (patches.Match, error)
	MatchImage(ctx context.Context, id uint64, name string, data []byte) (patches.Match, error)
	SearchImage(ctx context.Context, name string, data []byte, q engine.Query) ([]engine.Match, error)
	SearchID(ctx context.Context, id uint64, q engine.Query) ([]engine.Match, error)
	Duplicates(ctx context.Context, q engine.DuplicateQuery) (engine.Duplicates, error)
	EachDuplicate(ctx context.Context, q engine.DuplicateQuery, v engine.DuplicateVisitor) error
	SetLabels(ctx context.Context, changes ...engine.LabelChange) (changed int, err error)
	Labels(id uint64) ([]engine.Label, error)
	ListLabels() ([]engine.LabelCount, error)
	ClassifyID(ctx context.Context, id uint64, q engine.ClassifyQuery) ([]engine.Suggestion, error)
	ClassifyImage(ctx context.Context, name string, data []byte, q engine.ClassifyQuery) ([]engine.Suggestion, error)
	Suggest(ctx context.Context, q engine.ClassifyQuery, after engine.SuggestCursor, limit int, progress engine.Progress) (engine.SuggestPage, error)
	TrainProbe(ctx context.Context, progress engine.Progress) (*engine.Probe, error)
	Probe() (*engine.Probe, error)
	Evaluate(ctx context.Context, q engine.ClassifyQuery, progress engine.Progress) (engine.Evaluation, error)
	Reembed(ctx context.Context, t engine.Target) error
	Spec() engine.Spec
	Unavailable() error
	Reembedding(limit int) (engine.Reembedding, error)
	CancelReembedding() error
	Stats() (engine.Stats, error)
	MeasureRecall(ctx context.Context) (engine.Recall, error)
	Check(ctx context.Context) (engine.Report, error)
	Backup(ctx context.Context, w io.Writer) error
	Compact(ctx context.Context, progress engine.Progress) (engine.Compacted, error)
}

var _ Engine = (*engine.Engine)(nil)

// Config says what is served, and to whom. Only Engine is needed.
type Config struct {
	Engine     Engine
	UI         fs.FS        // the gallery's files, index.html at the top; nil for none
	APIKey     string       // asked of everybody where it is set; Serve wants one if other machines can connect
	LocalToken string       // opens import, backup, check and compact; "" keeps them shut
	Limits     Limits       // zero fields mean the defaults
	Version    string       // shown in the stats
	Loopback   bool         // refuse Host names of other machines (DNS rebinding); Serve sets it from its listener
	Hosts      []string     // further Host names that are right with Loopback, such as a reverse proxy's
	Ready      func() bool  // asked by /readyz; nil means always
	Log        *slog.Logger // default slog.Default()
}

// service is a Config at work.
type service struct {
	cfg      Config
	router   http.Handler
	origins  *http.CrossOriginProtection
	gallery  gallery
	started  time.Time
	draining atomic.Bool         // shutting down: no longer ready
	uploads  *semaphore.Weighted // Limits.UploadMemory, in bytes
}

// New returns the handler of the whole service: the API, its description and
// the gallery. It fails where Config.UI cannot be read.
func New(cfg Config) (http.Handler, error) { return newService(cfg) }

func newService(cfg Config) (*service, error) {
	cfg.Limits = cfg.Limits.withDefaults()
	orDefault(&cfg.Log, slog.Default())
	orDefault(&cfg.Version, "unknown")
	if cfg.Ready == nil {
		cfg.Ready = func() bool { return true }
	}
	files, err := loadGallery(cfg.UI)
	if err != nil {
		return nil, err
	}
	s := &service{
		cfg: cfg, gallery: files, started: time.Now(),
		origins: http.NewCrossOriginProtection(),
		uploads: semaphore.NewWeighted(cfg.Limits.UploadMemory),
	}
	s.router = s.newRouter()
	return s, nil
}

// ServeHTTP is part of http.Handler. A HEAD is a GET whose body goes nowhere,
// which is what the connection does with it.
func (s *service) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	mw, watched, cancel := s.watch(w, r)
	defer cancel()
	if watched.Method == http.MethodHead {
		watched.Method = http.MethodGet
	}
	s.router.ServeHTTP(mw, watched)
}
