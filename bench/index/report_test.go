package main

import (
	"encoding/json"
	"math"
	"strings"
	"testing"
)

func TestCostAt(t *testing.T) {
	rising := []search{{10, 0.5, 10}, {20, 0.9, 100}, {40, 1, 1000}}
	for name, c := range map[string]struct {
		searches []search
		recall   float64
		want     float64
	}{
		"half way is the geometric mean": {rising, 0.7, math.Sqrt(1000)},
		"a quarter of the way":           {rising, 0.6, 10 * math.Pow(10, 0.25)},
		"in the second gap":              {rising, 0.95, math.Sqrt(1e5)},
		"at an ef":                       {rising, 0.9, 100},
		"at the least":                   {rising, 0.5, 10},
		"below the least":                {rising, 0.1, 10},
		"at the last":                    {rising, 1, 1000},
		"never":                          {rising[:2], 0.95, 0},
		"no searches":                    {nil, 0.95, 0},
		"the first of two":               {[]search{{10, 0.5, 10}, {20, 0.9, 100}, {40, 0.8, 150}, {80, 1, 200}}, 0.9, 100},
		"after a dip":                    {[]search{{10, 0.5, 10}, {20, 0.4, 10}, {40, 0.8, 1000}}, 0.6, 100},
		"no number":                      {[]search{{10, math.NaN(), 10}}, 0.5, 0},
	} {
		if got := costAt(c.searches, c.recall); !(math.Abs(got-c.want) <= 1e-9*c.want) {
			t.Errorf("%s: %v, want %v", name, got, c.want)
		}
	}
}

// two sides: the peer builds twice as slowly, and searches four times; it never
// gets to 0.99.
func two() []result {
	return []result{
		{"lookalike", build{N: 2000, M: 16, EfConstruction: 200, CPU: 1, ResidentMB: 20}, []search{{10, 0.95, 10}, {20, 0.99, 100}}},
		{"peer", build{N: 2000, M: 16, EfConstruction: 200, CPU: 2, ResidentMB: 10}, []search{{10, 0.90, 20}, {20, 0.95, 40}}},
	}
}

func TestNewReport(t *testing.T) {
	r := newReport("hard", 1000, two())
	ours, peer := r.Sides[0], r.Sides[1]
	if ours.VectorUS != 500 || ours.BuildRatio != 1 || ours.MemoryRatio != 1 || peer.BuildRatio != 2 || peer.MemoryRatio != 0.5 {
		t.Errorf("builds: %+v", r.Sides)
	}
	if want := (level{0.95, 1e5, 1}); ours.Levels[0] != want {
		t.Errorf("ours at 0.95: %+v, want %+v", ours.Levels[0], want)
	}
	if want := (level{0.95, 25000, 4}); peer.Levels[0] != want {
		t.Errorf("the peer at 0.95: %+v, want %+v", peer.Levels[0], want)
	}
	if want := (level{Recall: 0.99}); peer.Levels[1] != want {
		t.Errorf("the peer at 0.99: %+v, want %+v", peer.Levels[1], want)
	}
}

// TestReportJSON: the names are those of the sides' own lines; what is not known is left out.
func TestReportJSON(t *testing.T) {
	text, err := json.Marshal(newReport("hard", 1000, two()))
	if err != nil {
		t.Fatal(err)
	}
	for _, want := range []string{
		`{"set":"hard","queries":1000,"sides":[{"side":"lookalike","n":2000,"m":16,"ef_construction":200,"build_cpu_s":1,"resident_mb":20,`,
		`"searches":[{"ef":10,"recall_at_10":0.9,"cpu_us_per_query":20}`,
		`{"recall_at_10":0.95,"queries_per_cpu_s":25000,"ratio":4},{"recall_at_10":0.99}]`,
	} {
		if !strings.Contains(string(text), want) {
			t.Errorf("no %s in\n%s", want, text)
		}
	}
}
