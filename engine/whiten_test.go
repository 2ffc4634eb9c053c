package engine

import (
	"context"
	"errors"
	"image"
	"os"
	"path/filepath"
	"strings"
	"sync/atomic"
	"testing"

	"lookalike/internal/imageio"
	"lookalike/internal/pictures"
	"lookalike/internal/testutil"
	"lookalike/internal/whiten"
)

// whitenable is how many pictures are enough to whiten tiny's vectors, and a few more.
const whitenable = 2*48 + 4

// inOrder gives pictures numbers in the order in which they are added together.
func inOrder(c *Config) { c.Workers = 1 }

// byTiny opens a folder with tiny.
func byTiny(c *Config) { c.Encoder, c.Spec = tiny(), Spec{Name: "tiny"} }

// byLargeTiny opens a folder with tiny at another input size, which is another model and costs as little.
func byLargeTiny(t *testing.T) func(c *Config) {
	spec := Spec{Name: "tiny", Size: "96x64"}
	enc, err := openByName(spec)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = enc.Close() })
	return func(c *Config) { c.Encoder, c.Spec = enc, spec }
}

// addInOrder adds made pictures from 1 on to an engine that was opened inOrder.
func addInOrder(t testing.TB, e *Engine, n int) {
	t.Helper()
	var sources []Source
	for seed := range uint64(n) {
		sources = append(sources, upload(seed+1))
	}
	for i, r := range e.AddBatch(t.Context(), sources) {
		if r.Err != nil || r.ID != uint64(i+1) {
			t.Fatal(r.ID, r.Err)
		}
	}
}

// counted opens models that count what they embed.
type counted struct {
	OpenEncoder
	n *atomic.Int64
}

func (c counted) Embed(ctx context.Context, images ...image.Image) ([][]float32, error) {
	c.n.Add(int64(len(images)))
	return c.OpenEncoder.Embed(ctx, images...)
}

func countEmbedded(n *atomic.Int64) func(c *Config) {
	return func(c *Config) {
		c.OpenModel = func(spec Spec) (OpenEncoder, error) {
			enc, err := openByName(spec)
			return counted{enc, n}, err
		}
	}
}

// wantWhitened compares an image's vector with what the folder's whitening makes of tiny's vector of the picture.
func wantWhitened(t *testing.T, e *Engine, id, seed uint64) {
	t.Helper()
	data, err := e.records.Whitening(e.Model().Fingerprint)
	if err != nil {
		t.Fatal(err)
	}
	by, err := whiten.Decode(data)
	if err != nil {
		t.Fatal(err)
	}
	img, _, err := imageio.Decode("made", madePNG(seed), imageio.Limits{})
	if err != nil {
		t.Fatal(err)
	}
	plain, err := tiny().Embed(t.Context(), img)
	if err != nil {
		t.Fatal(err)
	}
	want, err := by.Apply(plain[0])
	if err != nil {
		t.Fatal(err)
	}
	got, err := e.records.Vector(id)
	if err != nil || !(cosine(got, want) > 0.9999) || !(cosine(got, plain[0]) < 0.99) {
		t.Errorf("image %d: cosine %v with what it should be, %v with what was not whitened, %v", id, cosine(got, want), cosine(got, plain[0]), err)
	}
	found, err := e.SearchImage(t.Context(), "q", madePNG(seed), Query{K: 1})
	if err != nil || len(found) != 1 || found[0].Image.ID != id || !(found[0].Score > 0.9999) {
		t.Errorf("image %d: a search for its picture gave %+v, %v", id, found, err)
	}
}

// TestWhiten: from another model (tiny at another size) to tiny, and from there to whitened vectors, for which no picture is embedded; what comes later is
// whitened too, also after the folder was closed, restored, and opened without a word about its model.
func TestWhiten(t *testing.T) {
	testutil.NotUnderRace(t)
	dir := t.TempDir()
	var embedded atomic.Int64
	e := openAt(t, dir, inOrder, byLargeTiny(t), countEmbedded(&embedded))
	addInOrder(t, e, 20)
	if e.Spec().Size != "96x64" {
		t.Errorf("opened as %s", e.Spec())
	}
	if err := e.Reembed(t.Context(), Target{Spec: Spec{Name: "tiny", Whiten: true}}); !errors.Is(err, ErrWhiten) || !strings.Contains(err.Error(), "96 are needed") {
		t.Errorf("20 pictures: %v", err)
	}
	addInOrder(t, e, whitenable)
	if err := e.Reembed(t.Context(), Target{Spec: Spec{Name: "tiny", Whiten: true}}); err != nil {
		t.Fatal(err)
	}
	if r := waitFor(t, e, "the end", isIdle); r.Err != nil || embedded.Load() != whitenable || e.Spec() != (Spec{Name: "tiny", Whiten: true}) {
		t.Errorf("%+v; embedded were %d pictures of %d; opened as %s", r, embedded.Load(), whitenable, e.Spec())
	}
	wantWhitened(t, e, 7, 7)
	wantWhitened(t, e, add(t, e, upload(500)).ID, 500)
	if _, err := e.SearchImage(t.Context(), "q", madePNG(3), Query{K: 1, Region: Region{0, 0, 0.5, 0.5, true}}); err != nil {
		t.Error(err)
	}
	sound(t, e)
	first := e.Model().Fingerprint
	mustReembedTo(t, e, Spec{Name: "tiny", Whiten: true}) // as it is
	if got := e.Model().Fingerprint; got != first {
		t.Errorf("whitened once more: %s", got)
	}
	var backup strings.Builder
	if err := e.Backup(t.Context(), &backup); err != nil {
		t.Fatal(err)
	}
	e.Close()
	restored := filepath.Join(t.TempDir(), "restored")
	if err := Restore(restored, strings.NewReader(backup.String())); err != nil {
		t.Fatal(err)
	}
	for _, dir := range []string{dir, restored} {
		again := openAt(t, dir, withModels, func(c *Config) { c.Encoder, c.Default = nil, Spec{Name: "starter"} })
		wantWhitened(t, again, 9, 9)
		sound(t, again)
		again.Close()
	}
	if _, err := Open(t.Context(), Config{Dir: dir, Encoder: starter(), OpenModel: openByName, Fixed: true}); !errors.Is(err, ErrModel) {
		t.Errorf("the starter, which was asked for: %v", err)
	}
	e = openAt(t, dir, withModels, byTiny)
	mustReembedTo(t, e, Spec{Name: "tiny"})
	wantVector(t, e, 9, tiny(), madePNG(9))
	if _, err := e.records.Whitening(first); !errors.Is(err, ErrNotFound) {
		t.Errorf("the whitening is still there: %v", err)
	}
}

