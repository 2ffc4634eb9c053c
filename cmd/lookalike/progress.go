package main

import (
	"fmt"
	"io"
	"os"
	"time"

	"github.com/schollz/progressbar/v3"
	"golang.org/x/term"
)

// progress is a bar with count, rate and ETA on a terminal, and silent elsewhere.
type progress struct{ bar *progressbar.ProgressBar }

// newProgress draws on w when w is a terminal. total < 0 means unknown.
func newProgress(w io.Writer, total int64, what, unit string) *progress {
	if !isTerminal(w) {
		return &progress{progressbar.DefaultSilent(total)}
	}
	return &progress{progressbar.NewOptions64(total,
		progressbar.OptionSetWriter(w),
		progressbar.OptionSetDescription(what),
		progressbar.OptionShowCount(),
		progressbar.OptionShowIts(),
		progressbar.OptionSetItsString(unit),
		progressbar.OptionSetPredictTime(true),
		progressbar.OptionThrottle(100*time.Millisecond),
		progressbar.OptionFullWidth(),
		progressbar.OptionClearOnFinish(),
	)}
}

func (p *progress) add(n int) { _ = p.bar.Add(n) }

// note prints a line above the bar.
func (p *progress) note(w io.Writer, format string, args ...any) {
	_ = p.bar.Clear()
	fmt.Fprintf(w, format+"\n", args...)
}

func (p *progress) finish() { _ = p.bar.Finish(); _ = p.bar.Clear() }

func isTerminal(w any) bool {
	f, ok := w.(*os.File)
	return ok && term.IsTerminal(int(f.Fd()))
}
