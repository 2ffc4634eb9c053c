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
	return drawn(w, total, what, unit)
}

func drawn(w io.Writer, total int64, what, unit string) *progress {
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

// set says how much is done, of how much.
func (p *progress) set(done, of int) {
	p.bar.ChangeMax(of)
	_ = p.bar.Set(done)
}

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

// lateProgress is newProgress that shows nothing when the work ends within two seconds.
func lateProgress(w io.Writer, total int64, what, unit string) *progress {
	if !isTerminal(w) {
		return &progress{progressbar.DefaultSilent(total)}
	}
	return drawn(&lateWriter{w, time.Now().Add(2 * time.Second)}, total, what, unit)
}

// lateWriter drops what is written before a point in time.
type lateWriter struct {
	io.Writer
	from time.Time
}

func (l *lateWriter) Write(p []byte) (int, error) {
	if time.Now().Before(l.from) {
		return len(p), nil
	}
	return l.Writer.Write(p)
}
