package ui_test

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/chromedp/chromedp/kb"

	"lookalike/api"
)

// labelledSite serves three pictures and a worn copy of two of them. The first
// two are labelled; the copies, 4 and 5, are not.
func labelledSite(t testing.TB) *site {
	t.Helper()
	s := newSite(t, original(1), original(2), original(3), edited(1, "jpeg10"), edited(2, "jpeg10"))
	_, err := s.client.SetLabels(context.Background(), []api.LabelChange{
		{ID: s.id(t, 0), Label: "harbour & sea", Decision: "given"}, {ID: s.id(t, 1), Label: "été", Decision: "given"},
		{ID: s.id(t, 0), Label: "been/there", Decision: "given"},
	})
	if err != nil {
		t.Fatal(err)
	}
	return s
}

// stored waits until the server has these labels, by name.
func (b *tab) stored(id string, want ...string) {
	b.Helper()
	text := fmt.Sprintf("(await (await fetch('/v1/images/%s')).json()).labels.join('|')", id)
	got := ""
	for end := time.Now().Add(patience); time.Now().Before(end); time.Sleep(25 * time.Millisecond) {
		if got = eval[string](b, "(async () => "+text+")()"); got == strings.Join(want, "|") {
			return
		}
	}
	b.Fatalf("image %s has the labels %s, want %q", id, got, want)
}

// chips are the labels that the page shows.
func (b *tab) chips() []string {
	return eval[[]string](b, "[...document.querySelectorAll('.chips[aria-label=\"Labels\"] .chip a')].map((e) => e.textContent)")
}

// TestLabels adds and removes labels by mouse and by keyboard.
func TestLabels(t *testing.T) {
	t.Parallel()
	s := labelledSite(t)
	id := s.id(t, 2)
	b := openTab(t, s, "#/image/"+id)
	b.see(".labels", "")
	b.press("l")
	b.wait("the focus in the field", "document.activeElement.id === 'label'")
	b.run("document.querySelector('#label').value = ''") // chromedp sends a character after each key, prevented or not
	b.press("g", "o", "l", "d")                          // letters that are keys elsewhere are text here
	b.press(kb.Enter)
	b.see(".chip a", "gold")
	b.stored(id, "gold")
	b.wait("the spoken result", "document.querySelector('#live').textContent === 'Labelled gold'")
	b.press("x", kb.Escape)
	b.wait("an empty field without the focus", "document.activeElement.id !== 'label' && document.querySelector('#label').value === ''")
	b.see("h1", "original 3.jpg") // Escape left the field, not the page
	b.run("document.querySelector('#label').value = ' <b>bold</b> '")
	b.click(".label-form button")
	b.see(".chip a", "<b>bold</b>")
	if got := b.chips(); !slices.Equal(got, []string{"<b>bold</b>", "gold"}) {
		t.Errorf("chips %q", got)
	}
	b.click(`button[aria-label="Remove the label gold"]`)
	b.stored(id, "<b>bold</b>")
	b.run("document.querySelector('#label').value = 'a'.repeat(150) + 'é'.repeat(50)") // 250 bytes
	b.allow("status of 400")
	b.click(".label-form button")
	b.see(".toast", "Not stored: ")
	b.see(".toast", "must be 1 to 200")
	b.stored(id, "<b>bold</b>")
}

