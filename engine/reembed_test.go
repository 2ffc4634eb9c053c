package engine

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"image"
	"log/slog"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"lookalike/encoder"
	"lookalike/internal/imageio"
	"lookalike/internal/pictures"
)

// tinyDir is a model on disk: 48 dimensions, input 64x64 of what the preprocessing makes.
var tinyDir = filepath.Join("..", "encoder", "testdata", "tiny")

// tiny is opened once for all tests, to say what vectors should be.
var tiny = sync.OnceValue(func() *encoder.Encoder {
	enc, err := encoder.Open(tinyDir)
	if err != nil {
		panic(err)
	}
	return enc
})

// openByName opens the models of these tests.
func openByName(spec Spec) (OpenEncoder, error) {
	opts := []encoder.Option{encoder.WithDescriptor(encoder.Descriptor(cmp.Or(spec.Descriptor, "cls")))}
	if spec.Size != "" {
		var w, h int
		if _, err := fmt.Sscanf(spec.Size, "%dx%d", &w, &h); err != nil {
			return nil, err
		}
		opts = append(opts, encoder.WithSize(w, h))
	}
	switch spec.Name {
	case "tiny":
		return encoder.Open(tinyDir, opts...)
	case "starter":
		return encoder.Starter(opts...)
	}
	return nil, fmt.Errorf("no model is called %s", spec.Name)
}

// withModels lets an engine open models by name.
func withModels(c *Config) { c.OpenModel = openByName }

// heldEncoder is a model that embeds only as many pictures as it is allowed to.
type heldEncoder struct {
	OpenEncoder
	allowed chan struct{}
	waiting atomic.Int64
}

func (h *heldEncoder) Embed(ctx context.Context, images ...image.Image) ([][]float32, error) {
	h.waiting.Add(1)
	defer h.waiting.Add(-1)
	select {
	case <-h.allowed:
		return h.OpenEncoder.Embed(ctx, images...)
	case <-ctx.Done():
		return nil, ctx.Err()
	}
}

// held opens tiny so that it waits for let.
func held(c *Config) *heldEncoder {
	h := &heldEncoder{allowed: make(chan struct{}, 1000)}
	c.OpenModel = func(spec Spec) (enc OpenEncoder, err error) {
		if enc, err = openByName(spec); err == nil && spec.Name == "tiny" {
			h.OpenEncoder, enc = enc, h
		}
		return enc, err
	}
	return h
}

// let allows n more pictures.
func (h *heldEncoder) let(n int) {
	for range n {
		h.allowed <- struct{}{}
	}
}

// waitFor waits until a re-embedding fits, and gives it.
func waitFor(t testing.TB, e *Engine, what string, fits func(Reembedding) bool) (r Reembedding) {
	t.Helper()
	for range 3000 {
		var err error
		if r, err = e.Reembedding(100); err != nil {
			t.Fatal(err)
		}
		if fits(r) {
			return r
		}
		time.Sleep(10 * time.Millisecond)
	}
	t.Fatalf("waiting for %s: it is at %+v", what, r)
	return r
}

func isIdle(r Reembedding) bool { return r.State == Idle }

// mustReembed starts a re-embedding.
func mustReembed(t testing.TB, e *Engine, name string) {
	t.Helper()
	if err := e.Reembed(t.Context(), Target{Spec: Spec{Name: name}}); err != nil {
		t.Fatal(err)
	}
}

// wantVector compares an image's vector with what a model makes of a picture, and has a search find it.
func wantVector(t testing.TB, e *Engine, id uint64, by *encoder.Encoder, file []byte) {
	t.Helper()
	img, _, err := imageio.Decode("made", file, imageio.Limits{})
	if err != nil {
		t.Fatal(err)
	}
	want, err := by.Embed(context.Background(), img)
	if err != nil {
		t.Fatal(err)
	}
	got, err := e.records.Vector(id)
	if err != nil || len(got) != len(want[0]) || cosine(got, want[0]) < 0.99999 {
		t.Errorf("image %d: vector of %d numbers, cosine %v with its picture's, %v", id, len(got), cosine(got, want[0]), err)
	}
	matches, err := e.SearchImage(context.Background(), "made", file, Query{K: 1})
	if err != nil || len(matches) != 1 || matches[0].Score < 0.9999 {
		t.Errorf("image %d: a search for its picture gave %+v, %v", id, matches, err)
	}
}

