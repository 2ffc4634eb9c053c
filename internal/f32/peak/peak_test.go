package peak

import (
	"testing"

	"lookalike/internal/f32"
)

func TestFLOPs(t *testing.T) {
	lanes := map[string]float64{"avx2": 8, "avx512": 16}[f32.Level()]
	if got, want := FLOPs(f32.Level(), 1000), 1000*10*2*lanes; got != want {
		t.Errorf("FLOPs(%q, 1000) = %v, want %v", f32.Level(), got, want)
	}
	if got := FLOPs("no such level", 1000); got != 0 {
		t.Errorf("FLOPs of an unknown level = %v, want 0", got)
	}
}
