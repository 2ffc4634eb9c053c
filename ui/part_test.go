package ui_test

import (
	"image"
	"strings"
	"testing"

	"github.com/chromedp/cdproto/input"
	"github.com/chromedp/chromedp/kb"
	"github.com/disintegration/imaging"

	"lookalike/internal/pictures"
)

const (
	marking = "document.querySelector('#part').getAttribute('aria-pressed') === 'true'"
	heading = "document.querySelector('.page:not([hidden]) .heading h2').textContent"
	firstID = "document.querySelector('.results .tile .score')?.closest('.tile').dataset.id"
)

// collage holds original n in its lower right quarter.
func collage(n int) picture {
	part := pictures.Make(uint64(n), side+side*(n%3)/3, side)
	size := part.Bounds().Size()
	ground := imaging.Resize(pictures.Make(77, 100, 100), 2*size.X, 2*size.Y, imaging.Linear)
	return picture{"collage.jpg", asJPEG(imaging.Paste(ground, part, size))}
}

// drag moves the mouse over a picture, from and to in parts of its sides.
func (b *tab) drag(selector string, fromX, fromY, toX, toY float64) {
	b.Helper()
	box := eval[[]float64](b, "(() => { const r = document.querySelector("+quote(selector)+").getBoundingClientRect(); return [r.x, r.y, r.width, r.height] })()")
	mouse := func(kind input.DispatchMouseEventType, x, y float64) {
		call(b, input.DispatchMouseEvent, input.DispatchMouseEventParams{Type: kind, X: box[0] + x*box[2], Y: box[1] + y*box[3],
			Button: input.MouseButtonLeft, Buttons: 1, ClickCount: 1})
	}
	mouse(input.DispatchMouseEventTypeMousePressed, fromX, fromY)
	mouse(input.DispatchMouseEventTypeMouseMoved, (fromX+toX)/2, (fromY+toY)/2)
	mouse(input.DispatchMouseEventTypeMouseMoved, toX, toY)
	mouse(input.DispatchMouseEventTypeMouseReleased, toX, toY)
}

// TestPart drags over the part that holds another picture of the library, which
// is then the first result; the address leads there again.
func TestPart(t *testing.T) {
	t.Parallel()
	s := newSite(t, append(originals(6), collage(4))...)
	wanted, whole := s.id(t, 3), s.id(t, 6)
	b := openTab(t, s, "#/image/"+whole)
	b.wait("results", firstID)
	b.click("#part")
	b.wait("the surface", marking+" && document.querySelector('.surface .part') && !document.querySelector('a.frame').href")
	b.see(".about", "Drag over what you look for")
	b.drag(".surface", 0.5, 0.5, 0.999, 0.999)
	b.wait("the part's results", heading+" === 'Looks like this part' && "+firstID+" === "+quote(wanted))
	hash := eval[string](b, "location.hash")
	if !strings.HasPrefix(hash, "#/image/"+whole+"?region=0.") {
		t.Errorf("the address is %s", hash)
	}
	b.drag(".surface", 0.3, 0.3, 0.3, 0.3) // a click is no part
	if now := eval[string](b, "location.hash"); now != hash {
		t.Errorf("a click searched by %s", now)
	}
	b.reload()
	b.wait("the part again", heading+" === 'Looks like this part' && "+firstID+" === "+quote(wanted)+" && "+marking)
	places := eval[[]float64](b, "['left', 'top'].map((p) => parseFloat(document.querySelector('.part').style[p]))")
	if places[0] < 48 || places[0] > 52 || places[1] < 48 || places[1] > 52 {
		t.Errorf("the part is at %v", places)
	}
	b.click("#part")
	b.wait("all of it", heading+" === 'Looks like this' && !("+marking+") && document.querySelector('a.frame').href && location.hash === "+quote("#/image/"+whole))
}