// TestReembed: adds, deletes and searches go on under the old model, and in the end all is under the new one.
func TestReembed(t *testing.T) {
	dir := t.TempDir()
	var target *heldEncoder
	var swapped []string
	e := openAt(t, dir, func(c *Config) {
		target = held(c)
		c.Swapped = func(name string) { swapped = append(swapped, name) }
	})
	for seed := range uint64(6) {
		add(t, e, upload(seed+1))
	}
	mustReembed(t, e, "tiny")
	mustReembed(t, e, "tiny") // under way already
	if err := e.Reembed(t.Context(), Target{Spec: Spec{Name: "starter"}}); !errors.Is(err, ErrJob) {
		t.Errorf("another one meanwhile: %v", err)
	}
	if err := e.Reembed(t.Context(), Target{Spec: Spec{Name: "nobody"}, Restart: true}); !errors.Is(err, ErrNoModel) {
		t.Errorf("a model that is not there: %v", err)
	}
	r := waitFor(t, e, "the first picture", func(Reembedding) bool { return target.waiting.Load() > 0 })
	if r.State != Embedding || r.Spec.Name != "tiny" || r.Dim != 48 || r.Total != 6 || r.Done != 0 {
		t.Errorf("at first: %+v", r)
	}
	for seed := range uint64(6) {
		wantVector(t, e, seed+1, starter(), madePNG(seed+1))
	}
	if _, err := e.Delete(t.Context(), 2); err != nil {
		t.Fatal(err)
	}
	target.let(1000)
	added := add(t, e, upload(20))
	waitFor(t, e, "the end", isIdle)
	for seed, id := range map[uint64]uint64{1: 1, 3: 3, 6: 6, 20: added.ID} {
		wantVector(t, e, id, tiny(), madePNG(seed))
	}
	if _, err := e.Get(2); !errors.Is(err, ErrNotFound) {
		t.Errorf("the deleted image: %v", err)
	}
	late := add(t, e, upload(21))
	wantVector(t, e, late.ID, tiny(), madePNG(21))
	if m, err := e.Get(1); m.Model != tiny().Model().Fingerprint || e.Model().Dim != 48 || err != nil || len(swapped) != 1 || swapped[0] != "tiny" {
		t.Errorf("%+v, %v; swapped to %q", m, err, swapped)
	}
	sound(t, e)
	if d, err := e.Duplicates(t.Context(), DuplicateQuery{Threshold: 1}); err != nil || len(d.Groups) != 0 {
		t.Errorf("duplicates: %+v, %v", d, err)
	}
	stats, err := e.Stats()
	if err != nil || stats.Model.Dim != 48 || stats.Images != 7 || stats.Nodes != 7 {
		t.Errorf("%+v, %v", stats, err)
	}
	if err := e.Close(); err != nil {
		t.Fatal(err)
	}
	// The saved graph is the new one: nothing is rebuilt, and the old model is refused.
	if _, err := Open(t.Context(), Config{Dir: dir, Encoder: starter(), Log: slog.New(slog.DiscardHandler)}); !errors.Is(err, ErrModel) {
		t.Errorf("opened with the old model: %v", err)
	}
	var log strings.Builder
	again := openAt(t, dir, func(c *Config) { c.Encoder, c.Log = tiny(), slog.New(slog.NewTextHandler(&log, nil)) })
	wantVector(t, again, 3, tiny(), madePNG(3))
	sound(t, again)
	if log.Len() > 0 {
		t.Errorf("nothing to say, but: %s", log.String())
	}
}

