package ui_test

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/chromedp/chromedp/kb"
	"github.com/google/go-cmp/cmp"

	"lookalike/api"
)

// suggestSite serves three labelled originals, the second with a hostile label, and worn copies of them: 3-5 of the
// first, 6-7 of the second, 8 of the third.
func suggestSite(t testing.TB) *site {
	t.Helper()
	s := newSite(t, original(1), original(2), original(3), edited(1, "jpeg10"), edited(1, "small"), edited(1, "brightness"),
		edited(2, "jpeg10"), edited(2, "small"), edited(3, "jpeg10").renamed(hostileFile))
	_, err := s.client.SetLabels(context.Background(), []api.LabelChange{
		{ID: s.id(t, 0), Label: "harbour", Decision: "given"}, {ID: s.id(t, 1), Label: hostile, Decision: "given"}, {ID: s.id(t, 2), Label: "été", Decision: "given"},
	})
	if err != nil {
		t.Fatal(err)
	}
	return s
}

const hostileFile = `"><img src=x onerror=alert(2)>&lt;.jpg`

// suggested are the pictures that the page shows, in order, by their number.
func (b *tab) suggested() []int {
	b.Helper()
	var numbers []int
	for _, id := range eval[[]string](b, "[...document.querySelectorAll('.suggestion')].filter((e) => e.checkVisibility()).map((e) => e.dataset.image)") {
		numbers = append(numbers, slices.IndexFunc(b.site.paths, func(path string) bool {
			img, found, err := b.site.client.ImageByPath(context.Background(), path)
			return err == nil && found && img.ID == id
		}))
	}
	return numbers
}

// suggests waits until the page shows these pictures, in any order.
func (b *tab) suggests(want ...int) {
	b.Helper()
	var got []int
	for end := time.Now().Add(patience); time.Now().Before(end); time.Sleep(25 * time.Millisecond) {
		if got = b.suggested(); cmp.Equal(slices.Sorted(slices.Values(got)), slices.Sorted(slices.Values(want))) {
			return
		}
	}
	b.Fatalf("suggestions for %v, want %v; the page says:\n%s", got, want, eval[string](b, "document.body.innerText.slice(0, 1500)"))
}

// card is a selector of a picture's card.
func (b *tab) card(n int) string {
	return fmt.Sprintf(`.suggestion[data-image="%s"]`, b.site.id(b, n))
}

// TestSuggestionsOfAll accepts and rejects one by one with the mouse, and takes it back.
func TestSuggestionsOfAll(t *testing.T) {
	t.Parallel()
	s := suggestSite(t)
	b := openTab(t, s, "")
	b.click(`.tabs [data-page="suggestions"]`)
	b.see("h1", "Suggested labels")
	b.suggests(3, 4, 5, 6, 7, 8)
	b.see(".count", "6 pictures, the surest first")
	b.see(".model-note", "starter model")
	want, err := s.client.Unlabelled(t.Context(), api.ClassifyOptions{}, "", 100, nil)
	if err != nil {
		t.Fatal(err)
	}
	var order []string
	for _, one := range want.Images {
		order = append(order, one.Image.ID)
	}
	if diff := cmp.Diff(order, eval[[]string](b, "[...document.querySelectorAll('.suggestion')].map((e) => e.dataset.image)")); diff != "" {
		t.Errorf("the order (-API +page):\n%s", diff)
	}
	b.see(b.card(6)+" .what", hostile)
	b.click(b.card(6) + " .yes")
	b.suggests(3, 4, 5, 7, 8)
	b.stored(s.id(t, 6), hostile)
	b.see(".toast", "1 picture labelled "+hostile)
	b.click(".toast .button")
	b.suggests(3, 4, 5, 6, 7, 8)
	b.stored(s.id(t, 6))
	b.click(b.card(8) + " .no")
	b.wait("another label", "!document.querySelector("+quote(b.card(8)+" .what")+").textContent.includes('été')")
	b.reload()
	b.suggests(3, 4, 5, 6, 7, 8)
	b.wait("another label still", "!document.querySelector("+quote(b.card(8)+" .what")+").textContent.includes('été')")
	b.click(b.card(3) + " > a") // what is decided on the picture's page is not asked again
	b.see("#accept", "harbour")
	b.press("y")
	b.see(".chip a", "harbour")
	b.press(kb.Escape)
	b.suggests(4, 5, 6, 7, 8)
}

// TestSuggestionsAtOnce selects all of a label above a confidence, and undoes it.
func TestSuggestionsAtOnce(t *testing.T) {
	t.Parallel()
	s := suggestSite(t)
	b := openTab(t, s, "#/suggestions?label=harbour")
	b.suggests(3, 4, 5)
	b.run(`const slider = document.querySelector("#sure"); slider.value = "0.5"; slider.dispatchEvent(new Event("input")); slider.dispatchEvent(new Event("change"))`)
	b.wait("the address", `location.hash === "#/suggestions?label=harbour&from=0.5"`)
	sure := b.suggested()
	b.click("#select-all")
	b.see(".chosen", fmt.Sprintf("%d selected", len(sure)))
	b.wait("the focus on what comes next", "document.activeElement.id === 'accept-selected'")
	b.press(kb.Enter)
	b.gone(".chosen")
	b.suggests()
	b.see(".notice", "No suggestion like that")
	for _, n := range sure {
		b.stored(s.id(t, n), "harbour")
	}
	b.press("u")
	b.suggests(sure...)
	for _, n := range sure {
		b.stored(s.id(t, n))
	}
	b.reload()
	b.suggests(sure...)
	b.run(`const label = document.querySelector("#suggested-label"); label.value = ""; label.dispatchEvent(new Event("change"))`)
	b.wait("the address", `location.hash === "#/suggestions?from=0.5"`)
	b.click(b.card(6) + " input")
	b.click(b.card(7) + " input")
	b.see(".chosen", "2 selected")
	b.click("#reject-selected")
	labels, err := s.client.LabelsOf(t.Context(), s.id(t, 7))
	for end := time.Now().Add(patience); err == nil && len(labels.Decisions) == 0 && time.Now().Before(end); {
		labels, err = s.client.LabelsOf(t.Context(), s.id(t, 7))
	}
	if err != nil || len(labels.Decisions) != 1 || labels.Decisions[0].Decision != "rejected" || labels.Decisions[0].Label != hostile {
		t.Errorf("decisions %+v, %v", labels, err)
	}
}

