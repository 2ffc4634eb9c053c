package ui_test

import (
	"path/filepath"
	"testing"

	"lookalike/encoder"
	"lookalike/engine"
)

// whatToDo is the end of the reason that the server gives for a model that is gone.
const whatToDo = `run "lookalike model use NAME|starter"`

// goneSite serves three pictures of a library whose model, a starter with another input, is gone. It can change to the
// starter that is here, which embeds as many pictures as held allows.
func goneSite(t *testing.T) (s *site, held heldModel) {
	t.Helper()
	browser(t)
	dir := t.TempDir()
	older, err := encoder.Starter(encoder.WithSize(64, 64))
	if err != nil {
		t.Fatal(err)
	}
	defer older.Close()
	paths := written(t, dir, originals(3))
	stop, err := (&site{model: older, paths: paths}).serve(filepath.Join(dir, "data"))
	if err != nil {
		t.Fatal(err)
	}
	stop()
	held.allowed = make(chan struct{}, 100)
	s = &site{openModel: func(engine.Spec) (engine.OpenEncoder, error) {
		enc, err := encoder.Starter()
		return heldModel{enc, held.allowed}, err
	}}
	stop, err = s.serve(filepath.Join(dir, "data"))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(stop)
	s.paths = paths
	return s, held
}

// TestMissingModel: where one would search by a picture a line says why that cannot be and what to do. Searches and adds are refused
// with it, whichever way they come in, and nothing is sent: a failed request would fail the test. What needs no new vector works.
func TestMissingModel(t *testing.T) {
	t.Parallel()
	s, _ := goneSite(t)
	b := openTab(t, s, "")
	b.see(".model-note", whatToDo)
	b.see(".model-note", "the starter that is here is another")
	b.see(".count", "3 pictures")
	b.gone(".search-bar")
	b.shootFor("missing-gallery")
	b.run(`for (const id of ["pick-add", "pick-search"]) document.getElementById(id).addEventListener("click", (event) => { event.preventDefault(); window.asked = true })`)
	refused := func(what string) {
		t.Helper()
		b.see(".toast", "Not "+what+": ")
		b.see(".toast", whatToDo)
		b.click(".toast [aria-label=Dismiss]")
		b.gone(".toast")
	}
	b.click("#add")
	refused("added")
	b.press("a")
	refused("added")
	b.drop("add", original(7), original(8))
	refused("added")
	b.drop("search", edited(1, "small"))
	refused("searched")
	b.run(`document.body.dispatchEvent(new ClipboardEvent("paste", {bubbles: true, cancelable: true, clipboardData: ` + dataTransfer(original(9)) + `}))`)
	b.see(".toast", "Not searched: ")
	b.shootFor("missing-refused")
	b.run(`document.querySelector("#add").click()`)
	b.wait("one message at a time", "document.querySelectorAll('.toast').length === 1")
	refused("added")
	b.gone("#uploads")
	if eval[bool](b, "window.asked === true || location.hash.includes('search')") {
		t.Error("a picture was asked for, or searched by, that could only be refused")
	}
	b.visit("#/image/" + s.id(t, 0))
	b.wait("neighbours", "document.querySelectorAll('.results .score').length === 2")
	b.visit("#/duplicates")
	b.see(".notice", "No duplicates")
}

// TestMissingModelSearchPage: the page of searches has the line instead of an invitation, for a picture that was searched by before,
// too; on phones and in both themes it can be read.
func TestMissingModelSearchPage(t *testing.T) {
	t.Parallel()
	s, _ := goneSite(t)
	b := openTab(t, s, "#/search")
	b.run(`const {keep} = await import("./js/queries.js");
		window.key = await keep(` + dataTransfer(original(1)) + `.files[0])`)
	b.size(360, 740)
	for _, hash := range []string{"", "#/search", "#/search/" + eval[string](b, "window.key")} {
		b.visit(hash)
		b.reload()
		b.see(".model-note", whatToDo)
		b.gone(".invitation, .query-card, .search-bar")
		b.fits(hash)
		for _, scheme := range []string{"light", "dark"} {
			b.scheme(scheme)
			b.wait("the end of the fade", "document.getAnimations().every((a) => a.playState !== 'running' || a.effect.getTiming().iterations === Infinity)")
			for _, low := range eval[[]string](b, contrastOf) {
				t.Errorf("%s, %s: contrast %s", hash, scheme, low)
			}
		}
	}
	b.size(390, 844)
	b.shootFor("missing-search-phone")
}

// TestMissingModelComesBack: while the library changes to a model that is here the line stays, and then the page invites to search.
func TestMissingModelComesBack(t *testing.T) {
	t.Parallel()
	s, held := goneSite(t)
	b := openTab(t, s, "#/search")
	b.see(".model-note", whatToDo)
	if err := s.engine.Reembed(t.Context(), engine.Target{Spec: engine.Spec{Name: "starter"}}); err != nil {
		t.Fatal(err)
	}
	b.click("#add") // who tries is told by what is there now
	b.see(".toast", "Not added: ")
	b.see("#change", "Changing to starter: 0 of 3 pictures")
	b.see("#change", "Searches by pictures of the library go on.")
	b.see(".model-note", whatToDo)
	b.shootFor("missing-changing")
	for range 3 {
		held.allowed <- struct{}{}
	}
	b.see(".invitation", "Choose a picture")
	b.gone(".model-note, .toast")
	held.allowed <- struct{}{}
	b.drop("search", edited(1, "small"))
	b.wait("the original first", "document.querySelector('.results .tile[data-id]')?.dataset.id === "+quote(s.id(t, 0)))
	b.visit("")
	b.see(".search-bar", "choose a picture")
	held.allowed <- struct{}{}
	b.drop("add", original(8))
	b.see("#uploads h2", "1 picture added")
}