// TestPartByKeyboard: arrows move the part, with Shift they resize it.
func TestPartByKeyboard(t *testing.T) {
	t.Parallel()
	s := newSite(t, append(originals(6), collage(4))...)
	b := openTab(t, s, "#/image/"+s.id(t, 6))
	b.wait("results", firstID)
	b.run("document.querySelector('#part').focus()")
	b.press(kb.Enter)
	b.run("document.querySelector('.part').focus()")
	for range 14 {
		b.press(kb.ArrowRight, kb.ArrowDown)
	}
	at := func() image.Rectangle {
		p := eval[[]float64](b, "['left', 'top', 'width', 'height'].map((p) => Math.round(parseFloat(document.querySelector('.part').style[p])))")
		return image.Rect(int(p[0]), int(p[1]), int(p[0]+p[2]), int(p[1]+p[3]))
	}
	if got := at(); got != image.Rect(50, 50, 100, 100) {
		t.Errorf("moved to the edge, the part is at %v", got)
	}
	b.press(kb.Enter)
	b.wait("the part's results", heading+" === 'Looks like this part' && "+firstID+" === "+quote(s.id(t, 3)))
	b.run("document.querySelector('.part').dispatchEvent(new KeyboardEvent('keydown', {key: 'ArrowLeft', shiftKey: true, bubbles: true}))")
	if got := at(); got != image.Rect(50, 50, 98, 100) {
		t.Errorf("resized, the part is at %v", got)
	}
	b.press(kb.Escape)
	b.wait("all of it, on the same page", heading+" === 'Looks like this' && !("+marking+") && document.activeElement.id === 'part'")
}

// TestCompare lights up what answers a patch, by mouse and by keyboard.
func TestCompare(t *testing.T) {
	t.Parallel()
	s := newSite(t, original(1), edited(1, "jpeg10"), original(2))
	b := openTab(t, s, "#/image/"+s.id(t, 0))
	b.wait("results", firstID+" === "+quote(s.id(t, 1)))
	b.run("document.querySelector('.results .tile > a').focus()")
	b.press("c")
	b.wait("both pictures", "location.hash === "+quote("#/compare/"+s.id(t, 0)+"?with="+s.id(t, 1))+" && document.querySelectorAll('.compare img.loaded').length === 2")
	b.see("h1", "Which parts answer each other")
	b.see(".model-note", "starter model")
	sides := eval[[]int](b, "[...document.querySelectorAll('.compare .frame')].map((f) => f.querySelectorAll('.patch').length)")
	if len(sides) != 2 || sides[0] < 20 || sides[0] != sides[1] {
		t.Fatalf("%v patches", sides)
	}
	const lit = "[...document.querySelectorAll('.compare .frame')].map((f) => f.querySelectorAll('.patch.lit').length).join(' ')"
	b.run("document.querySelector('.patch').dispatchEvent(new PointerEvent('pointerenter'))")
	b.wait("a pair", lit+" === '1 1'")
	b.see(".page [role=status]", "Pair 1 of ")
	same := eval[bool](b, "(() => { const [a, b] = document.querySelectorAll('.patch.lit'); return Math.abs(parseFloat(a.style.left) - parseFloat(b.style.left)) < 1 && a.style.getPropertyValue('--hue') === b.style.getPropertyValue('--hue') })()")
	if !same {
		t.Error("a recompressed picture's best patch does not answer itself in its place, or in another colour")
	}
	b.run("document.querySelector('.patch').focus()")
	b.press(kb.ArrowRight, kb.ArrowDown)
	b.see(".page [role=status]", "Pair 3 of ")
	b.press(kb.End, kb.Home)
	b.see(".page [role=status]", "Pair 1 of ")
	if reachable := eval[int](b, "document.querySelectorAll('.patch[tabindex=\"0\"]').length"); reachable != 1 {
		t.Errorf("%d patches take part in tabbing", reachable)
	}
	b.press(kb.Escape)
	b.wait("back at the picture", "location.hash === "+quote("#/image/"+s.id(t, 0)))
	b.allow("status of 404")
	b.visit("#/compare/" + s.id(t, 0) + "?with=99")
	b.see(".notice[role=alert]", "99")
}
