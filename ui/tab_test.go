package ui_test

import (
	"context"
	"encoding/base64"
	"fmt"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/chromedp/cdproto/cdp"
	"github.com/chromedp/cdproto/emulation"
	"github.com/chromedp/cdproto/log"
	"github.com/chromedp/cdproto/network"
	"github.com/chromedp/cdproto/runtime"
	"github.com/chromedp/chromedp"
)

// tab is a browser's tab at a site. When its test ends, no script may have
// failed, no policy may have been broken and no other site asked.
type tab struct {
	testing.TB
	ctx  context.Context
	site *site

	mu      sync.Mutex
	noise   []string // console errors, exceptions, requests elsewhere
	allowed []string // parts of noise that the test expects
}

// openTab opens a desktop-sized tab in a profile of its own at a hash.
func openTab(t testing.TB, s *site, hash string) *tab {
	t.Helper()
	b := &tab{TB: t, site: s}
	ctx, cancel := chromedp.NewContext(browser(t), chromedp.WithNewBrowserContext(), chromedp.WithListener(b.listen))
	t.Cleanup(cancel)
	if err := chromedp.Do(ctx); err != nil { // the tab lives as long as the context of its first action
		t.Fatal(err)
	}
	b.ctx, cancel = context.WithTimeout(ctx, 2*time.Minute)
	t.Cleanup(cancel)
	call(b, network.Enable, network.EnableParams{})
	call(b, emulation.SetFocusEmulationEnabled, emulation.SetFocusEmulationEnabledParams{Enabled: true})
	t.Cleanup(b.checkNoise)
	b.size(1280, 800)
	b.visit(hash)
	return b
}

// listen collects what must not happen. It runs on the goroutine of the tab's messages.
func (b *tab) listen(ev any) {
	switch ev := ev.(type) {
	case *runtime.EventExceptionThrown:
		b.complain("exception: " + ev.ExceptionDetails.Text + exceptionText(ev))
	case *log.EventEntryAdded:
		if ev.Entry.Level == log.EntryLevelError {
			b.complain("console: " + ev.Entry.Text + " " + ev.Entry.URL)
		}
	case *network.EventRequestWillBeSent:
		if url := ev.Request.URL; !strings.HasPrefix(url, b.site.url+"/") && !strings.HasPrefix(url, "blob:") && !strings.HasPrefix(url, "data:") {
			b.complain("request elsewhere: " + url)
		}
	}
}

func exceptionText(ev *runtime.EventExceptionThrown) string {
	if ev.ExceptionDetails.Exception == nil {
		return ""
	}
	return " " + ev.ExceptionDetails.Exception.Description
}

func (b *tab) complain(text string) {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.noise = append(b.noise, text)
}

// allow expects console errors that contain part: browsers log every failed request.
func (b *tab) allow(part string) {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.allowed = append(b.allowed, part)
}

func (b *tab) checkNoise() {
	b.mu.Lock()
	defer b.mu.Unlock()
	for _, text := range b.noise {
		expected := false
		for _, part := range b.allowed {
			expected = expected || strings.Contains(text, part)
		}
		if !expected {
			b.Errorf("the page complained: %s", text)
		}
	}
}

// visit goes to a hash of the gallery; within the gallery no page is loaded.
func (b *tab) visit(hash string) {
	b.Helper()
	b.do(chromedp.Navigate(b.site.url + "/" + hash))
}

// reload loads the page again, and waits until the old one is gone: it still answers for a while.
func (b *tab) reload() {
	b.Helper()
	b.run("window.old = true; setTimeout(() => location.reload())")
	b.wait("the page anew", "!window.old")
}

func (b *tab) do(steps ...chromedp.Action[chromedp.Void]) {
	b.Helper()
	if err := chromedp.Do(b.ctx, steps...); err != nil {
		b.Fatal(err)
	}
}

// size sets the window's size in CSS pixels; narrow ones are phones.
func (b *tab) size(width, height int64) {
	b.Helper()
	var opts []chromedp.EmulateViewportOption
	if width < 600 {
		opts = append(opts, chromedp.EmulateMobile, chromedp.EmulateTouch)
	}
	b.do(chromedp.EmulateViewport(width, height, opts...))
}

// scheme sets what the system prefers, "dark" or "light".
func (b *tab) scheme(name string) {
	b.Helper()
	b.media("prefers-color-scheme", name)
}

// media sets a CSS media feature of the system.
func (b *tab) media(feature, value string) {
	b.Helper()
	call(b, emulation.SetEmulatedMedia, emulation.SetEmulatedMediaParams{Features: []*emulation.MediaFeature{{Name: feature, Value: value}}})
}

