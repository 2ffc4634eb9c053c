package ui_test

import (
	"strings"
	"testing"

	"github.com/chromedp/chromedp/kb"
	"github.com/google/go-cmp/cmp"

	"lookalike/api"
)

const gridSize = "document.querySelectorAll('.grid .tile[data-id]').length"

// TestGridLoadsOnScrolling goes to the end of a library of several pages.
func TestGridLoadsOnScrolling(t *testing.T) {
	t.Parallel()
	b := openTab(t, sharedSite(t), "")
	b.see(".count", "150 pictures")
	b.wait("the first page", gridSize+" >= 60")
	if n := eval[int](b, gridSize); n == sharedPictures {
		t.Errorf("all %d pictures were loaded before any scrolling", n)
	}
	b.wait("all pictures", "(scrollTo(0, document.body.scrollHeight), "+gridSize+" === 150)")
	if diff := cmp.Diff(b.site.ids(t), b.shownIDs(".grid")); diff != "" {
		t.Errorf("the grid is not the library, newest first (-want +got):\n%s", diff)
	}
	// Its blocks, but for the last, end with a full line, and down leads from one to the next.
	gaps := eval[[]float64](b, `(() => { const right = (e) => e.getBoundingClientRect().right;
		return [...document.querySelectorAll(".grid > .lines:not(:last-child)")].map((e) => right(document.querySelector(".grid")) - right(e.lastElementChild)) })()`)
	if len(gaps) == 0 {
		t.Error("a grid of 150 is one block")
	}
	for _, gap := range gaps {
		if gap < -1 || gap > 1 {
			t.Errorf("a block's last line ends %v pixels before the edge", gap)
		}
	}
	b.run("document.querySelector('.grid > .lines').lastElementChild.querySelector('a').focus()")
	b.press(kb.ArrowDown)
	b.wait("the first line of the next block", `(() => { const e = document.activeElement.closest(".lines"), first = e?.firstElementChild;
		return e === document.querySelectorAll(".lines")[1] && document.activeElement.closest(".tile").offsetTop === first.offsetTop })()`)
}

// TestThumbnailsAreKept: what was seen once is not asked for again.
func TestThumbnailsAreKept(t *testing.T) {
	t.Parallel()
	b := openTab(t, sharedSite(t), "")
	const seen = "[...document.querySelectorAll('.grid img')].slice(0, 12)"
	b.wait("pictures", seen+".length === 12 && "+seen+".every(e => e.complete && e.naturalWidth > 0)")
	b.reload()
	b.wait("the pictures again", seen+".length === 12 && "+seen+".every(e => e.complete && e.naturalWidth > 0)")
	for _, url := range eval[[]string](b, seen+".map(e => e.src).filter(url => performance.getEntriesByName(url).some(e => e.transferSize > 0))") {
		t.Errorf("%s was asked for again", url)
	}
}

// BenchmarkGrid scrolls nowhere: it measures what laying out 10,000 tiles costs, in blocks and in one.
func BenchmarkGrid(b *testing.B) {
	tab := openTab(b, sharedSite(b), "#/search")
	tab.run(`const {Grid} = await import("./js/grid.js");
		const grid = window.grid = new Grid("10,000");
		document.querySelector("main").append(grid.element);
		for (let page = 0; page < 100; page++) grid.append(Array.from({length: 100}, (_, i) => ({id: String(100 * page + i), path: "p.jpg", thumbnail: "data:,", width: 100 + i * 37 % 90, height: 100, files: [], labels: []})))
		await new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(done)));
		window.layout = () => { const start = performance.now(); grid.element.style.width = grid.element.offsetWidth - 1 + "px"; grid.element.offsetHeight; return performance.now() - start }`)
	for b.Loop() {
		b.ReportMetric(eval[float64](tab, "layout()"), "ms/layout")
	}
	tab.run(`const [first, ...others] = grid.element.children; for (const block of others) { first.append(...block.children); block.remove() }; layout()`)
	b.ReportMetric(eval[float64](tab, "layout()"), "ms/layout-in-one")
}

// TestNothingJumps compares where tiles are before and after their pictures load.
func TestNothingJumps(t *testing.T) {
	t.Parallel()
	b := openTab(t, sharedSite(t), "")
	b.wait("the first page", gridSize+" >= 60")
	const places = "JSON.stringify([...document.querySelectorAll('.grid .tile')].slice(0, 30).map(e => e.getBoundingClientRect()))"
	before := eval[string](b, places)
	b.wait("pictures", "[...document.querySelectorAll('.grid img')].slice(0, 8).every(e => e.complete && e.naturalWidth > 0)")
	if after := eval[string](b, places); after != before {
		t.Errorf("tiles moved while their pictures loaded:\n%s\n%s", before, after)
	}
	lines := eval[[]bool](b, `(() => { const tops = {};
		for (const e of document.querySelectorAll('.grid .tile')) (tops[Math.round(e.getBoundingClientRect().top)] ??= []).push(e.offsetHeight);
		return Object.values(tops).map(h => Math.max(...h) - Math.min(...h) <= 1) })()`)
	for i, even := range lines {
		if !even {
			t.Errorf("line %d of the grid has tiles of different heights", i)
		}
	}
}

