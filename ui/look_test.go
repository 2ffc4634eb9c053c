package ui_test

import (
	"testing"
)

// pagesOf are the hashes of every kind of page of a site.
func pagesOf(t *testing.T, s *site) map[string]string {
	return map[string]string{"gallery": "", "picture": "#/image/" + s.id(t, 0), "duplicates": "#/duplicates?threshold=0.95", "search": "#/search", "compare": "#/compare/" + s.id(t, 0) + "?with=" + s.id(t, 1)}
}

// TestPhone looks for anything that is wider than a small phone, dialogs and panels included.
func TestPhone(t *testing.T) {
	t.Parallel()
	long := original(5).renamed("a very long folder name that somebody made/and-a-file-name-without-any-space-in-it-2024-01-01-000000000000000000.jpg")
	s := newSite(t, append(originals(4), edited(1, "jpeg10"), edited(1, "brightness"), long, original(3).renamed(long.name+".copy.jpg"))...)
	b := openTab(t, s, "")
	b.size(360, 740)
	for name, hash := range pagesOf(t, s) {
		b.visit(hash)
		b.wait(name, "document.querySelector('.page:not([hidden]) :is(.tile[data-id], .invitation, .patch)')")
		b.fits(name)
	}
	b.drop("search", long.renamed(long.name[len(long.name)-60:]))
	b.wait("results", "document.querySelector('.results .score')")
	b.fits("results")
	b.allow("status of 422")
	b.drop("add", original(9), picture{"torn-" + long.name[len(long.name)-60:], []byte("x")})
	b.see("#uploads h2", "1 failed")
	b.fits("the panel of added files")
	b.run(`document.querySelector("#keys").showModal()`)
	b.fits("help")
}

// fits fails when the page scrolls sideways.
func (b *tab) fits(what string) {
	b.Helper()
	if width := eval[int](b, "document.documentElement.scrollWidth"); width > 360 {
		b.Errorf("%s: %d pixels wide on a phone of 360: %v", what, width, eval[[]string](b,
			"[...document.querySelectorAll('body *')].filter((e) => e.checkVisibility() && e.getBoundingClientRect().right > 361).slice(0, 5).map((e) => e.outerHTML.slice(0, 120))"))
	}
}

const ground = "getComputedStyle(document.documentElement).backgroundColor"

// TestThemes follows the system, and a choice that survives a reload.
func TestThemes(t *testing.T) {
	t.Parallel()
	b := openTab(t, sharedSite(t), "")
	const light, dark = `"rgb(250, 249, 247)"`, `"rgb(20, 20, 19)"`
	b.scheme("light")
	b.wait("light as the system", ground+" === "+light)
	b.scheme("dark")
	b.wait("dark as the system", ground+" === "+dark)
	b.click("#theme")
	b.wait("light by choice", ground+" === "+light)
	b.reload()
	b.see(".count", "pictures")
	b.wait("light after reloading", ground+" === "+light)
	b.press("t")
	b.scheme("light")
	b.wait("dark by choice", ground+" === "+dark)
	b.press("t")
	b.wait("as the system again", ground+" === "+light)
}

// contrastOf computes the contrast of every text that is shown with the ground
// behind it (WCAG 2.2, 1.4.3) and returns those below AA. Text over pictures
// stands on a shade of 76% black: at worst, on a white picture, 9:1.
const contrastOf = `(() => {
	const canvas = Object.assign(document.createElement("canvas"), {width: 1, height: 1}).getContext("2d", {willReadFrequently: true});
	const rgba = (color) => { canvas.clearRect(0, 0, 1, 1); canvas.fillStyle = color; canvas.fillRect(0, 0, 1, 1); return [...canvas.getImageData(0, 0, 1, 1).data] };
	const ground = (e) => { for (; e; e = e.parentElement) { const c = rgba(getComputedStyle(e).backgroundColor); if (c[3] > 180) return c } return rgba("white") };
	const light = (c) => c.slice(0, 3).map((v) => (v /= 255) <= 0.04045 ? v / 12.92 : ((v + 0.055) / 1.055) ** 2.4).reduce((sum, v, i) => sum + v * [0.2126, 0.7152, 0.0722][i], 0);
	const ratio = (a, b) => (Math.max(a, b) + 0.05) / (Math.min(a, b) + 0.05);
	return [...document.querySelectorAll("body *")].filter((e) => e.checkVisibility({opacityProperty: true}) && [...e.childNodes].some((n) => n.nodeType === 3 && n.data.trim()))
		.map((e) => [ratio(light(rgba(getComputedStyle(e).color)), light(ground(e))), e])
		.filter(([r]) => r < 4.5).map(([r, e]) => r.toFixed(2) + ": " + e.outerHTML.slice(0, 100))
})()`

func TestContrast(t *testing.T) {
	t.Parallel()
	s := duplicateSite(t)
	b := openTab(t, s, "")
	for _, scheme := range []string{"light", "dark"} {
		b.scheme(scheme)
		for name, hash := range pagesOf(t, s) {
			b.visit(hash)
			b.wait(name, "document.querySelector('.page:not([hidden]) :is(.tile[data-id], .invitation, .patch)')")
			b.wait("the end of the fade", "document.getAnimations().every((a) => a.playState !== 'running' || a.effect.getTiming().iterations === Infinity)")
			for _, low := range eval[[]string](b, contrastOf) {
				t.Errorf("%s, %s: contrast %s", name, scheme, low)
			}
		}
	}
}

// TestReducedMotion has nothing move for those who asked for that.
func TestReducedMotion(t *testing.T) {
	t.Parallel()
	b := openTab(t, sharedSite(t), "")
	b.media("prefers-reduced-motion", "reduce")
	b.visit("#/duplicates")
	b.see("h1", "Duplicates")
	if n := eval[int](b, "document.getAnimations().filter((a) => a.playState === 'running' && a.effect.getTiming().duration > 0).length"); n > 0 {
		t.Errorf("%d animations run", n)
	}
}
