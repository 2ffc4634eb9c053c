package main

import (
	"encoding/json"
	"fmt"
	"io"
	"strings"
	"text/tabwriter"

	"lookalike/encoder"
)

// printJSON writes one indented JSON value to standard output.
func (a *app) printJSON(v any) error {
	out := json.NewEncoder(a.stdout)
	out.SetIndent("", "  ")
	out.SetEscapeHTML(false)
	return out.Encode(v)
}

// table writes aligned columns to standard output.
func (a *app) table(header []string, rows [][]string) error {
	w := tabwriter.NewWriter(a.stdout, 0, 4, 2, ' ', 0)
	fmt.Fprintln(w, strings.Join(header, "\t"))
	for _, row := range rows {
		fmt.Fprintln(w, strings.Join(row, "\t"))
	}
	return w.Flush()
}

// starterNote says on standard error what the starter's results are good for.
func (a *app) starterNote(m encoder.Model) {
	if m.Starter {
		fmt.Fprintln(a.stderr, encoder.StarterNote)
	}
}

// barWriter is where progress is drawn: standard error, except when logs go there.
func (a *app) barWriter() io.Writer {
	if a.verbose {
		return io.Discard
	}
	return a.stderr
}

// failureLine is "PATH: reason", with the path once even when the reason names it.
func failureLine(f failure) string {
	if strings.HasPrefix(f.Error, f.Path) {
		return f.Error
	}
	return f.Path + ": " + f.Error
}

// size prints bytes in the unit a person would use.
func size(bytes int64) string {
	const unit = 1024
	if bytes < unit {
		return fmt.Sprintf("%d B", bytes)
	}
	value, exp := float64(bytes)/unit, 0
	for value >= unit && exp < 3 {
		value, exp = value/unit, exp+1
	}
	return fmt.Sprintf("%.1f %ciB", value, "KMGT"[exp])
}
