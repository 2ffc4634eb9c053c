package engine

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"runtime"
	"sync"
	"sync/atomic"
	"time"

	"golang.org/x/sync/semaphore"

	"lookalike/encoder"
	"lookalike/internal/imageio"
	"lookalike/store"
)

// Image is one content; its Files are where it lies.
type Image = store.Image

// File is one place where an image's content lies.
type File = store.File

// Config says where the data is and who encodes. Dir is needed, and Encoder or OpenModel; zero fields mean the defaults.
type Config struct {
	Dir        string         // data folder, made when it is missing
	Encoder    OpenEncoder    // stays the caller's: Close does not close it. Without it OpenModel opens the folder's model
	Spec       Spec           // how Encoder was opened, or what OpenModel is to be told that differs from what the folder says
	Default    Spec           // of the model to open where neither the folder nor Spec names one
	Limits     imageio.Limits // of a file and its picture
	Workers    int            // pictures decoded and encoded at once; default GOMAXPROCS
	Checkpoint time.Duration  // between saves of a changed graph; default 5 s
	Recall     float64        // of a query that names none, see Query.Recall; 0 means searches with Ef
	Log        *slog.Logger   // default slog.Default()

	OpenModel func(Spec) (OpenEncoder, error) // opens the target of a re-embedding; without it there is none
	Swapped   func(name string)               // told that a model is the folder's from now on
	Fixed     bool                            // Encoder or Spec was asked for: refuse the folder where that is not the model of its vectors
	Resume    bool                            // go on with a re-embedding that is under way
}

func (c Config) withDefaults() Config {
	if c.Workers <= 0 {
		c.Workers = runtime.GOMAXPROCS(0)
	}
	if c.Checkpoint <= 0 {
		c.Checkpoint = 5 * time.Second
	}
	if c.Log == nil {
		c.Log = slog.Default()
	}
	if c.Swapped == nil {
		c.Swapped = func(string) {}
	}
	return c
}

// Engine is an open data folder: one store, one index, one encoder. All methods are safe for concurrent use.
type Engine struct {
	cfg     Config
	log     *slog.Logger
	records records
	journal journal
	staging staging
	current atomic.Pointer[generation]

	work       *semaphore.Weighted // slots for decoding and encoding, Config.Workers of them
	bytes      budget              // of files held in memory
	pixels     budget              // of pictures held in memory
	inFlight   claims              // contents on their way into the store
	queue      queue               // pictures on their way into a transaction
	labels     labelCache
	attributes attributes
	recall     recallMemory
	ranks      rankings

	// writes is held from before a transaction that may change the set of images until the index has followed it.
	// Holding it, therefore: index == every log entry up to applied.
	writes  sync.Mutex
	applied uint64
	touched *[]uint64 // images that changed while a new index is built, else nil

	// gate is held for reading by every picture on its way in, until it is settled, and for writing when a re-embedding
	// begins and when it swaps: so a picture has the vectors of the same models from start to end. It is taken before saving.
	gate  sync.RWMutex
	swaps atomic.Uint64 // odd while the generation is being replaced, see underOne
	job   job           // the re-embedding

	remarked atomic.Int64 // images without a vector, or with one of their thumbnail

	// saving is held by a checkpoint, and taken before writes.
	saving sync.Mutex
	saved  uint64 // watermark in the store
	whole  bool   // the next checkpoint replaces the saved graph instead of amending it
	mended bool   // the graph was changed as it was loaded: a checkpoint is made though nothing was added or deleted

	stop   context.CancelFunc // ends the checkpoints
	ended  chan struct{}      // closed when they have ended
	closed sync.Once
}

// Open opens a data folder, made when missing, and brings the index up to the last acknowledged change: from the
// saved graph and the log, or where that fails from the vectors, which the log tells. ctx ends a long rebuild.
func Open(ctx context.Context, cfg Config) (*Engine, error) {
	s, err := store.Open(cfg.Dir, store.Options{})
	if err != nil {
		return nil, err
	}
	e := newEngine(cfg.withDefaults(), s, s, s)
	if err := e.start(ctx); err != nil {
		return nil, errors.Join(fmt.Errorf("open data folder %s: %w", cfg.Dir, err), s.Close())
	}
	background, stop := context.WithCancel(context.Background())
	e.stop = stop
	go e.keepSaving(background)
	e.resume()
	return e, nil
}

func newEngine(cfg Config, r records, j journal, s staging) *Engine {
	return &Engine{
		cfg: cfg, log: cfg.Log, records: r, journal: j, staging: s,
		work:   semaphore.NewWeighted(int64(cfg.Workers)),
		bytes:  newBudget(maxBytesInFlight),
		pixels: newBudget(maxPixelsInFlight),
		ended:  make(chan struct{}),
	}
}

func (e *Engine) start(ctx context.Context) error {
	if err := e.pinModel(); err != nil {
		return err
	}
	if err := e.openIndex(ctx); err != nil {
		return errors.Join(err, e.now().close())
	}
	return e.countRemarked()
}

// Model says which model makes this engine's vectors.
func (e *Engine) Model() encoder.Model { return e.now().model }

// Announce tells other processes, through the data folder, where this one serves it.
func (e *Engine) Announce(url, token string) error { return e.records.Announce(url, token) }

// Close saves the graph and closes the data folder. Adds still running are cut off between two pictures: what they
// reported as added stays, the rest get ErrClosed.
func (e *Engine) Close() (err error) {
	e.closed.Do(func() {
		e.stop()
		<-e.ended
		e.job.halt()
		err = errors.Join(e.checkpoint(), e.records.Close(), e.now().close())
	})
	return err
}
