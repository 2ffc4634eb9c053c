package ui_test

import (
	"os"
	"path/filepath"
	"testing"

	"github.com/chromedp/chromedp"
)

// searchSite has an original, and a test searches by an edited copy of it.
func searchSite(t *testing.T) *site { return newSite(t, originals(6)...) }

// foundFirst waits for results, the n-th original first, with score and note.
func (b *tab) foundFirst(n int) {
	b.Helper()
	b.wait("the original first", "document.querySelector('.results .tile[data-id]')?.dataset.id === "+quote(b.site.id(b, n-1)))
	b.wait("scores, best first", `(() => { const s = [...document.querySelectorAll(".results .score")].map(e => Number(e.textContent));
		return s.length === 6 && s.every((x, i) => x <= 1 && (i === 0 || x <= s[i - 1])) })()`)
	b.see(".model-note", "starter model")
	b.wait("a preview", "document.querySelector('img.query').naturalWidth > 0")
}

func TestSearchByDrop(t *testing.T) {
	t.Parallel()
	b := openTab(t, searchSite(t), "")
	b.see(".count", "6 pictures")
	b.drop("search", edited(4, "jpeg10"))
	b.foundFirst(4)
	b.see("h1", "jpeg10 4.jpg")
	b.gone("#drop")
	if n := len(b.site.ids(t)); n != 6 {
		t.Errorf("the library has %d pictures after a search, want 6", n)
	}
}

// TestDropBesideTheZones takes one picture for a search and several for an add.
func TestDropBesideTheZones(t *testing.T) {
	t.Parallel()
	b := openTab(t, searchSite(t), "")
	b.see(".count", "6 pictures")
	const drop = `document.body.dispatchEvent(new DragEvent("drop", {bubbles: true, cancelable: true, dataTransfer: `
	b.run(drop + dataTransfer(edited(2, "small")) + `}))`)
	b.foundFirst(2)
	b.run(drop + dataTransfer(original(21), original(22)) + `}))`)
	b.see("#uploads h2", "2 pictures added")
	b.run(drop + "new DataTransfer()}))") // text, or a picture of another page without its file: nothing to take
	b.see("h1", "small 2.jpg")
}

func TestSearchByPaste(t *testing.T) {
	t.Parallel()
	b := openTab(t, searchSite(t), "#/duplicates")
	b.run(`document.body.dispatchEvent(new ClipboardEvent("paste", {bubbles: true, cancelable: true, clipboardData: ` + dataTransfer(edited(3, "mirror").renamed("image.png")) + `}))`)
	b.foundFirst(3)
	b.see("h1", "image.png")
}

// TestSearchByFile uses the real file dialog's input, and then reloads and goes back.
func TestSearchByFile(t *testing.T) {
	t.Parallel()
	b := openTab(t, searchSite(t), "")
	first, second := onDisk(t, edited(1, "grey")), onDisk(t, edited(5, "jpeg10"))
	b.see(".search-bar", "choose a picture")
	b.run(`document.querySelector("#pick-search").addEventListener("click", (event) => { event.preventDefault(); window.asked = true }, {once: true})`)
	b.click(".search-bar")
	b.wait("the file dialog", "window.asked")
	b.do(chromedp.SetUploadFiles(chromedp.CSS("#pick-search"), []string{first}))
	b.foundFirst(1)
	b.do(chromedp.SetUploadFiles(chromedp.CSS("#pick-search"), []string{second}))
	b.foundFirst(5)
	b.reload()
	b.foundFirst(5)
	b.run("history.back()")
	b.foundFirst(1)
	b.click(".query-card .actions button:last-child")
	b.see("#uploads h2", "1 picture added")
}

// TestSharedSearchAddress is another browser's view of a search: the picture is not there.
func TestSharedSearchAddress(t *testing.T) {
	t.Parallel()
	b := openTab(t, sharedSite(t), "#/search/mx3k1")
	b.see(".notice", "That picture is not in this browser")
	b.see(".notice button", "Choose a picture")
}

func TestSearchByNoPicture(t *testing.T) {
	t.Parallel()
	b := openTab(t, searchSite(t), "#/search")
	b.allow("status of 4")
	b.see(".invitation", "Choose a picture")
	b.drop("search", picture{"notes.txt", []byte("buy milk")})
	b.see(".notice[role=alert]", "notes.txt")
	b.see(".notice[role=alert] button", "Try again")
}

// onDisk writes a picture to a file of the test.
func onDisk(t *testing.T, p picture) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), p.name)
	if err := os.WriteFile(path, p.data, 0o644); err != nil {
		t.Fatal(err)
	}
	return path
}
