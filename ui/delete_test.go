package ui_test

import (
	"slices"
	"testing"
	"time"

	"github.com/chromedp/chromedp/kb"
	"github.com/google/go-cmp/cmp"
)

// untilLeft waits until the API lists n pictures.
func (b *tab) untilLeft(n int) {
	b.Helper()
	for end := time.Now().Add(patience); len(b.site.ids(b)) != n; time.Sleep(25 * time.Millisecond) {
		if time.Now().After(end) {
			b.Fatalf("the API lists %d pictures, want %d", len(b.site.ids(b)), n)
		}
	}
}

// TestUndo hides a picture at once, shows it again where it was, and never asks the API.
func TestUndo(t *testing.T) {
	t.Parallel()
	s := newSite(t, originals(5)...)
	b := openTab(t, s, "")
	b.wait("the grid", gridSize+" === 5")
	before := b.shownIDs(".grid")
	second := `.grid [data-id="` + before[1] + `"]`
	b.run(`document.querySelector('` + second + ` .remove').click()`)
	b.see(".toast", "original 4.jpg deleted. Its file stays on the disk.")
	b.see(".count", "4 pictures")
	if diff := cmp.Diff(slices.Delete(slices.Clone(before), 1, 2), b.shownIDs(".grid")); diff != "" {
		t.Errorf("after the delete (-want +got):\n%s", diff)
	}
	b.click(".toast button")
	b.gone(".toast")
	b.see(".count", "5 pictures")
	if diff := cmp.Diff(before, b.shownIDs(".grid")); diff != "" {
		t.Errorf("after undo (-want +got):\n%s", diff)
	}
	if n := len(s.ids(t)); n != 5 {
		t.Errorf("the library has %d pictures after undo, want 5", n)
	}
}

// TestDeleteForReal lets the time of one delete pass while another is undone.
func TestDeleteForReal(t *testing.T) {
	t.Parallel()
	s := newSite(t, originals(4)...)
	b := openTab(t, s, "")
	b.wait("the grid", gridSize+" === 4")
	b.run(`document.querySelector(".grid a").focus()`)
	b.press(kb.Delete)
	b.see(".toast", "original 4.jpg")
	b.press(kb.Delete)
	b.see(".toast", "original 3.jpg")
	b.see(".count", "2 pictures")
	if n := len(s.ids(t)); n != 4 {
		t.Errorf("the library has %d pictures while both deletes can be undone, want 4", n)
	}
	b.press("u") // the last one
	b.see(".count", "3 pictures")
	b.untilLeft(3)
	b.gone(".toast")
	b.see(".count", "3 pictures")
	want := []string{s.id(t, 2), s.id(t, 1), s.id(t, 0)}
	if diff := cmp.Diff(want, b.shownIDs(".grid")); diff != "" {
		t.Errorf("left (-want +got):\n%s", diff)
	}
}

// TestDeleteOnLeaving sends what is pending when the page is left.
func TestDeleteOnLeaving(t *testing.T) {
	t.Parallel()
	s := newSite(t, originals(4)...)
	b := openTab(t, s, "")
	b.wait("the grid", gridSize+" === 4")
	b.run(`document.querySelectorAll(".grid .remove").forEach((e, i) => i < 2 && e.click())`)
	b.see(".count", "2 pictures")
	b.run(`location.href = "/healthz"`)
	b.untilLeft(2)
	b.visit("")
	b.see(".count", "2 pictures")
}

// TestDeleteFromDetail goes back to where the picture was opened.
func TestDeleteFromDetail(t *testing.T) {
	t.Parallel()
	s := newSite(t, originals(4)...)
	b := openTab(t, s, "")
	id := s.id(t, 0)
	b.click(`.grid [data-id="` + id + `"] a`)
	b.see("h1", "original 1.jpg")
	b.press(kb.Delete)
	b.see("h1", "Gallery")
	b.see(".count", "3 pictures")
	b.press(kb.Delete) // no picture has the focus: nothing more is deleted
	b.click(".toast [aria-label=Dismiss]")
	b.untilLeft(3)
	b.visit("#/image/" + id)
	b.allow("status of 404")
	b.see(".notice[role=alert]", "Not found")
}

// TestRefusedDelete shows the picture again and says why.
func TestRefusedDelete(t *testing.T) {
	t.Parallel()
	s := newSite(t, originals(3)...)
	b := openTab(t, s, "")
	b.allow("status of 500")
	b.wait("the grid", gridSize+" === 3")
	s.broken.Store(true)
	b.run(`document.querySelector(".grid .remove").click()`)
	b.see(".count", "2 pictures")
	b.click(".toast [aria-label=Dismiss]")
	b.see(".toast.error", "original 3.jpg was not deleted: the disk is full")
	b.see(".count", "3 pictures")
	s.broken.Store(false)
	b.click(".toast.error button") // Try again
	b.click(".toast [aria-label=Dismiss]")
	b.untilLeft(2)
	b.see(".count", "2 pictures")
}
