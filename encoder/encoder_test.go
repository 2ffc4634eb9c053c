package encoder

import (
	"context"
	"errors"
	"image"
	"image/color"
	"math"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"lookalike/internal/imageio"
)

// tinyEncoder is a seeded model of tinyConfig.
func tinyEncoder(t testing.TB, opts ...Option) *Encoder {
	t.Helper()
	e, err := Seeded(tinyConfig(), 1, opts...)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { e.Close() })
	return e
}

// TestEmbedConcurrently: many callers on few workers, pictures of many sizes;
// order is kept and each gets what it gets alone.
func TestEmbedConcurrently(t *testing.T) {
	e := tinyEncoder(t, WithWorkers(3))
	var images []image.Image
	var want [][]float32
	for i := range 12 {
		images = append(images, noise("concurrent", 5+17*i, 90-3*i))
		v, err := e.Embed(t.Context(), images[i])
		if err != nil {
			t.Fatal(err)
		}
		want = append(want, v[0])
	}
	var wg sync.WaitGroup
	for range 4 {
		wg.Go(func() {
			got, err := e.Embed(t.Context(), images...)
			if diff := cmp.Diff(want, got); diff != "" || err != nil {
				t.Error(err, diff)
			}
		})
		wg.Go(func() {
			for k := range 4 { // resized position embeddings are shared
				if _, err := e.Forward(t.Context(), SeededPixels(k, 16+8*k, 40, 1)); err != nil {
					t.Error(err)
				}
			}
		})
	}
	wg.Wait()
}

func TestEmbedIsUnitCLS(t *testing.T) {
	e := tinyEncoder(t)
	img := noise("unit", 64, 48)
	v, err := e.Embed(t.Context(), img)
	if err != nil {
		t.Fatal(err)
	}
	out, err := e.LastHiddenState(t.Context(), img)
	if err != nil {
		t.Fatal(err)
	}
	cls := make([]float64, out.D)
	for i := range cls {
		cls[i] = float64(out.Tokens[i])
	}
	if d := cosineError(v[0], cls); !(d <= 1e-12) {
		t.Errorf("1 - cosine of embedding and CLS token is %g", d)
	}
	var squares float64
	for _, x := range v[0] {
		squares += float64(x) * float64(x)
	}
	if !(math.Abs(squares-1) <= 1e-6) {
		t.Errorf("squared length %g", squares)
	}
}

func TestLastHiddenStateShape(t *testing.T) {
	e := tinyEncoder(t)
	out, err := e.Forward(t.Context(), SeededPixels(0, 35, 50, 1)) // 3 and 2 pixels are left over
	if err != nil {
		t.Fatal(err)
	}
	if out.N != 1+4*6 || out.D != 16 || out.H != 2 || out.GridHeight != 4 || out.GridWidth != 6 ||
		len(out.Tokens) != out.N*out.D || len(out.CLSAttention) != out.H*out.N {
		t.Fatalf("%d tokens of %d, %d heads, %dx%d", out.N, out.D, out.H, out.GridHeight, out.GridWidth)
	}
	for h := range out.H {
		var sum float64
		for _, a := range out.CLSAttention[h*out.N : (h+1)*out.N] {
			sum += float64(a)
		}
		if !(math.Abs(sum-1) <= 1e-5) {
			t.Errorf("head %d: attention sums to %g", h, sum)
		}
	}
}

// TestEmbedAnyImage: an image.Image of the standard library is the same picture.
func TestEmbedAnyImage(t *testing.T) {
	rgb := noise("any", 40, 30)
	other := image.NewNRGBA(image.Rect(-7, 3, 33, 33)) // the corner need not be (0, 0)
	for y := range 30 {
		for x := range 40 {
			other.Set(x-7, y+3, rgb.At(x, y))
		}
	}
	e := tinyEncoder(t)
	got, err := e.Embed(t.Context(), rgb, other)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(got[0], got[1]); diff != "" {
		t.Error(diff)
	}
}