// TestReembedSources: from which of its files an image gets its new vector, and what happens when there is none.
func TestReembedSources(t *testing.T) {
	dir := t.TempDir()
	path := func(name string) string { return filepath.Join(dir, name) }
	e := openAt(t, path("data"), withModels)
	// A picture that is wide and low has a thumbnail that is too small for any model; see embedThumbnail.
	wide := func(seed uint64) []byte { return asPNG(pictures.Make(seed, 1600, 90)) }
	ids := map[string]uint64{}
	for name, data := range map[string][]byte{
		"there.png": madePNG(1), "gone.png": madePNG(2), "changed.png": madePNG(3), "copied.png": madePNG(4),
		"wide-gone.png": wide(5), "wide-changed.png": wide(6), "wide-unreadable.png": wide(7), "wide-there.png": wide(8),
	} {
		ids[name] = add(t, e, Source{Path: write(t, dir, name, data)}).ID
	}
	ids["upload"] = add(t, e, Source{Upload: true, Name: "upload.png", Data: wide(9)}).ID
	add(t, e, Source{Path: write(t, dir, "copy.png", madePNG(4))})
	for _, name := range []string{"gone.png", "wide-gone.png", "copied.png", "wide-unreadable.png"} {
		if err := os.Remove(path(name)); err != nil {
			t.Fatal(err)
		}
	}
	write(t, dir, "changed.png", madePNG(33))
	write(t, dir, "wide-changed.png", append(wide(6)[:len(wide(6))-1], 'x')) // of the same size
	if err := os.Mkdir(path("wide-unreadable.png"), 0o700); err != nil {     // root reads everything but a folder
		t.Fatal(err)
	}
	mustReembed(t, e, "tiny")
	r := waitFor(t, e, "the end", isIdle)
	if r.NotEmbedded != 3 || r.FromThumbnail != 2 || len(r.Failures) != 3 {
		t.Errorf("%+v", r)
	}
	for name, want := range map[string]struct {
		thumbnail bool
		says      string
	}{
		"there.png": {}, "copied.png": {}, "wide-there.png": {}, "upload": {}, "gone.png": {thumbnail: true}, "changed.png": {thumbnail: true},
		"wide-gone.png":       {says: "no such file or directory; the thumbnail, 320x18, is smaller than what the model looks at"},
		"wide-changed.png":    {says: "changed since it was added"},
		"wide-unreadable.png": {says: "changed since it was added"},
	} {
		m, err := e.Get(ids[name])
		if err != nil || m.FromThumbnail != want.thumbnail || !strings.Contains(m.NotEmbedded, want.says) || (m.NotEmbedded == "") != (want.says == "") {
			t.Errorf("%s: %+v, %v", name, m.Remark, err)
		}
	}
	wantVector(t, e, ids["copied.png"], tiny(), madePNG(4))
	if _, err := e.SearchID(t.Context(), ids["wide-gone.png"], Query{}); !errors.Is(err, ErrGone) || !strings.Contains(err.Error(), "was not re-embedded") {
		t.Errorf("similar to an image without a vector: %v", err)
	}
	sound(t, e)

	// What comes back is embedded: when it is added again, and when the same model is asked for again.
	write(t, dir, "wide-gone.png", wide(5))
	if got := add(t, e, Source{Path: path("wide-gone.png")}); got.ID != ids["wide-gone.png"] || !got.Already {
		t.Errorf("added again: %+v", got)
	}
	wantVector(t, e, ids["wide-gone.png"], tiny(), wide(5))
	if got := add(t, e, Source{Upload: true, Name: "again.png", Data: wide(6)}); got.ID != ids["wide-changed.png"] {
		t.Errorf("added again: %+v", got)
	}
	wantVector(t, e, ids["wide-changed.png"], tiny(), wide(6))
	if err := os.Remove(path("wide-unreadable.png")); err != nil {
		t.Fatal(err)
	}
	write(t, dir, "wide-unreadable.png", wide(7))
	// So is what was embedded from its thumbnail: gone.png is added again, changed.png is only back where it was.
	write(t, dir, "gone.png", madePNG(2))
	if got := add(t, e, Source{Path: path("gone.png")}); got.ID != ids["gone.png"] {
		t.Errorf("added again: %+v", got)
	}
	write(t, dir, "changed.png", madePNG(3))
	if m, err := e.Get(ids["gone.png"]); m.FromThumbnail || err != nil {
		t.Errorf("%+v, %v", m.Remark, err)
	}
	mustReembed(t, e, "tiny")
	if r := waitFor(t, e, "the end", func(r Reembedding) bool { return isIdle(r) && r.NotEmbedded == 0 }); len(r.Failures) != 0 || r.FromThumbnail != 0 {
		t.Errorf("%+v", r)
	}
	wantVector(t, e, ids["gone.png"], tiny(), madePNG(2))
	wantVector(t, e, ids["changed.png"], tiny(), madePNG(3))
	wantVector(t, e, ids["wide-unreadable.png"], tiny(), wide(7))
	sound(t, e)
}

// TestReembedResumes: closed in the midst of it, a folder opens under the old model, and who asks goes on.
func TestReembedResumes(t *testing.T) {
	dir := t.TempDir()
	var target *heldEncoder
	e := openAt(t, dir, func(c *Config) { target = held(c) })
	for seed := range uint64(40) {
		add(t, e, upload(seed+1))
	}
	mustReembed(t, e, "tiny")
	target.let(stageGroup)
	waitFor(t, e, "the first group", func(r Reembedding) bool { return r.Done >= stageGroup })
	if err := e.Close(); err != nil {
		t.Fatal(err)
	}
	// Who does not ask for it leaves it alone, and pictures that come meanwhile are dealt with later.
	e = openAt(t, dir)
	add(t, e, upload(100))
	if r, err := e.Reembedding(0); r.State != Stopped || r.Done < stageGroup || r.Total != 41 || err != nil {
		t.Errorf("%+v, %v", r, err)
	}
	e.Close()
	// Nor does it go on with another model under the name.
	e = openAt(t, dir, func(c *Config) {
		c.Resume, c.OpenModel = true, func(Spec) (OpenEncoder, error) { return encoder.Open(tinyDir, encoder.WithPreprocess("eval")) }
	})
	waitFor(t, e, "the refusal", func(r Reembedding) bool {
		return r.State == Stopped && errors.Is(r.Err, ErrNoModel) && strings.Contains(r.Err.Error(), "not the model that the re-embedding began with")
	})
	e.Close()
	e = openAt(t, dir, withModels, func(c *Config) { c.Resume = true })
	waitFor(t, e, "the end", func(r Reembedding) bool { return isIdle(r) && e.Model().Dim == 48 })
	wantVector(t, e, 41, tiny(), madePNG(100))
	wantVector(t, e, 7, tiny(), madePNG(7))
	sound(t, e)
}

