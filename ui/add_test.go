package ui_test

import (
	"testing"

	"github.com/chromedp/chromedp"
)

// TestAddByDrop adds new, known and broken files, each with its outcome.
func TestAddByDrop(t *testing.T) {
	t.Parallel()
	s := newSite(t, originals(2)...)
	b := openTab(t, s, "")
	b.allow("status of 422")
	b.see(".count", "2 pictures")
	b.drop("add", original(11), original(12), original(1).renamed("known.jpg"), picture{"torn.jpg", original(3).data[:400]}, original(13))
	b.see("#uploads h2", "3 pictures added, 1 already there, 1 failed")
	b.see("#uploads .done", "known.jpg")
	b.see("#uploads .done", "was there already")
	b.see("#uploads .failed .dim", "torn.jpg: jpeg")
	b.see(".count", "5 pictures")
	b.wait("the new tiles", gridSize+" === 5")
	if n := len(s.ids(t)); n != 5 {
		t.Errorf("the library has %d pictures, want 5", n)
	}
	b.click("#uploads [aria-label=Close]")
	b.gone("#uploads")
}

// TestAddToEmptyLibrary goes from the empty state, by the file input, to a grid.
func TestAddToEmptyLibrary(t *testing.T) {
	t.Parallel()
	b := openTab(t, newSite(t), "")
	b.see(".notice", "No pictures yet")
	b.do(chromedp.SetUploadFiles(chromedp.CSS("#pick-add"), []string{onDisk(t, original(1)), onDisk(t, original(2))}))
	b.see("#uploads h2", "2 pictures added")
	b.see(".count", "2 pictures")
	b.gone(".notice")
	b.see(".search-bar", "choose a picture")
}

// TestAddFolder drops a folder as browsers present it, with more files than one reading gives.
func TestAddFolder(t *testing.T) {
	t.Parallel()
	b := openTab(t, newSite(t), "")
	b.run(`const files = [...` + dataTransfer(original(1), original(2), original(3)) + `.files];
		const file = (f, name = f.name) => ({isFile: true, name, file: (done) => done(f)});
		const folder = (...parts) => ({isDirectory: true, createReader: () => ({readEntries: (done) => done(parts.splice(0, 2))})});
		const item = {kind: "file", webkitGetAsEntry: () => folder(file(files[0]), folder(file(files[1])), file(files[0], ".hidden"), file(files[2]))};
		const {filesOf} = await import("./js/files.js");
		window.names = (await filesOf({items: [item, {kind: "string"}]})).map((f) => f.name).join()`)
	if got, want := eval[string](b, "window.names"), "original 1.jpg,original 2.jpg,original 3.jpg"; got != want {
		t.Errorf("the folder holds %q, want %q", got, want)
	}
}

// TestAddSurvivesAnOutage fails with a reason while the server is away, and again succeeds after.
func TestAddSurvivesAnOutage(t *testing.T) {
	t.Parallel()
	s := newSite(t, originals(2)...)
	b := openTab(t, s, "")
	b.allow("ERR_")
	b.see(".count", "2 pictures")
	s.down.Store(true)
	b.drop("add", original(7))
	b.see("#uploads .failed", "lookalike is running")
	s.down.Store(false)
	b.gone("#connection")
	b.click("#uploads .failed button")
	b.see("#uploads h2", "1 picture added")
	b.see(".count", "3 pictures")
}
