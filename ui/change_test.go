package ui_test

import (
	"context"
	"errors"
	"image"
	"os"
	"path/filepath"
	"testing"

	"lookalike/encoder"
	"lookalike/engine"
	"lookalike/internal/pictures"
)

// heldModel embeds as many pictures as it is allowed to.
type heldModel struct {
	engine.OpenEncoder
	allowed chan struct{}
}

func (m heldModel) Embed(ctx context.Context, images ...image.Image) ([][]float32, error) {
	select {
	case <-m.allowed:
		return m.OpenEncoder.Embed(ctx, images...)
	case <-ctx.Done():
		return nil, ctx.Err()
	}
}

// written puts pictures into a folder, and gives their paths.
func written(t *testing.T, dir string, pics []picture) (paths []string) {
	t.Helper()
	for _, p := range pics {
		path := filepath.Join(dir, p.name)
		if err := os.WriteFile(path, p.data, 0o600); err != nil {
			t.Fatal(err)
		}
		paths = append(paths, path)
	}
	return paths
}

// TestChangeOfModel: a line tells how far it is and that searches go on, and goes when it is done. The page then has the
// new model, and a picture that was left behind says why.
func TestChangeOfModel(t *testing.T) {
	t.Parallel()
	browser(t)
	dir := t.TempDir()
	s := &site{}
	held := heldModel{allowed: make(chan struct{}, 100)}
	s.openModel = func(engine.Spec) (enc engine.OpenEncoder, err error) {
		held.OpenEncoder, err = encoder.Open(filepath.Join("..", "encoder", "testdata", "tiny"))
		return held, err
	}
	s.paths = written(t, dir, append(originals(3), picture{"wide.jpg", asJPEG(pictures.Make(9, 1600, 60))}))
	stop, err := s.serve(filepath.Join(dir, "data"))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(stop)
	if err := os.Remove(s.paths[3]); err != nil {
		t.Fatal(err)
	}
	if err := s.engine.Reembed(t.Context(), engine.Target{Spec: engine.Spec{Name: "tiny", Preprocess: "eval"}}); err != nil {
		t.Fatal(err)
	}
	b := openTab(t, s, "")
	b.see("#change", "Changing to tiny --preprocess eval: 0 of 4 pictures")
	b.see("#change", "Searches go on with starter.")
	b.wait("the bar", "document.querySelector('#change progress').max === 4")
	for _, scheme := range []string{"light", "dark"} {
		b.scheme(scheme)
		b.wait("the end of the fade", "document.getAnimations().every((a) => a.playState !== 'running')")
		for _, low := range eval[[]string](b, contrastOf) {
			t.Errorf("%s: contrast %s", scheme, low)
		}
	}
	b.visit("#/image/" + s.id(t, 0))
	b.see("h1", "original 1.jpg")
	for range 10 {
		held.allowed <- struct{}{}
	}
	b.gone("#change")
	b.visit("#/image/" + s.id(t, 3))
	b.allow("status of 410")
	b.see(".facts", "Not found by searches")
	b.see(".facts", "no such file or directory")
}

// whitenable is how many pictures tiny's vectors can be whitened by: twice as many as a vector has numbers.
const whitenable = 2 * 48

// whitenSite serves a library of tiny's. The model that its vectors are to be whitened for opens when the test says how that ends,
// until when the whitening counts as being learned.
func whitenSite(t *testing.T) (s *site, opens chan<- error) {
	t.Helper()
	browser(t)
	tiny := func() (engine.OpenEncoder, error) {
		return encoder.Open(filepath.Join("..", "encoder", "testdata", "tiny"))
	}
	ends := make(chan error)
	s = &site{openModel: func(spec engine.Spec) (engine.OpenEncoder, error) {
		if s.engine.Spec().Whiten { // which it is from when the whitening was asked for
			if err := <-ends; err != nil {
				return nil, err
			}
		}
		return tiny()
	}}
	var err error
	if s.model, err = tiny(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { s.model.Close() })
	dir := t.TempDir()
	s.paths = written(t, dir, originals(whitenable))
	stop, err := s.serve(filepath.Join(dir, "data"))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(stop)
	t.Cleanup(func() { close(ends) }) // before stop, which waits for the work to end
	return s, ends
}

// TestWhiteningIsShown: that it is being learned, and why it was not.
func TestWhiteningIsShown(t *testing.T) {
	t.Parallel()
	s, opens := whitenSite(t)
	target := engine.Target{Spec: engine.Spec{Name: "tiny", Whiten: true}}
	if err := s.engine.Reembed(t.Context(), target); err != nil {
		t.Fatal(err)
	}
	b := openTab(t, s, "")
	b.see("#change", "Learning what 96 pictures have in common, to whiten their vectors. Searches go on with tiny.")
	b.wait("a bar without a value", "document.querySelector('#change progress').position === -1")
	b.shootFor("learning")
	opens <- errors.New("the disk is full")
	b.see("#change", "The last change of the model did not end well: ")
	b.see("#change", "the disk is full")
	b.gone("#change progress")
	b.shootFor("not-learned")
	b.size(360, 740)
	b.fits("why it was not learned")
	if err := s.engine.Reembed(t.Context(), target); err != nil {
		t.Fatal(err)
	}
	b.run("document.dispatchEvent(new Event('visibilitychange'))") // the page looks at once
	b.see("#change", "Learning")
	opens <- nil
	b.gone("#change")
	if spec := s.engine.Spec(); !spec.Whiten || s.engine.Model().Dim != 48 {
		t.Errorf("the library has %+v", spec)
	}
}