// TestSuggestions accepts and rejects what is suggested, by click and by key.
func TestSuggestions(t *testing.T) {
	t.Parallel()
	s := labelledSite(t)
	first, second := s.id(t, 3), s.id(t, 4)
	b := openTab(t, s, "#/image/"+first)
	b.see("#accept", "been/there") // equal shares go by name
	b.see(".suggested", "harbour & sea")
	b.gone("[title='Accept été']") // next to nothing speaks for it
	b.press("n")
	b.see("#accept", "harbour & sea")
	b.press("y")
	b.see(".chip a", "harbour & sea")
	b.stored(first, "harbour & sea")
	b.reload()
	b.see("#accept", "été") // the rejected label does not come again
	if eval[bool](b, "document.querySelector('.labels').textContent.includes('been/there')") {
		t.Error("a rejected label is suggested again")
	}
	b.visit("#/image/" + second)
	b.see("#accept", "été")
	b.run("document.querySelector('#reject').focus()")
	b.press(kb.Enter)
	b.wait("the focus on the next suggestion", "document.activeElement.id === 'accept' && !document.activeElement.textContent.includes('été')")
	b.click("#accept")
	b.wait("one label", "document.querySelectorAll('.chips[aria-label=\"Labels\"] .chip').length === 1")
	labels, err := s.client.LabelsOf(context.Background(), second)
	if err != nil || len(labels.Decisions) != 2 || len(labels.Labels) != 1 || labels.Labels[0] == "été" {
		t.Errorf("decisions %+v, %v", labels, err)
	}
	for _, scheme := range []string{"light", "dark"} {
		b.scheme(scheme)
		b.wait("the end of the fade", "document.getAnimations().every((a) => a.playState !== 'running')")
		for _, low := range eval[[]string](b, contrastOf) {
			t.Errorf("%s: contrast %s", scheme, low)
		}
	}
}

// TestSuggestionsKeepTheirPlace: what is below suggestions stays where it is when they come late, change, and end.
func TestSuggestionsKeepTheirPlace(t *testing.T) {
	t.Parallel()
	s := labelledSite(t)
	b := openTab(t, s, "")
	b.see(".count", "5 pictures")
	b.run(`const ask = window.fetch;
		window.hold = () => { window.held = new Promise((done) => (window.release = done)) };
		window.fetch = async (url, init) => { if (url.endsWith("/suggestions")) await window.held; return ask(url, init) }`)
	for width, n := range map[int64]int{1200: 3, 390: 4} {
		b.size(width, 844)
		b.run("window.hold()")
		b.visit("#/image/" + s.id(t, n))
		b.see(".results .score", "0.")
		b.gone("#accept")
		before := b.below()
		b.run("window.release()")
		for range 3 { // there are three labels
			b.see("#accept", "")
			if after := b.below(); !slices.Equal(before, after) {
				t.Errorf("%d wide: field, buttons and results are at %d, before the suggestions came at %d", width, after, before)
			}
			first := eval[string](b, "document.querySelector('#accept').title")
			b.press("n")
			b.wait("others", "document.querySelector('#accept')?.title !== "+quote(first))
		}
		b.see("[aria-label='Suggested labels']", "none by the labels of other pictures")
		if after := b.below(); !slices.Equal(before, after) {
			t.Errorf("%d wide: field, buttons and results are at %d without suggestions, before at %d", width, after, before)
		}
	}
}

// TestLongSuggestionOnAPhone: a long label is seen whole on its card, and on the picture's page up to an ellipsis, with all of it in
// the title; what accepts and rejects it is under the finger.
func TestLongSuggestionOnAPhone(t *testing.T) {
	t.Parallel()
	s := newSite(t, original(1), original(2), edited(1, "jpeg10"), edited(2, "jpeg10"))
	const spaced, unspaced = "summer holiday in the mountains", "Donaudampfschifffahrtsgesellschaft"
	_, err := s.client.SetLabels(t.Context(), []api.LabelChange{{ID: s.id(t, 0), Label: spaced, Decision: "given"}, {ID: s.id(t, 1), Label: unspaced, Decision: "given"}})
	if err != nil {
		t.Fatal(err)
	}
	b := openTab(t, s, "")
	b.size(390, 844)
	for n, label := range map[int]string{2: spaced, 3: unspaced} {
		b.visit("#/image/" + s.id(t, n))
		b.see("#accept", label)
		b.run("document.querySelector('.labels').scrollIntoView({block: 'center'})")
		b.wait("the whole label in a title", "document.querySelector('#accept').title.includes("+quote(label)+")")
		b.wait("an ellipsis", "getComputedStyle(document.querySelector('#accept span')).textOverflow === 'ellipsis'")
		b.reachable("#accept")
		b.reachable("#reject")
		b.shootFor("long-suggestion-picture")
		b.visit("#/suggestions")
		b.see(b.card(n)+" .what", label)
		b.wait("the whole label", "(() => { const e = document.querySelector("+quote(b.card(n)+" .what")+"); return e.scrollHeight <= e.clientHeight && e.scrollWidth <= e.clientWidth })()")
		b.reachable(b.card(n) + " .yes")
		b.reachable(b.card(n) + " .no")
		b.shootFor("long-suggestion-cards")
	}
}

