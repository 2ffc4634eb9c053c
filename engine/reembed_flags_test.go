package engine

import (
	"errors"
	"log/slog"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"lookalike/internal/pictures"
)

// TestReembedKeepsItsChoices: a change that was begun with another input size and descriptor goes on with these, by its name alone or
// by who opens the folder; other choices are refused with what to do, or begin anew where that is asked for.
func TestReembedKeepsItsChoices(t *testing.T) {
	dir := t.TempDir()
	var target *heldEncoder
	e := openAt(t, dir, inOrder, func(c *Config) { target = held(c) })
	addInOrder(t, e, 40)
	begun := Spec{Name: "tiny", Size: "96x64", Descriptor: "copy"}
	ask := func(e *Engine, spec Spec, restart bool) error {
		return e.Reembed(t.Context(), Target{Spec: spec, Restart: restart})
	}
	if err := ask(e, begun, false); err != nil {
		t.Fatal(err)
	}
	target.let(stageGroup)
	waitFor(t, e, "the first group", func(r Reembedding) bool { return r.Done >= stageGroup })
	e.Close()

	e = openAt(t, dir, func(c *Config) { target = held(c) })
	for _, other := range []Spec{{Name: "tiny", Size: "64x64"}, {Name: "tiny", Descriptor: "cls"}, {Name: "starter"}, {Name: "tiny", Whiten: true}, {Name: "tiny", Preprocess: "eval"}} {
		if err := ask(e, other, false); !errors.Is(err, ErrJob) || !strings.Contains(err.Error(), "with tiny --size 96x64 --descriptor copy, not with "+other.String()) ||
			!strings.Contains(err.Error(), "--restart") {
			t.Errorf("%s: %v", other, err)
		}
	}
	if err := ask(e, Spec{Name: "tiny", Preprocess: "hf"}, false); err != nil { // what it is without being said
		t.Fatal(err)
	}
	r := waitFor(t, e, "somebody at work", func(Reembedding) bool { return target.waiting.Load() > 0 })
	if r.Spec != begun || r.Done < stageGroup || r.Dim != 96 {
		t.Errorf("gone on: %+v", r)
	}
	e.Close()

	e = openAt(t, dir, withModels, func(c *Config) { c.Resume = true })
	waitFor(t, e, "the end", func(r Reembedding) bool { return isIdle(r) && e.Spec() == begun })
	finds(t, e)
	e.Close()
	e = openAt(t, dir, withModels, func(c *Config) { c.Encoder = nil }) // the folder remembers
	if e.Spec() != begun || e.Model().Dim != 96 {
		t.Errorf("opened as %s", e.Spec())
	}
	finds(t, e)
	e.Close()

	// In the midst of a change back, another one instead.
	e = openAt(t, dir, func(c *Config) { target, c.Encoder = held(c), nil })
	if err := ask(e, Spec{Name: "tiny", Size: "64x64"}, false); err != nil {
		t.Fatal(err)
	}
	waitFor(t, e, "somebody at work", func(Reembedding) bool { return target.waiting.Load() > 0 })
	if err := ask(e, Spec{Name: "nobody"}, true); !errors.Is(err, ErrNoModel) {
		t.Errorf("a model that is not there: %v", err)
	}
	if r, err := e.Reembedding(0); err != nil || r.Spec.Size != "64x64" || r.State != Embedding {
		t.Errorf("after it was refused: %+v, %v", r, err)
	}
	if err := ask(e, Spec{Name: "starter"}, true); err != nil {
		t.Fatal(err)
	}
	waitFor(t, e, "the end", func(r Reembedding) bool { return isIdle(r) && e.Model().Starter })
	finds(t, e)
}

// TestReviveReplays: a process dies after a vector from a thumbnail was replaced and before the graph was saved. What was saved has
// the image by its old vector, and the log tells the rest.
func TestReviveReplays(t *testing.T) {
	dir := t.TempDir()
	data := filepath.Join(dir, "data")
	e := openAt(t, data, withModels, unhurried)
	for seed := range uint64(6) {
		add(t, e, upload(seed+1))
	}
	path := write(t, dir, "large.png", asPNG(pictures.Make(7, 640, 480)))
	id := add(t, e, Source{Path: path}).ID
	if err := os.Rename(path, path+".away"); err != nil {
		t.Fatal(err)
	}
	mustReembed(t, e, "tiny")
	waitFor(t, e, "the end", isIdle)
	if m, err := e.Get(id); !m.FromThumbnail || err != nil {
		t.Fatal(m.Remark, err)
	}
	before, err := e.records.Vector(id)
	if err != nil {
		t.Fatal(err)
	}
	if err := os.Rename(path+".away", path); err != nil {
		t.Fatal(err)
	}
	add(t, e, Source{Path: path})
	after, err := e.records.Vector(id)
	if err != nil || slices.Equal(before, after) {
		t.Fatalf("cosine %v of the vectors before and after, %v", cosine(before, after), err)
	}
	late := add(t, e, upload(50)).ID
	sound(t, e)
	// Nothing writes now: a copy of the file is what a kill would leave.
	left := filepath.Join(dir, "left")
	if err := os.CopyFS(left, os.DirFS(data)); err != nil {
		t.Fatal(err)
	}
	var log strings.Builder
	again := openAt(t, left, func(c *Config) { c.Encoder = tiny(); c.Log = slog.New(slog.NewTextHandler(&log, nil)) })
	sound(t, again)
	wantVector(t, again, late, tiny(), madePNG(50))
	file, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	wantVector(t, again, id, tiny(), file)
	if strings.Contains(log.String(), "rebuilding") {
		t.Errorf("the graph was rebuilt: %s", log.String())
	}
}
