package peak

import (
	"testing"

	"lookalike/internal/simd"
)

// Whatever the level in use has instructions for, it has a loop for.
func TestFLOPs(t *testing.T) {
	level := simd.Level()
	for _, p := range []simd.Precision{simd.Float32, simd.BFloat16, simd.Float16, simd.Int8} {
		got := FLOPs(level, p.String(), 1000)
		if has := simd.Has(p) && level != "generic"; has != (got > 0) {
			t.Errorf("FLOPs(%q, %v) = %v, but instructions: %v", level, p, got, has)
		}
		if base := FLOPs(level, simd.Float32.String(), 1000); got > 0 && p != simd.Float32 && got < base {
			t.Errorf("%v: %v operations, fewer than the %v of float32", p, got, base)
		}
	}
	if got := FLOPs("no such level", "float32", 1000); got != 0 {
		t.Errorf("FLOPs of an unknown level = %v, want 0", got)
	}
}