// TestEmptyLibrary says how to begin.
func TestEmptyLibrary(t *testing.T) {
	t.Parallel()
	b := openTab(t, newSite(t), "")
	b.see(".notice", "No pictures yet")
	b.see(".notice", "lookalike add")
	b.see(".notice button", "Choose pictures")
	b.visit("#/duplicates")
	b.see(".notice", "No duplicates")
}

// TestNewPicturesAppear adds and removes pictures behind the page's back.
func TestNewPicturesAppear(t *testing.T) {
	t.Parallel()
	s := newSite(t, originals(3)...)
	b := openTab(t, s, "")
	b.wait("the grid", gridSize+" === 3")
	gone := s.id(t, 1)
	// Whether its thumbnail was already asked for when the picture goes is a race that the page may lose.
	b.allow("/v1/images/" + gone + "/thumbnail")
	if err := s.client.Delete(t.Context(), gone); err != nil {
		t.Fatal(err)
	}
	b.drop("add", original(9))
	b.wait("the new picture first", "document.querySelector('.grid .tile').dataset.id === "+quote("4"))
	b.see(".count", "3 pictures")
	if diff := cmp.Diff(s.ids(t), b.shownIDs(".grid")); diff != "" {
		t.Errorf("grid (-want +got):\n%s", diff)
	}
}

// TestDetail clicks a picture and sees its facts and its neighbours with scores.
func TestDetail(t *testing.T) {
	t.Parallel()
	s := newSite(t, append(originals(5), edited(2, "jpeg10"), edited(2, "mirror"), original(2).renamed("again/copy.jpg"))...)
	b := openTab(t, s, "")
	id := s.id(t, 1)
	b.click(`.grid [data-id="` + id + `"] a`)
	b.see("h1", "original 2.jpg")
	b.see(".facts", "160 × 96 pixels")
	b.see(".facts", "JPEG")
	b.see(".facts", "copy.jpg")
	b.see(".model-note", "starter model: finds edited copies; for meaning, install DINO")
	want, err := s.client.Similar(t.Context(), id, 40, -1, "")
	if err != nil {
		t.Fatal(err)
	}
	b.wait("neighbours", "document.querySelectorAll('.results .score').length === "+quoteInt(len(want.Results)))
	if diff := cmp.Diff(resultIDs(want), b.shownIDs(".results")); diff != "" {
		t.Errorf("neighbours (-want +got):\n%s", diff)
	}
	best := strings.Join(b.shownIDs(".results")[:2], " ")
	if !strings.Contains(best, s.id(t, 5)) || !strings.Contains(best, s.id(t, 6)) {
		t.Errorf("the two edited copies are not the nearest: %s", best)
	}
	b.wait("the original in full size", "document.querySelector('.frame img').naturalWidth === 160")
	if href := eval[string](b, "document.querySelector('.actions a').getAttribute('href')"); href != "/v1/images/"+id+"/original" {
		t.Errorf("the link to the original is %q", href)
	}
}

// TestMoreNeighbours loads results beyond the first.
func TestMoreNeighbours(t *testing.T) {
	t.Parallel()
	s := sharedSite(t)
	id := s.id(t, 7)
	b := openTab(t, s, "#/image/"+id)
	const shown = "document.querySelectorAll('.results .score').length"
	b.wait("the first results", shown+" === 40")
	b.run("document.querySelector('.more button').focus()") // suggested labels that come in may move it away from under a mouse
	b.press(kb.Enter)
	b.wait("more results", shown+" === 80")
	want, err := s.client.Similar(t.Context(), id, 80, -1, "")
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(resultIDs(want), b.shownIDs(".results")); diff != "" {
		t.Errorf("neighbours (-want +got):\n%s", diff)
	}
}

func resultIDs(r api.Results) []string {
	var ids []string
	for _, result := range r.Results {
		ids = append(ids, result.ID)
	}
	return ids
}

// TestDeepLinks opens, reloads and walks back through addresses.
func TestDeepLinks(t *testing.T) {
	t.Parallel()
	s := sharedSite(t)
	b := openTab(t, s, "#/image/"+s.id(t, 4))
	b.see("h1", "original 5.jpg")
	b.reload()
	b.see("h1", "original 5.jpg")
	b.click(`.tabs [data-page="duplicates"]`)
	b.see("h1", "Duplicates")
	b.visit("#/search")
	b.see(".invitation", "Choose a picture")
	b.run("history.back()")
	b.see("h1", "Duplicates")
	b.run("history.back()")
	b.see("h1", "original 5.jpg")
	b.run("history.forward()")
	b.see("h1", "Duplicates")
	b.visit("#/nonsense")
	b.see(".notice", "No such page")
}

// TestBackKeepsThePlace returns to the scrolled grid, and to the tile that was opened.
func TestBackKeepsThePlace(t *testing.T) {
	t.Parallel()
	b := openTab(t, sharedSite(t), "")
	b.wait("all pictures", "(scrollTo(0, document.body.scrollHeight), "+gridSize+" === 150)")
	b.run("scrollTo(0, document.body.scrollHeight); [...document.querySelectorAll('.grid .tile a')].at(-1).click()")
	b.see("h1", "original 1.jpg")
	b.wait("the top of the page", "scrollY === 0")
	b.run("history.back()")
	b.see("h1", "Gallery")
	b.wait("the old place", "scrollY > 500")
	if got := eval[string](b, "document.activeElement.getAttribute('aria-label')"); !strings.HasPrefix(got, "original 1.jpg") {
		t.Errorf("the focus is on %q, want the picture that was open", got)
	}
}
