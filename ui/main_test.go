package ui_test

import (
	"context"
	"fmt"
	"os"
	"os/exec"
	"sync"
	"testing"

	"github.com/chromedp/chromedp"
)

// The gallery is tested as people use it: in a real headless Chromium, against
// the real service with the starter model. One browser serves all tests; each
// test has a profile of its own in it.
func TestMain(m *testing.M) {
	code := m.Run()
	for i := len(undo) - 1; i >= 0; i-- {
		undo[i]()
	}
	os.Exit(code)
}

var (
	undoMu sync.Mutex
	undo   []func()
)

// atEnd has f called after the last test; what was asked for last is called first.
func atEnd(f func()) {
	undoMu.Lock()
	defer undoMu.Unlock()
	undo = append(undo, f)
}

// chromium is the browser's path, "" when there is none.
func chromium() string {
	names := []string{os.Getenv("LOOKALIKE_CHROMIUM"), "chromium", "chromium-browser", "google-chrome", "google-chrome-stable", "chrome"}
	for _, name := range names {
		if path, err := exec.LookPath(name); name != "" && err == nil {
			return path
		}
	}
	return ""
}

// startBrowser starts Chromium once. Its context is the parent of every tab's.
var startBrowser = sync.OnceValues(func() (context.Context, error) {
	ctx, cancel := chromedp.NewContext(context.Background(), chromedp.WithAllocatorOptions(chromedp.ExecPath(chromium())))
	atEnd(cancel)
	if err := chromedp.Do(ctx); err != nil {
		return nil, fmt.Errorf("start %s: %w", chromium(), err)
	}
	return ctx, nil
})

// browser returns the running browser, or skips the test when there is none to
// run; CI must have one.
func browser(t testing.TB) context.Context {
	t.Helper()
	if chromium() == "" {
		if os.Getenv("CI") == "true" {
			t.Fatal("no Chromium: the gallery is untested; `make setup` installs it, LOOKALIKE_CHROMIUM names one")
		}
		t.Skip("skipped: no Chromium; `make setup` installs it, LOOKALIKE_CHROMIUM names one")
	}
	ctx, err := startBrowser()
	if err != nil {
		t.Fatal(err)
	}
	return ctx
}
