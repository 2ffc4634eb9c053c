package engine

import (
	"math/rand/v2"
	"testing"

	"lookalike/internal/testutil"
)

// TestShrunkGraphIsSaved: a library that has lost most of its images gives the memory of their nodes back when it is opened again,
// and with Compact their space.
func TestShrunkGraphIsSaved(t *testing.T) {
	testutil.NotUnderRace(t)
	const n, kept = 1700, 100
	dir := t.TempDir()
	logged(t, dir, func(e *Engine) {
		clustered(t, e, rand.New(rand.NewPCG(4, 4)), n)
		var ids []uint64
		if err := e.records.EachVector(func(id uint64, _ []float32) error { ids = append(ids, id); return nil }); err != nil {
			t.Fatal(err)
		}
		if _, err := e.Delete(t.Context(), ids[kept:]...); err != nil {
			t.Fatal(err)
		}
	})
	for round := range 2 {
		log := logged(t, dir, func(e *Engine) {
			if slots := e.now().index.Slots(); slots > kept {
				t.Errorf("round %d: %d slots for %d images", round, slots, kept)
			}
			done, err := e.Compact(t.Context(), nil)
			if err != nil || round == 0 && 3*done.After > done.Before {
				t.Errorf("round %d: %+v, %v", round, done, err)
			}
			sound(t, e)
		})
		if log != "" {
			t.Errorf("round %d: %s", round, log)
		}
	}
}
