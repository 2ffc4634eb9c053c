package main

import "math"

// levels are the recalls at which sides are compared: each may need another ef.
var levels = []float64{0.95, 0.99}

// report is what a set came to: -json prints it.
type report struct {
	Set     string    `json:"set"`
	Queries int       `json:"queries"`
	Sides   []summary `json:"sides"` // ours first
}

// summary is a side's result with what follows from it. Ratios are its cost over
// ours: above 1 we use less. Zero is unknown, and left out.
type summary struct {
	result
	VectorUS    float64 `json:"build_cpu_us_per_vector"`
	BuildRatio  float64 `json:"build_ratio"`
	MemoryRatio float64 `json:"resident_ratio,omitzero"`
	Levels      []level `json:"levels"`
}

// level is what it costs to search with a recall.
type level struct {
	Recall           float64 `json:"recall_at_10"`
	QueriesPerSecond float64 `json:"queries_per_cpu_s,omitzero"` // 0: not reached
	Ratio            float64 `json:"ratio,omitzero"`
}

func newReport(name string, queries int, results []result) report {
	r := report{Set: name, Queries: queries}
	ours := results[0]
	for _, side := range results {
		s := summary{result: side, VectorUS: side.CPU / float64(side.N) * 1e6,
			BuildRatio: side.CPU / ours.CPU, MemoryRatio: ratio(side.ResidentMB, ours.ResidentMB)}
		for _, recall := range levels {
			theirs := costAt(side.Searches, recall)
			s.Levels = append(s.Levels, level{recall, ratio(1e6, theirs), ratio(theirs, costAt(ours.Searches, recall))})
		}
		r.Sides = append(r.Sides, s)
	}
	return r
}

// costAt is the CPU time, in us, of a query with a recall of at least that, 0
// when no ef reaches it. Between the first ef that does and the one before, the
// logarithm of the time is taken to be linear in recall. Where the least ef
// reaches it, its time stands: to find 10, none can be less.
func costAt(searches []search, recall float64) float64 {
	for i, s := range searches {
		switch {
		case !(s.Recall >= recall):
			continue
		case i == 0:
			return s.CPU
		}
		before := searches[i-1]
		part := (recall - before.Recall) / (s.Recall - before.Recall)
		return math.Exp(math.Log(before.CPU) + part*(math.Log(s.CPU)-math.Log(before.CPU)))
	}
	return 0
}

// ratio is a over b, and 0 when either is unknown.
func ratio(a, b float64) float64 {
	if a == 0 || b == 0 {
		return 0
	}
	return a / b
}
