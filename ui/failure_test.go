package ui_test

import (
	"os"
	"testing"
)

// TestBrokenServer shows the problem's words and succeeds on the next try.
func TestBrokenServer(t *testing.T) {
	t.Parallel()
	s := newSite(t, original(1), edited(1, "jpeg10"))
	b := openTab(t, s, "")
	b.allow("status of 500")
	b.see(".count", "2 pictures")
	s.broken.Store(true)
	for _, hash := range []string{"#/image/1", "#/duplicates"} {
		b.visit(hash)
		b.see(".notice[role=alert]", "Internal error")
		b.see(".notice[role=alert]", "the disk is full")
	}
	s.broken.Store(false)
	b.click(".page:not([hidden]) .notice button")
	b.see(".group", "2 look alike")
}

// TestServerAway says that the server is gone, and recovers by itself.
func TestServerAway(t *testing.T) {
	t.Parallel()
	s := newSite(t, originals(2)...)
	b := openTab(t, s, "")
	b.allow("ERR_")
	b.see(".count", "2 pictures")
	s.down.Store(true)
	b.visit("#/image/" + "1")
	b.see("#connection", "The server does not answer")
	b.see(".notice[role=alert]", "The server does not answer")
	s.down.Store(false)
	b.gone("#connection")
	b.see("h1", "original 1.jpg")
}

// TestGoneOriginal shows the thumbnail and the reason.
func TestGoneOriginal(t *testing.T) {
	t.Parallel()
	s := newSite(t, originals(2)...)
	if err := os.Remove(s.paths[0]); err != nil {
		t.Fatal(err)
	}
	b := openTab(t, s, "#/image/1")
	b.allow("status of 410")
	b.see("figcaption", "Shown small:")
	b.wait("the thumbnail", "document.querySelector('.frame img').src.includes('/thumbnail?v=') && document.querySelector('.frame img').naturalWidth > 0")
}