func TestEmbedRefuses(t *testing.T) {
	e := tinyEncoder(t)
	_, err := e.Embed(t.Context(), noise("a", 9, 9), imageio.NewRGB(0, 0))
	checkError(t, err, ErrInput, "image 2 of 2", "no pixels")
	nan := SeededPixels(0, 32, 32, 1)
	nan.Data[5] = float32(math.NaN())
	for name, px := range map[string]Pixels{
		"no patch":       SeededPixels(0, 7, 90, 1),
		"short":          {Data: make([]float32, 7), Width: 32, Height: 32},
		"too wide":       {Width: maxSide + 1, Height: 8},
		"too many":       {Width: maxSide, Height: maxSide},
		"negative":       {Width: -32, Height: -32},
		"not a number":   nan,
		"nothing at all": {},
	} {
		if _, err := e.EmbedPixels(t.Context(), px); !errors.Is(err, ErrInput) {
			t.Errorf("%s: %v", name, err)
		}
	}
	if _, err := e.Forward(t.Context(), Pixels{}); !errors.Is(err, ErrInput) {
		t.Errorf("Forward: %v", err)
	}
	if _, err := e.LastHiddenState(t.Context(), imageio.NewRGB(0, 0)); !errors.Is(err, ErrInput) {
		t.Errorf("LastHiddenState: %v", err)
	}
	if got, err := e.Embed(t.Context()); len(got) != 0 || err != nil {
		t.Errorf("no image: %v, %v", got, err)
	}
}

// stopAt is an image that does something when it is read: it stops the world
// at a known moment, between the start of an image and its first block.
type stopAt struct {
	image.Image
	do func()
}

func (s stopAt) Bounds() image.Rectangle {
	s.do()
	return s.Image.Bounds()
}

func TestCancel(t *testing.T) {
	e := tinyEncoder(t, WithWorkers(1))
	cancelled, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := e.Embed(cancelled, noise("c", 9, 9)); !errors.Is(err, context.Canceled) {
		t.Errorf("cancelled before: %v", err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	if _, err := e.Embed(ctx, stopAt{noise("c", 9, 9), cancel}); !errors.Is(err, context.Canceled) {
		t.Errorf("cancelled while running: %v", err)
	}
	late, cancel := context.WithTimeout(t.Context(), time.Millisecond)
	defer cancel()
	_, err := e.Embed(t.Context(), stopAt{noise("c", 9, 9), func() { // the only worker is busy
		if _, err := e.Embed(late, noise("c", 9, 9)); !errors.Is(err, context.DeadlineExceeded) {
			t.Errorf("cancelled while waiting: %v", err)
		}
	}})
	if err != nil {
		t.Error(err)
	}
}

func TestClose(t *testing.T) {
	e := tinyEncoder(t, WithWorkers(2))
	running, goOn, done := make(chan bool), make(chan bool), make(chan error)
	var once sync.Once
	go func() {
		_, err := e.Embed(t.Context(), stopAt{noise("c", 9, 9), func() { once.Do(func() { running <- true; <-goOn }) }})
		done <- err
	}()
	<-running
	closed := make(chan error)
	go func() { closed <- e.Close() }()
	<-e.closed
	if _, err := e.Embed(t.Context(), noise("c", 9, 9)); !errors.Is(err, ErrClosed) {
		t.Errorf("after Close: %v", err)
	}
	close(goOn)
	if err := <-done; err != nil {
		t.Errorf("what ran when Close was called: %v", err)
	}
	if err := <-closed; err != nil {
		t.Error(err)
	}
	if err := e.Close(); err != nil {
		t.Errorf("closed twice: %v", err)
	}
}

func TestOptions(t *testing.T) {
	for want, opt := range map[string]Option{"0 workers": WithWorkers(0), "4097 workers": WithWorkers(4097), `"other"`: WithPreprocess("other")} {
		if _, err := Starter(opt); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("Starter: %v does not say %s", err, want)
		}
		if _, err := Seeded(tinyConfig(), 1, opt); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("Seeded: %v does not say %s", err, want)
		}
	}
	eval := tinyEncoder(t, WithPreprocess("eval"))
	hf := tinyEncoder(t, WithPreprocess("hf"))
	if diff := cmp.Diff(EvalPreprocess(), eval.Preprocess()); diff != "" {
		t.Error(diff)
	}
	if diff := cmp.Diff(HFPreprocess(), hf.Preprocess()); diff != "" {
		t.Error(diff)
	}
	if eval.Model().Fingerprint == hf.Model().Fingerprint {
		t.Error("preprocessing is not part of the fingerprint")
	}
}

