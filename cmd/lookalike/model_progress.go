package main

import (
	"fmt"
	"io"
	"time"

	"github.com/schollz/progressbar/v3"
)

// transfer shows how a model comes in: a bar a file, and a line for every wait.
type transfer struct {
	*app
	bar *progress
}

// Begin draws a bar of what is still to come, so that rate and ETA are those of this run.
func (t *transfer) Begin(what string, done, total int64) {
	if done > 0 {
		what = fmt.Sprintf("%s (going on after %s)", what, size(done))
	}
	t.bar = newBytesProgress(t.barWriter(), total-done, what)
}

// Add counts bytes.
func (t *transfer) Add(n int) { t.bar.add(n) }

// End takes the bar away.
func (t *transfer) End() { t.bar.finish() }

// Note prints a line.
func (t *transfer) Note(text string) { fmt.Fprintln(t.stderr, text) }

// newBytesProgress is newProgress for bytes, in the units that size prints.
func newBytesProgress(w io.Writer, total int64, what string) *progress {
	if !isTerminal(w) {
		return &progress{progressbar.DefaultSilent(total)}
	}
	return &progress{progressbar.NewOptions64(total,
		progressbar.OptionSetWriter(w),
		progressbar.OptionSetDescription(what),
		progressbar.OptionShowBytes(true),
		progressbar.OptionShowCount(),
		progressbar.OptionShowTotalBytes(true),
		progressbar.OptionUseIECUnits(true),
		progressbar.OptionSetPredictTime(true),
		progressbar.OptionThrottle(100*time.Millisecond),
		progressbar.OptionFullWidth(),
		progressbar.OptionClearOnFinish(),
	)}
}
