package engine

import (
	"bytes"
	"context"
	"fmt"
	"image"
	"image/png"
	"log/slog"
	"os"
	"path/filepath"
	"sync"
	"testing"

	"go.uber.org/goleak"
	"golang.org/x/image/bmp"

	"lookalike/encoder"
	"lookalike/internal/pictures"
)

func TestMain(m *testing.M) {
	if dir := os.Getenv(childDir); dir != "" {
		crashChild(dir)
		return
	}
	if dir := os.Getenv(reembedDir); dir != "" {
		reembedChild(dir)
		return
	}
	goleak.VerifyTestMain(m)
}

// starter is the real starter model, opened once for all tests.
var starter = sync.OnceValue(func() *encoder.Encoder {
	enc, err := encoder.Starter()
	if err != nil {
		panic(err)
	}
	return enc
})

// openAt opens an engine with the starter and closes it with the test.
func openAt(t testing.TB, dir string, change ...func(*Config)) *Engine {
	t.Helper()
	cfg := Config{Dir: dir, Encoder: starter(), Log: slog.New(slog.DiscardHandler)}
	for _, c := range change {
		c(&cfg)
	}
	e, err := Open(t.Context(), cfg)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := e.Close(); err != nil {
			t.Error(err)
		}
	})
	return e
}

// sound fails the test when Check finds a problem.
func sound(t testing.TB, e *Engine) {
	t.Helper()
	r, err := e.Check(context.Background())
	if err != nil {
		t.Fatal(err)
	}
	for _, p := range r.Problems {
		t.Errorf("check: %s", p)
	}
}

// madePNG is the PNG of a made picture, cached.
func madePNG(seed uint64) []byte {
	once, _ := madePNGs.LoadOrStore(seed, sync.OnceValue(func() []byte { return asPNG(pictures.Make(seed, 64, 48)) }))
	return once.(func() []byte)()
}

var madePNGs sync.Map // seed -> func() []byte

func asPNG(img image.Image) []byte {
	var b bytes.Buffer
	enc := png.Encoder{CompressionLevel: png.BestSpeed}
	if err := enc.Encode(&b, img); err != nil {
		panic(err)
	}
	return b.Bytes()
}

// asBMP is an image as a file that costs little to write and read.
func asBMP(img image.Image) []byte {
	var b bytes.Buffer
	if err := bmp.Encode(&b, img); err != nil {
		panic(err)
	}
	return b.Bytes()
}

// upload is a made picture as an upload.
func upload(seed uint64) Source {
	return Source{Upload: true, Name: fmt.Sprintf("made-%d.png", seed), Data: madePNG(seed)}
}

// write writes a file into a folder and gives its path.
func write(t testing.TB, dir, name string, data []byte) string {
	t.Helper()
	path := filepath.Join(dir, name)
	if err := os.WriteFile(path, data, 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}

// add adds a source that must not fail.
func add(t testing.TB, e *Engine, src Source) AddResult {
	t.Helper()
	r, err := e.Add(t.Context(), src)
	if err != nil {
		t.Fatal(err)
	}
	return r
}

// countingEncoder is the starter, counting pictures and calling before each.
type countingEncoder struct {
	*encoder.Encoder
	mu     sync.Mutex
	n      int
	before func(n int)
}

func (c *countingEncoder) Embed(ctx context.Context, images ...image.Image) ([][]float32, error) {
	c.mu.Lock()
	c.n += len(images)
	n := c.n
	c.mu.Unlock()
	if c.before != nil {
		c.before(n)
	}
	return c.Encoder.Embed(ctx, images...)
}

func (c *countingEncoder) count() int {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.n
}

// unhurried keeps background checkpoints out of tests that make their own.
func unhurried(c *Config) { c.Checkpoint = 1 << 40 }
