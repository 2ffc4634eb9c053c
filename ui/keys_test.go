package ui_test

import (
	"strings"
	"testing"

	"github.com/chromedp/chromedp"
	"github.com/chromedp/chromedp/kb"
)

const focused = "document.activeElement.closest('.tile')?.dataset.id"

// TestKeyboardWalk goes from the address bar to a picture's neighbours and back without a mouse.
func TestKeyboardWalk(t *testing.T) {
	t.Parallel()
	b := openTab(t, sharedSite(t), "")
	b.wait("the grid", gridSize+" >= 60")
	ids := b.shownIDs(".grid")
	at := func(i int) {
		t.Helper()
		b.wait("the focus on tile", focused+" === "+quote(ids[i]))
	}
	b.press(kb.Tab)
	b.wait("the skip link first", "document.activeElement.matches('.skip')")
	for range 20 {
		if eval[bool](b, "document.activeElement.matches('.grid a')") {
			break
		}
		b.press(kb.Tab)
	}
	at(0)
	if outline := eval[string](b, "getComputedStyle(document.activeElement).outlineStyle"); outline != "solid" {
		t.Errorf("the focused tile's outline is %q", outline)
	}
	b.press(kb.ArrowRight, kb.ArrowRight)
	at(2)
	b.press(kb.ArrowLeft)
	at(1)
	top := eval[int](b, "document.activeElement.closest('.tile').offsetTop")
	b.press(kb.ArrowDown)
	b.wait("the line below", "document.activeElement.closest('.tile').offsetTop > "+quoteInt(top))
	b.press(kb.ArrowUp)
	b.wait("the line above", "document.activeElement.closest('.tile').offsetTop === "+quoteInt(top))
	b.press(kb.Home)
	at(0)
	b.press(kb.ArrowLeft)
	at(0)
	b.press(kb.Tab, kb.ArrowRight) // one tile takes part in tabbing: Tab leaves the grid
	b.press(kb.Shift)
	b.run("document.querySelector('.grid a[tabindex=\"0\"]').focus()")
	at(0)
	b.press(kb.Enter)
	b.see("h1", "original 150.jpg")
	b.press(kb.Escape)
	b.see("h1", "Gallery")
	at(0)
}

func TestShortcuts(t *testing.T) {
	t.Parallel()
	b := openTab(t, sharedSite(t), "")
	b.see(".count", "pictures")
	b.press("d")
	b.see("h1", "Duplicates")
	b.press("/")
	b.see(".invitation", "Choose a picture")
	b.wait("the focus on the way in", "document.activeElement.id === 'choose-search'")
	b.press(kb.Escape)
	b.see("h1", "Duplicates")
	b.press("g")
	b.see("h1", "Gallery")
	b.press("?")
	b.see("dialog h2", "Keyboard")
	b.press("d")
	b.see("h1", "Gallery") // a dialog keeps the keys
	b.press(kb.Escape)
	b.gone("dialog")
	b.press("?")
	b.click("dialog button")
	b.gone("dialog")
	b.run(`document.querySelector("#pick-add").addEventListener("click", (event) => { event.preventDefault(); window.asked = true })`)
	b.press("a")
	b.wait("the file dialog", "window.asked")
	b.do(chromedp.KeyEvent("d", chromedp.KeyModifiers(kb.ModifierCtrl)))
	b.see("h1", "Gallery") // Ctrl-D is the browser's
}

// TestNames finds everything that can be operated without a name, and images without a text.
func TestNames(t *testing.T) {
	t.Parallel()
	s := duplicateSite(t)
	b := openTab(t, s, "")
	for _, hash := range []string{"", "#/image/" + s.id(t, 0), "#/duplicates?threshold=0.95", "#/search"} {
		b.visit(hash)
		b.wait("the page", "document.querySelector('.page:not([hidden]) :is(.tile, .invitation)')")
		nameless := eval[[]string](b, `[...document.querySelectorAll("a, button, input, [role=img]")].filter((e) => e.checkVisibility() &&
			!(e.getAttribute("aria-label") || e.textContent.trim() || e.labels?.length || e.getAttribute("aria-hidden"))).map((e) => e.outerHTML)`)
		if len(nameless) > 0 {
			t.Errorf("%s: without a name: %s", hash, strings.Join(nameless, "\n"))
		}
		if n := eval[int](b, "[...document.images].filter((e) => !e.hasAttribute('alt')).length"); n > 0 {
			t.Errorf("%s: %d images have no alt", hash, n)
		}
	}
	b.wait("the spoken result", "document.querySelector('#live[role=status]').textContent.includes('group')")
}
