package main

import (
	"fmt"
	"io"
	"math"
	"slices"
	"text/tabwriter"
)

// row is a line of the table.
type row struct {
	side, precision string
	threads, batch  int
	cpu, cpuMin     float64 // ms an image: median and least of the rounds
	wall            float64 // ms an image, median
	ratio           float64 // CPU time over ours, see compare
	distance        float64 // 1 - cosine of the first image's embedding to ours in float32
}

// compare makes a row of each side; costs are (sides, rounds). sides[0] is ours
// in float32. The ratio is the median over the rounds of a side's CPU time over
// that of our counterpart in the same round.
func compare(sides []*side, costs [][]cost, threads, batch int) (rows []row) {
	for i, s := range sides {
		ours := counterpart(sides, s.precision)
		var cpu, wall, ratio []float64
		for round, c := range costs[i] {
			cpu, wall, ratio = append(cpu, c.CPU), append(wall, c.Wall), append(ratio, c.CPU/costs[ours][round].CPU)
		}
		rows = append(rows, row{side: s.Side, precision: s.precision, threads: threads, batch: batch, cpu: median(cpu),
			cpuMin: slices.Min(cpu), wall: median(wall), ratio: median(ratio), distance: distance(s.Embedding, sides[0].Embedding)})
	}
	return rows
}

// counterpart is the side of ours that one of a precision is compared with:
// where the CPU is fast at the other 16 bits, those.
func counterpart(sides []*side, precision string) int {
	for _, p := range map[string][]string{"bfloat16": {"bfloat16", "float16"}, "float16": {"float16"}, "int8": {"int8"}}[precision] {
		if i := slices.IndexFunc(sides, func(o *side) bool { return o.name == sides[0].name && o.precision == p }); i >= 0 {
			return i
		}
	}
	return 0
}

// distance is 1 - cosine, and NaN for vectors that cannot be compared.
func distance(a, b []float64) float64 {
	if len(a) != len(b) {
		return math.NaN()
	}
	var ab, aa, bb float64
	for i := range a {
		ab, aa, bb = ab+a[i]*b[i], aa+a[i]*a[i], bb+b[i]*b[i]
	}
	return max(0, 1-ab/math.Sqrt(aa*bb)) // rounding may leave -1e-16
}

// agree fails when a side in float32 computes something else than we do: then
// the table compares nothing. NaN is no agreement.
func agree(rows []row) error {
	const allowed = 1e-6
	for _, r := range rows {
		if r.precision == "float32" && !(r.distance <= allowed) {
			return fmt.Errorf("%s computes something else: 1 - cosine is %.2g, allowed is %g", r.side, r.distance, allowed)
		}
	}
	return nil
}

// printTable writes the table with what its columns mean.
func printTable(w io.Writer, rows []row) error {
	fmt.Fprintln(w)
	t := tabwriter.NewWriter(w, 0, 4, 2, ' ', 0)
	fmt.Fprintln(t, "SIDE\tPRECISION\tTHREADS\tBATCH\tCPU MS\tMIN\tWALL MS\tRATIO\t1-COSINE")
	for _, r := range rows {
		fmt.Fprintf(t, "%s\t%s\t%d\t%d\t%.1f\t%.1f\t%.1f\t%.2f\t%.1e\n",
			r.side, r.precision, r.threads, r.batch, r.cpu, r.cpuMin, r.wall, r.ratio, r.distance)
	}
	if err := t.Flush(); err != nil {
		return err
	}
	_, err := fmt.Fprint(w, `
Milliseconds an image, medians of the rounds; CPU time of the whole process, over all its threads. RATIO: CPU time over
ours in the same precision and round (where we have none: of bfloat16 over ours in float16, of any over ours in float32);
above 1 we use less. 1-COSINE: of the first image's embedding, to ours in float32.
`)
	return err
}

// median of at least one value.
func median(values []float64) float64 {
	sorted := slices.Sorted(slices.Values(values))
	n := len(sorted)
	return (sorted[(n-1)/2] + sorted[n/2]) / 2
}