// TestReembedUnwritten: the choice of the model was not written down before the process died. The folder opens all the same,
// unless that model was asked for.
func TestReembedUnwritten(t *testing.T) {
	dir := filled(t)
	e := openAt(t, dir, withModels)
	mustReembed(t, e, "tiny")
	waitFor(t, e, "the end", isIdle)
	e.Close()
	written := ""
	e = openAt(t, dir, withModels, func(c *Config) { c.Swapped = func(name string) { written = name } })
	if e.Model().Dim != 48 || written != "tiny" {
		t.Errorf("the model has %d dimensions, written down was %q", e.Model().Dim, written)
	}
	finds(t, e)
	e.Close()
	if _, err := Open(t.Context(), Config{Dir: dir, Encoder: starter(), OpenModel: openByName, Fixed: true}); !errors.Is(err, ErrModel) {
		t.Errorf("asked for the starter: %v", err)
	}
}

// TestCancelReembedding: nothing is left of it, and another can begin.
func TestCancelReembedding(t *testing.T) {
	var target *heldEncoder
	e := openAt(t, filled(t), func(c *Config) { target = held(c) })
	mustReembed(t, e, "tiny")
	waitFor(t, e, "the first picture", func(Reembedding) bool { return target.waiting.Load() > 0 })
	if err := e.CancelReembedding(); err != nil {
		t.Fatal(err)
	}
	waitFor(t, e, "the end", isIdle)
	if more, err := e.staging.DropOld(1); more || err != nil {
		t.Errorf("left behind: %v, %v", more, err)
	}
	finds(t, e)
	mustReembed(t, e, "starter") // the folder's own
	waitFor(t, e, "the end", isIdle)
	finds(t, e)
}

// TestReembedEmpty: a library without pictures takes another model at once.
func TestReembedEmpty(t *testing.T) {
	e := openAt(t, t.TempDir(), withModels)
	mustReembed(t, e, "tiny")
	waitFor(t, e, "the end", isIdle)
	id := add(t, e, upload(1)).ID
	wantVector(t, e, id, tiny(), madePNG(1))
	mustReembed(t, e, "starter")
	waitFor(t, e, "the end", isIdle)
	wantVector(t, e, id, starter(), madePNG(1))
	sound(t, e)
}

// TestReembedUnderway: many adds, deletes and searches while the model changes back and forth. No search fails, and what was
// acknowledged is there.
func TestReembedUnderway(t *testing.T) {
	e := openAt(t, t.TempDir(), withModels)
	var keep []uint64
	for seed := range uint64(5) {
		keep = append(keep, add(t, e, upload(seed+1)).ID)
	}
	var group sync.WaitGroup
	stop := make(chan struct{})
	repeat := func(do func(n uint64) error) {
		group.Go(func() {
			for n := uint64(0); ; n++ {
				select {
				case <-stop:
					return
				default:
				}
				if err := do(n); err != nil {
					t.Error(err)
					return
				}
			}
		})
	}
	repeat(func(n uint64) error {
		r, err := e.Add(t.Context(), upload(100+n%50))
		if err == nil && n%3 == 0 {
			_, err = e.Delete(t.Context(), r.ID)
		}
		return err
	})
	repeat(func(n uint64) error {
		found, err := e.SearchImage(t.Context(), "q", madePNG(n%5+1), Query{K: 1})
		if err == nil && (len(found) != 1 || found[0].Image.ID != keep[n%5]) {
			err = fmt.Errorf("search for image %d found %v", keep[n%5], idsOf(found))
		}
		return err
	})
	repeat(func(n uint64) error {
		_, err := e.SearchID(t.Context(), keep[n%5], Query{K: 3})
		return err
	})
	for _, name := range []string{"tiny", "starter", "tiny"} {
		mustReembed(t, e, name)
		waitFor(t, e, "the end", isIdle)
		sound(t, e)
	}
	close(stop)
	group.Wait()
	wantVector(t, e, keep[2], tiny(), madePNG(3))
	sound(t, e)
}