// TestSuggestionsByKeyboard walks, selects, accepts, rejects and undoes without a mouse.
func TestSuggestionsByKeyboard(t *testing.T) {
	t.Parallel()
	s := suggestSite(t)
	b := openTab(t, s, "")
	b.see(".count", "pictures")
	b.press("s")
	b.suggests(3, 4, 5, 6, 7, 8)
	order := b.suggested()
	at := func(n int) {
		t.Helper()
		b.wait("the focus on a picture", "document.activeElement.closest('.suggestion')?.dataset.image === "+quote(s.id(t, n)))
	}
	b.run(`document.querySelector('.suggestion a[tabindex="0"]').focus()`)
	at(order[0])
	b.press("y")
	at(order[1]) // the next one
	b.press(kb.ArrowRight, "x", kb.ArrowRight, "x")
	b.see(".chosen", "2 selected")
	b.press("y")
	b.suggests(order[1], order[4], order[5])
	b.press("u", "u")
	b.suggests(order...)
	b.run(`document.querySelector('.suggestion a').focus()`)
	b.press(kb.End)
	at(order[5])
	b.press("x")
	b.see(".chosen", "1 selected")
	b.press(kb.Escape) // gives the selection up, not the page
	b.gone(".chosen")
	b.see("h1", "Suggested labels")
	b.wait("the spoken result", "document.querySelector('#live').textContent.includes('selected')")
	for _, scheme := range []string{"light", "dark"} {
		b.scheme(scheme)
		b.wait("the end of the fade", "document.getAnimations().every((a) => a.playState !== 'running' || a.effect.getTiming().duration > 5000)")
		for _, low := range eval[[]string](b, contrastOf) {
			t.Errorf("%s: contrast %s", scheme, low)
		}
	}
	b.size(360, 740)
	b.press("x")
	b.fits("suggestions")
}

// TestSuggestionsInPages selects and accepts more than one page of them, and undoes that. The labels are no matter to the
// other tests of the shared site.
func TestSuggestionsInPages(t *testing.T) {
	t.Parallel()
	s := sharedSite(t)
	first, second := s.id(t, 0), s.id(t, 1)
	decide := func(decision string) {
		t.Helper()
		if _, err := s.client.SetLabels(context.Background(), []api.LabelChange{{ID: first, Label: "first", Decision: decision}, {ID: second, Label: "second", Decision: decision}}); err != nil {
			t.Fatal(err)
		}
	}
	labelled := func(want int) {
		t.Helper()
		got := 0
		for end := time.Now().Add(patience); time.Now().Before(end); time.Sleep(25 * time.Millisecond) {
			all, err := s.client.Labels(t.Context())
			if err != nil {
				t.Fatal(err)
			}
			got = 0
			for _, l := range all.Labels {
				got += l.Images
			}
			if got == want {
				return
			}
		}
		t.Fatalf("%d pictures have labels, want %d", got, want)
	}
	decide("given")
	t.Cleanup(func() { decide("none") })
	b := openTab(t, s, "#/suggestions")
	b.see(".count", "60 pictures so far")
	b.click("#select-all") // those that are not here yet too
	b.see(".chosen", "148 selected")
	b.see(".count", "148 pictures, the surest first")
	b.click("#accept-selected")
	b.see(".notice", "Nothing to suggest")
	labelled(sharedPictures)
	b.press("u")
	b.see(".count", "148 pictures, the surest first")
	labelled(2)
}

// TestSuggestionsRefused: without labels, without a probe, and with a server that is away.
func TestSuggestionsRefused(t *testing.T) {
	t.Parallel()
	s := newSite(t, original(1), edited(1, "small"))
	b := openTab(t, s, "#/suggestions")
	b.see(".notice", "No labels yet")
	b.see(".notice", "lookalike label --from-folders")
	b.visit("#/image/" + s.id(t, 0))
	b.see(".labels", "")
	b.run("document.querySelector('#label').value = 'one'; document.querySelector('.label-form').requestSubmit()")
	b.see(".chip a", "one")
	b.visit("#/suggestions")
	b.suggests(1)
	b.allow("status of 409")
	b.run(`const method = document.querySelector("#method"); method.value = "probe"; method.dispatchEvent(new Event("change"))`)
	b.see(".notice", "No probe is trained")
	b.wait("the address", `location.hash === "#/suggestions?method=probe"`)
	b.visit("#/suggestions")
	b.suggests(1)
	b.allow("status of 500")
	s.broken.Store(true)
	b.click(".yes")
	b.see(".toast.error", "Not stored: the disk is full")
	b.see(".notice[role=alert]", "the disk is full")
	s.broken.Store(false)
	b.click(".notice button")
	b.suggests(1) // it was not stored, so it is suggested again
	if labels := eval[string](b, "document.querySelector('.what').textContent"); strings.TrimSpace(labels) != "one" {
		t.Errorf("suggested: %q", labels)
	}
}