// press types keys, each of them one rune of chromedp/kb or a character.
func (b *tab) press(keys ...string) {
	b.Helper()
	for _, key := range keys {
		b.do(chromedp.KeyEvent(key))
	}
}

// click clicks the first element of a CSS selector with the mouse.
func (b *tab) click(selector string) {
	b.Helper()
	b.wait("something to click at "+selector, "document.querySelector("+quote(selector)+")")
	b.do(chromedp.Click(chromedp.CSS(selector)))
}

// eval returns the value of a JavaScript expression, awaiting promises.
func eval[T any](b *tab, expression string) T {
	b.Helper()
	v, err := chromedp.Run(b.ctx, chromedp.Evaluate[T](expression, chromedp.EvalAwaitPromise))
	if err != nil {
		b.Fatalf("%s: %v", expression, err)
	}
	return v
}

// run evaluates JavaScript for its effect.
func (b *tab) run(script string) {
	b.Helper()
	eval[bool](b, "(async () => {"+script+"; return true })()")
}

// patience is how long a tab may take to show something on a busy machine.
const patience = 40 * time.Second

// wait waits until an expression is truthy. It asks from here and not in the
// page, whose policy forbids to make functions out of strings.
func (b *tab) wait(what, condition string) {
	b.Helper()
	end := time.Now().Add(patience)
	for time.Now().Before(end) {
		ok, err := chromedp.Run(b.ctx, chromedp.Evaluate[bool]("!!("+condition+")"))
		if err == nil && ok { // an error is a page that is just being left
			return
		}
		time.Sleep(25 * time.Millisecond)
	}
	b.Fatalf("waited in vain for %s (%s); the page says:\n%s", what, condition, eval[string](b, "location.hash + ' ' + document.body.innerText.slice(0, 1500)"))
}

// see waits until an element matching the selector is shown, with the text in it.
func (b *tab) see(selector, text string) {
	b.Helper()
	b.wait(fmt.Sprintf("%q in %s", text, selector),
		"[...document.querySelectorAll("+quote(selector)+")].some(e => e.checkVisibility() && e.textContent.includes("+quote(text)+"))")
}

// gone waits until no element matching the selector is shown.
func (b *tab) gone(selector string) {
	b.Helper()
	b.wait("the end of "+selector, "![...document.querySelectorAll("+quote(selector)+")].some(e => e.checkVisibility())")
}

// shownIDs are the ids of the tiles shown under a selector, in order.
func (b *tab) shownIDs(selector string) []string {
	b.Helper()
	return eval[[]string](b, "[...document.querySelectorAll("+quote(selector+" .tile[data-id]")+")].filter(e => e.checkVisibility()).map(e => e.dataset.id)")
}

// dataTransfer is a JavaScript expression: a DataTransfer with files.
func dataTransfer(files ...picture) string {
	var js strings.Builder
	js.WriteString("(() => { const data = new DataTransfer();")
	for _, f := range files {
		fmt.Fprintf(&js, "data.items.add(new File([Uint8Array.from(atob(%s), c => c.charCodeAt(0))], %s, {type: 'image/jpeg'}));",
			quote(base64.StdEncoding.EncodeToString(f.data)), quote(f.name))
	}
	return js.String() + "return data })()"
}

// drop drags files over the page and lets them fall on the zone of that name.
func (b *tab) drop(zone string, files ...picture) {
	b.Helper()
	b.run(`const dataTransfer = ` + dataTransfer(files...) + `
		const event = (type) => new DragEvent(type, {dataTransfer, bubbles: true, cancelable: true});
		document.body.dispatchEvent(event("dragenter"));
		const zone = document.querySelector("#drop [data-drop=" + ` + quote(zone) + ` + "]");
		if (!zone.checkVisibility()) throw new Error("no zone to drop on");
		zone.dispatchEvent(event("dragover"));
		if (!zone.classList.contains("over")) throw new Error("the zone does not show that it would take the files");
		zone.dispatchEvent(event("drop"))`)
}

// quote makes a JavaScript string.
func quote(s string) string { return fmt.Sprintf("%q", s) }

func quoteInt(n int) string { return fmt.Sprint(n) }

// call sends a command of the DevTools protocol.
func call[P, R any](b *tab, cmd cdp.Command[P, R], params P) R {
	b.Helper()
	r, err := chromedp.Call(b.ctx, cmd, params)
	if err != nil {
		b.Fatal(err)
	}
	return r
}