// mustReembedTo changes the model and waits for the end.
func mustReembedTo(t *testing.T, e *Engine, spec Spec) {
	t.Helper()
	if err := e.Reembed(t.Context(), Target{Spec: spec}); err != nil {
		t.Fatal(err)
	}
	if r := waitFor(t, e, "the end", isIdle); r.Err != nil {
		t.Fatal(r.Err)
	}
}

// TestWhitenRemarks: what was made from a thumbnail is still marked, and what has no vector has none.
func TestWhitenRemarks(t *testing.T) {
	testutil.NotUnderRace(t)
	dir := t.TempDir()
	e := openAt(t, filepath.Join(dir, "data"), inOrder, withModels, byLargeTiny(t))
	addInOrder(t, e, whitenable)
	thumbnail := add(t, e, Source{Path: write(t, dir, "gone.png", madePNG(201))}).ID
	without := add(t, e, Source{Path: write(t, dir, "wide.png", asPNG(pictures.Make(202, 1600, 90)))}).ID
	for _, name := range []string{"gone.png", "wide.png"} {
		if err := os.Remove(filepath.Join(dir, name)); err != nil {
			t.Fatal(err)
		}
	}
	mustReembedTo(t, e, Spec{Name: "tiny"})
	mustReembedTo(t, e, Spec{Name: "tiny", Whiten: true})
	m, err := e.Get(thumbnail)
	n, err2 := e.Get(without)
	if !m.FromThumbnail || n.NotEmbedded == "" || errors.Join(err, err2) != nil {
		t.Errorf("%+v, %+v, %v, %v", m.Remark, n.Remark, err, err2)
	}
	sound(t, e)
}

// TestWhitenGoesOn: closed while it learns, a folder whitens when it is opened by who goes on; cancelled, it does not.
func TestWhitenGoesOn(t *testing.T) {
	dir := t.TempDir()
	e := openAt(t, dir, inOrder, withModels, byTiny)
	addInOrder(t, e, whitenable)
	pending := func() {
		t.Helper()
		if err := e.records.SetModel(Spec{Name: "tiny", Whiten: true}, e.Model().Fingerprint, 48); err != nil { // what keep does first
			t.Fatal(err)
		}
		e.Close()
	}
	pending()
	e = openAt(t, dir, withModels)
	if r, err := e.Reembedding(0); err != nil || r.State != Idle {
		t.Errorf("who does not go on: %+v, %v", r, err)
	}
	wantVector(t, e, 3, tiny(), madePNG(3))
	if err := e.CancelReembedding(); err != nil {
		t.Fatal(err)
	}
	waitFor(t, e, "the end", isIdle)
	if spec, err := e.records.Spec(e.Model().Fingerprint); spec.Whiten || err != nil {
		t.Errorf("cancelled: %+v, %v", spec, err)
	}
	pending()
	e = openAt(t, dir, withModels, func(c *Config) { c.Resume = true })
	waitFor(t, e, "the end", func(r Reembedding) bool { return isIdle(r) && e.Spec().Whiten && e.now().whitener != nil })
	wantWhitened(t, e, 3, 3)
	sound(t, e)
}

// TestWhitenUntold: an encoder that was given is whitened as the folder's vectors are.
func TestWhitenUntold(t *testing.T) {
	testutil.NotUnderRace(t)
	dir := t.TempDir()
	e := openAt(t, dir, inOrder, withModels, byTiny)
	addInOrder(t, e, whitenable)
	mustReembedTo(t, e, Spec{Name: "tiny", Whiten: true})
	e.Close()
	e = openAt(t, dir, func(c *Config) { c.Encoder = tiny() })
	wantWhitened(t, e, 4, 4)
}
