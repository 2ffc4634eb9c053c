package engine

import (
	"context"
	"errors"
	"math/rand/v2"
	"testing"
)

func TestChooseEf(t *testing.T) {
	r := Recall{Points: []RecallPoint{{Ef: 10, Recall: 0.8}, {Ef: 20, Recall: 0.95}, {Ef: 40, Recall: 0.94}, {Ef: 80, Recall: 0.97}}}
	for want, ef := range map[float64]int{0.5: 10, 0.8: 10, 0.81: 20, 0.95: 20, 0.96: 80, 0.99: 80} {
		if p := r.Choose(want); p.Ef != ef {
			t.Errorf("recall %v: ef %d, want %d", want, p.Ef, ef)
		}
	}
	if p := (Recall{}).Choose(0.99); p.Ef != Ef {
		t.Errorf("of nothing: %+v", p)
	}
}

// TestMeasureRecall: recall grows with ef, is remembered, and is measured anew when the library has grown by half.
func TestMeasureRecall(t *testing.T) {
	e := openAt(t, t.TempDir(), unhurried)
	if r, err := e.MeasureRecall(t.Context()); err != nil || r.Sample != 0 || len(r.Points) != 0 {
		t.Errorf("empty folder: %+v, %v", r, err)
	}
	rng := rand.New(rand.NewPCG(5, 5))
	ids := clustered(t, e, rng, 1500) // above what is compared one by one
	r, err := e.MeasureRecall(t.Context())
	if err != nil || r.Sample != recallSamples || r.Nodes != e.now().index.Nodes() {
		t.Fatalf("%+v, %v", r, err)
	}
	last := r.Points[len(r.Points)-1]
	if !(last.Recall >= 0.99) || r.Points[0].Recall > last.Recall || r.Exact <= 0 {
		t.Errorf("%+v", r)
	}
	t.Logf("%+v", r.Points)
	for _, want := range []float64{0.9, 0.99} {
		q := Query{K: 5, Recall: want}
		if ef, err := e.efFor(t.Context(), q, 5); err != nil || ef != max(5, r.Choose(want).Ef) {
			t.Errorf("recall %v: ef %d, %v", want, ef, err)
		}
		if found, err := e.SearchID(t.Context(), ids[0], q); err != nil || len(found) != 5 {
			t.Errorf("%d found, %v", len(found), err)
		}
	}
	if more, err := e.efFor(t.Context(), Query{Recall: 0.99}, 110); err != nil || more != max(110, 10*r.Choose(0.99).Ef) {
		t.Errorf("110 results: ef %d, %v", more, err)
	}
	clustered(t, e, rng, 300)
	if again, err := e.recalled(t.Context()); err != nil || again.Nodes != r.Nodes {
		t.Errorf("a fifth more: measured at %d, %v", again.Nodes, err)
	}
	clustered(t, e, rng, 600)
	if again, err := e.recalled(t.Context()); err != nil || again.Nodes != e.now().index.Nodes() {
		t.Errorf("three fifths more: measured at %d, %v", again.Nodes, err)
	}
	ended, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := e.MeasureRecall(ended); !errors.Is(err, context.Canceled) {
		t.Errorf("ended: %v", err)
	}
	if _, err := e.SearchID(t.Context(), ids[0], Query{Recall: 2}); !errors.Is(err, ErrQuery) {
		t.Errorf("recall 2: %v", err)
	}
}
