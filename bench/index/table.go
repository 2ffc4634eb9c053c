package main

import (
	"fmt"
	"io"
	"strconv"
	"strings"
	"text/tabwriter"
)

// legend says what the tables' columns mean.
const legend = `
CPU time of one thread each, the best of three rounds for a query; the sides take turns. Megabytes are what the index adds to
the process, its own copies of the vectors included: in Go what is in use after a collection, for hnswlib what is resident. RATIO:
the peer's cost over ours; above 1 we use less. Queries/s at a recall are between the two efs around it, log time linear in
recall; where the least ef reaches it already, its time stands.
`

// printReport writes a set's table: a row for each cost, and for each side its
// column and, for a peer, the ratio to ours.
func printReport(w io.Writer, r report) error {
	ours := r.Sides[0]
	fmt.Fprintf(w, "\n%s, %s x %d, M %d, efConstruction %d, %s queries\n\n", r.Set, thousands(ours.N), dim, ours.M, ours.EfConstruction, thousands(r.Queries))
	t := tabwriter.NewWriter(w, 0, 4, 2, ' ', tabwriter.AlignRight)
	line := func(name string, cell func(s summary) (value string, ratio float64)) {
		fmt.Fprintf(t, "%-34s\t", name) // names to the left, numbers to the right
		for i, s := range r.Sides {
			value, ratio := cell(s)
			fmt.Fprint(t, value, "\t")
			if i > 0 {
				fmt.Fprint(t, times(ratio), "\t")
			}
		}
		fmt.Fprintln(t)
	}
	fmt.Fprint(t, "\t", strings.ToUpper(ours.Side), "\t")
	for _, s := range r.Sides[1:] {
		fmt.Fprint(t, strings.ToUpper(s.Side), "\tRATIO\t")
	}
	fmt.Fprintln(t)
	line("build, CPU s", func(s summary) (string, float64) { return fmt.Sprintf("%.1f", s.CPU), s.BuildRatio })
	line("us a vector", func(s summary) (string, float64) { return fmt.Sprintf("%.0f", s.VectorUS), s.BuildRatio })
	line("resident MB", func(s summary) (string, float64) { return known("%.0f", s.ResidentMB), s.MemoryRatio })
	for i := range ours.Searches {
		line(fmt.Sprintf("ef %d: recall@10, us a query", ours.Searches[i].Ef), func(s summary) (string, float64) {
			found := s.Searches[i]
			return fmt.Sprintf("%.4f %6.0f", found.Recall, found.CPU), ratio(found.CPU, ours.Searches[i].CPU)
		})
	}
	for i, recall := range levels {
		line(fmt.Sprintf("queries/s at recall@10 of %.2f", recall), func(s summary) (string, float64) {
			return known("%.0f", s.Levels[i].QueriesPerSecond), s.Levels[i].Ratio
		})
	}
	return t.Flush()
}

// printGrowth writes a line for each size; ours alone.
func printGrowth(w io.Writer, reports []report) error {
	fmt.Fprintf(w, "\nhard x %d, M %d, efConstruction %d\n\n", dim, reports[0].Sides[0].M, reports[0].Sides[0].EfConstruction)
	t := tabwriter.NewWriter(w, 0, 4, 2, ' ', tabwriter.AlignRight)
	fmt.Fprint(t, "N\tBUILD, CPU S\tUS A VECTOR\tMB\tEF 64: RECALL@10\tUS A QUERY\t")
	for _, recall := range levels {
		fmt.Fprintf(t, "US AT %.2f\t", recall)
	}
	fmt.Fprintln(t)
	for _, r := range reports {
		s := r.Sides[0]
		fmt.Fprintf(t, "%d\t%.1f\t%.0f\t%.0f\t", s.N, s.CPU, s.VectorUS, s.ResidentMB)
		for _, found := range s.Searches {
			if found.Ef == 64 {
				fmt.Fprintf(t, "%.4f\t%.0f\t", found.Recall, found.CPU)
			}
		}
		for _, l := range s.Levels {
			fmt.Fprintf(t, "%s\t", known("%.0f", ratio(1e6, l.QueriesPerSecond)))
		}
		fmt.Fprintln(t)
	}
	return t.Flush()
}

// known is "-" for a value that is not.
func known(format string, value float64) string {
	if value == 0 {
		return "-"
	}
	return fmt.Sprintf(format, value)
}

// times is how a ratio is printed.
func times(ratio float64) string { return known("%.2f", ratio) }

// thousands writes 50000 as 50,000.
func thousands(n int) string {
	text := strconv.Itoa(n)
	for at := len(text) - 3; at > 0; at -= 3 {
		text = text[:at] + "," + text[at:]
	}
	return text
}