// reachable fails unless a click in the middle of an element is a click on it.
func (b *tab) reachable(selector string) {
	b.Helper()
	b.wait(selector+" under the finger", `(() => { const e = document.querySelector(`+quote(selector)+`), r = e.getBoundingClientRect();
		return r.width >= 30 && r.left >= 0 && r.right <= innerWidth && e.contains(document.elementFromPoint(r.x + r.width / 2, r.y + r.height / 2)) })()`)
}

// below are the places of what follows suggestions, in pixels from the top of the page.
func (b *tab) below() []int {
	b.Helper()
	return eval[[]int](b, "['.label-form', '#delete', '.results'].map((s) => Math.round(document.querySelector(s).getBoundingClientRect().top + scrollY))")
}

// TestLabelFilter shows the pictures of one label, and goes there and back.
func TestLabelFilter(t *testing.T) {
	t.Parallel()
	s := labelledSite(t)
	b := openTab(t, s, "")
	b.see(".count", "5 pictures")
	b.openFilter()
	b.wait("the labels", "[...document.querySelectorAll('#filter-label option')].some((e) => e.textContent === 'harbour & sea (1)')")
	if all := b.shownIDs(".grid"); len(all) != 5 {
		t.Fatalf("%d pictures", len(all))
	}
	b.choose("label", "été")
	b.wait("one picture", "document.querySelectorAll('.grid .tile').length === 1")
	b.see(".count", "1 picture")
	if got := b.shownIDs(".grid"); !slices.Equal(got, []string{s.id(t, 1)}) {
		t.Errorf("labelled été: %v", got)
	}
	b.click(".grid .tile a")
	b.see("h1", "original 2.jpg")
	b.press(kb.Escape)
	b.wait("the filtered grid again", "location.hash.includes('label=') && document.querySelectorAll('.grid .tile').length === 1")
	b.press("g")
	b.wait("all pictures", "document.querySelectorAll('.grid .tile').length === 5 && document.querySelector('#filter-label').value === ''")
	b.visit("#/?label=harbour+%26+sea")
	b.wait("its picture", "document.querySelectorAll('.grid .tile').length === 1 && document.querySelector('#filter-label').value === 'harbour & sea'")
	b.visit("#/?label=nothing")
	b.see(".notice", "Asked for: labelled nothing")
	b.click("#no-filter")
	b.wait("all pictures", "document.querySelectorAll('.grid .tile').length === 5")
	b.visit("#/image/" + s.id(t, 0))
	b.click(".chip a")
	b.wait("the pictures of its label", "document.querySelectorAll('.grid .tile').length === 1")
}

// TestNoLabelsNoFilter: who has no labels does not see a filter by label, and who has no pictures sees none.
func TestNoLabelsNoFilter(t *testing.T) {
	t.Parallel()
	b := openTab(t, newSite(t, original(1)), "")
	b.see(".count", "picture")
	b.openFilter()
	b.see("#filter-panel", "Folder")
	b.gone("#filter-label")
	empty := openTab(t, newSite(t), "")
	empty.see(".notice", "No pictures yet")
	empty.gone("#filter")
}
