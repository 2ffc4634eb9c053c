package ui_test

import (
	"context"
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
	for _, p := range append(originals(3), picture{"wide.jpg", asJPEG(pictures.Make(9, 1600, 60))}) {
		path := filepath.Join(dir, p.name)
		if err := os.WriteFile(path, p.data, 0o600); err != nil {
			t.Fatal(err)
		}
		s.paths = append(s.paths, path)
	}
	stop, err := s.serve(filepath.Join(dir, "data"))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(stop)
	if err := os.Remove(s.paths[3]); err != nil {
		t.Fatal(err)
	}
	if err := s.engine.Reembed(t.Context(), engine.Target{Spec: engine.Spec{Name: "tiny"}}); err != nil {
		t.Fatal(err)
	}
	b := openTab(t, s, "")
	b.see("#change", "Changing to tiny: 0 of 4 pictures")
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