func TestStarter(t *testing.T) {
	e, err := Starter()
	if err != nil {
		t.Fatal(err)
	}
	defer e.Close()
	m := e.Model()
	if m.Name != "starter" || !m.Starter || m.Dim != 192 || e.Config().ImageSize != 144 || e.Preprocess().Size.Height != 144 {
		t.Errorf("%+v, %+v", m, e.Config())
	}
	card, err := os.ReadFile("starter/README.md")
	if err != nil || !strings.Contains(string(card), "trained from scratch") || !strings.Contains(string(card), "procedurally generated") {
		t.Errorf("the card does not record the provenance (%v)", err)
	}
}

func TestOpenFiles(t *testing.T) {
	weights := safetensorsFile(t, seededTensors(t, tinyConfig(), 1))
	for name, c := range map[string]struct {
		files map[string]any
		kind  error
		want  string
	}{
		"no config":        {map[string]any{weightsFile: weights}, ErrConfig, "config.json"},
		"no weights":       {map[string]any{"config.json": tinyConfig()}, ErrWeights, weightsFile},
		"empty weights":    {map[string]any{"config.json": tinyConfig(), weightsFile: ""}, ErrWeights, "empty"},
		"cut weights":      {map[string]any{"config.json": tinyConfig(), weightsFile: weights[:len(weights)-1]}, ErrWeights, "truncated"},
		"other weights":    {map[string]any{"config.json": tinyConfig(), weightsFile: "PK\x03\x04 a zip file"}, ErrWeights, "not safetensors"},
		"other shape":      {map[string]any{"config.json": ViTB16(), weightsFile: weights}, ErrWeights, "config.json asks for"},
		"unknown act":      {map[string]any{"config.json": `{"hidden_act": "swish"}`, weightsFile: weights}, ErrConfig, "swish"},
		"bad preprocessor": {map[string]any{"config.json": tinyConfig(), weightsFile: weights, preprocessFile: "[]"}, ErrConfig, preprocessFile},
	} {
		t.Run(name, func(t *testing.T) {
			dir := modelDir(t, c.files)
			_, err := Open(dir)
			checkError(t, err, c.kind, c.want, dir)
		})
	}
	if _, err := Open(filepath.Join(t.TempDir(), "nowhere")); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("no folder: %v", err)
	}
}

// TestSteadyState: once a worker has seen the size, an image takes memory for
// its result alone: the list and the embedding in it.
func TestSteadyState(t *testing.T) {
	img := noise("steady", 500, 333)
	for _, p := range Precisions() {
		e := tinyEncoder(t, WithWorkers(1), WithPrecision(p))
		allocs := testing.AllocsPerRun(10, func() {
			if _, err := e.Embed(t.Context(), img); err != nil {
				t.Error(err)
			}
		})
		t.Logf("%s: %g allocations per image", p, allocs)
		if allocs > 2 {
			t.Errorf("%s: more than 2", p)
		}
	}
}

// TestDiscriminates: the starter puts a changed picture nearer than another one.
func TestDiscriminates(t *testing.T) {
	e, err := Starter()
	if err != nil {
		t.Fatal(err)
	}
	defer e.Close()
	v, err := e.Embed(t.Context(), discs(1, 300, 200), discs(1, 140, 100), discs(2, 300, 200))
	if err != nil {
		t.Fatal(err)
	}
	if same, other := cosine(v[0], v[1]), cosine(v[0], v[2]); !(same > 0.9) || !(same > other+0.2) {
		t.Errorf("a smaller copy scores %.3f, another picture %.3f", same, other)
	}
}

func cosine(a, b []float32) (sum float64) {
	for i := range a {
		sum += float64(a[i]) * float64(b[i])
	}
	return sum
}

// discs is a picture of overlapping discs, the same at every size.
func discs(seed uint64, width, height int) image.Image {
	img := image.NewRGBA(image.Rect(0, 0, width, height))
	for i := range uint64(12) {
		bits := splitmix64(seed<<32 + i)
		cx, cy, r := float64(bits&255)/255, float64(bits>>8&255)/255, 0.1+float64(bits>>16&255)/1000
		fill := color.RGBA{byte(bits >> 24), byte(bits >> 32), byte(bits >> 40), 255}
		for y := range height {
			for x := range width {
				if math.Hypot(float64(x)/float64(width)-cx, float64(y)/float64(height)-cy) < r {
					img.Set(x, y, fill)
				}
			}
		}
	}
	return img
}
