package ui_test

import (
	"os"
	"testing"

	"github.com/chromedp/chromedp/kb"
)

const (
	pressed = "document.querySelector('#attention').getAttribute('aria-pressed') === 'true'"
	overlay = "document.querySelector('.frame img.attention')"
)

// TestAttention lays the model's attention over a picture, by mouse and by
// keyboard, and takes it away again.
func TestAttention(t *testing.T) {
	t.Parallel()
	s := sharedSite(t)
	b := openTab(t, s, "#/image/"+s.id(t, 1))
	b.see("#attention", "Attention")
	if eval[bool](b, pressed) {
		t.Error("pressed before anybody did")
	}
	b.click("#attention")
	b.wait("the overlay", pressed+" && "+overlay+"?.naturalWidth === 160")
	b.see(".about [role=status]", "how much the model looks at")
	places := eval[[]string](b, "['.loaded', '.attention'].map((c) => { const r = document.querySelector('.frame img' + c).getBoundingClientRect(); return [r.x, r.y, r.width, r.height].map(Math.round).join(' ') })")
	if places[0] != places[1] {
		t.Errorf("the picture is at %s, its attention at %s", places[0], places[1])
	}
	if alt := eval[string](b, overlay+".alt"); alt != "What the model looks at in original 2.jpg" {
		t.Errorf("the overlay's text is %q", alt)
	}
	if top := eval[bool](b, "(() => { const r = "+overlay+".getBoundingClientRect(); return document.elementFromPoint(r.x + r.width / 2, r.y + r.height / 2) === "+overlay+" })()"); !top {
		t.Error("something lies over the attention")
	}
	for _, head := range []string{"2", "mask", "mean"} {
		b.run("const before = " + overlay + ".src; const select = document.querySelector('#head'); select.value = " + quote(head) + "; select.dispatchEvent(new Event('change')); window.before = before")
		b.wait("head "+head, overlay+" && "+overlay+".src !== window.before && document.querySelectorAll('.attention').length === 1")
		b.wait("what head "+head+" is", "document.querySelector('.about [role=status]').textContent.includes("+quote(map[bool]string{true: "60%", false: "violet"}[head == "mask"])+")")
	}
	if options := eval[string](b, "[...document.querySelectorAll('#head option')].map((o) => o.value).join(' ')"); options != "mean mask 0 1 2" {
		t.Errorf("one may choose among %s", options)
	}
	b.click("#attention")
	b.wait("the picture alone", "!("+pressed+") && !"+overlay+" && document.querySelector('.about [role=status]').textContent === ''")
	b.run("document.querySelector('#attention').focus()")
	b.press(kb.Enter)
	b.wait("the overlay again", overlay)
	b.press(" ")
	b.wait("the picture alone again", "!("+pressed+") && !"+overlay)
	b.press(" ")
	b.wait("the overlay", overlay)
	for _, scheme := range []string{"light", "dark"} {
		b.scheme(scheme)
		b.wait("the end of the fade", "document.getAnimations().every((a) => a.playState !== 'running')")
		for _, low := range eval[[]string](b, contrastOf) {
			t.Errorf("%s: contrast %s", scheme, low)
		}
	}
	b.visit("#/image/" + s.id(t, 2))
	b.see("h1", "original 3.jpg")
	if eval[bool](b, pressed+" || !!"+overlay) {
		t.Error("the next picture has the attention of the one before")
	}
}

// TestAttentionIsQuick presses the button faster than the model answers: what counts is the last press.
func TestAttentionIsQuick(t *testing.T) {
	t.Parallel()
	s := sharedSite(t)
	b := openTab(t, s, "#/image/"+s.id(t, 1))
	b.see("#attention", "Attention")
	for presses, want := range map[int]bool{2: false, 3: true} {
		b.run("for (let i = 0; i < " + quoteInt(presses) + "; i++) document.querySelector('#attention').click()")
		b.wait("the answers", "performance.getEntriesByType('resource').filter((e) => e.name.endsWith('/attention')).length >= 1")
		if want {
			b.wait("one overlay", pressed+" && document.querySelectorAll('.attention').length === 1")
		}
		b.run("await new Promise((done) => setTimeout(done, 300))") // late answers
		if got := eval[int](b, "document.querySelectorAll('.attention').length"); (got == 1) != want || eval[bool](b, pressed) != want {
			t.Errorf("after %d presses: %d overlays", presses, got)
		}
		b.run("if (" + pressed + ") document.querySelector('#attention').click()")
	}
}

// TestAttentionOfGoneOriginal says why there is nothing to see.
func TestAttentionOfGoneOriginal(t *testing.T) {
	t.Parallel()
	s := newSite(t, originals(1)...)
	if err := os.Remove(s.paths[0]); err != nil {
		t.Fatal(err)
	}
	b := openTab(t, s, "#/image/1")
	b.allow("status of 410")
	b.click("#attention")
	b.see(".about [role=status]", "Not shown: ")
	b.see(".about [role=status]", "was moved, deleted or changed")
	if eval[bool](b, pressed+" || !!"+overlay) {
		t.Error("pressed, with nothing to see")
	}
}
