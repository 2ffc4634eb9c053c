//go:build !purego

package simd

import (
	"slices"
	"testing"
)

func TestBehind(t *testing.T) {
	a, b, c := &kernels{name: "a"}, &kernels{name: "b"}, &kernels{name: "c"}
	for _, test := range []struct {
		level, other *kernels
		want         string
	}{{a, b, " b a c"}, {a, c, " b c a"}, {b, c, " a c b"}} {
		if got := names(behind([]*kernels{a, b, c}, test.level, test.other)); got != test.want {
			t.Errorf("%s behind %s:%s, want%s", test.level.name, test.other.name, got, test.want)
		}
	}
}

// Where bfloat16 is slower than float32, its level is there for who asks for it,
// and int8 is not given up for it.
func TestOrderOfLevels(t *testing.T) {
	have := supported()
	at := slices.Index(have, &avx512BF16)
	if at < 0 {
		t.Skip("no instructions for bfloat16 on this CPU")
	}
	t.Logf("bfloat16 pays: %v; levels:%s", bfloat16Pays(), names(have))
	if pays := at == 0; pays != bfloat16Pays() || at > slices.Index(have, &avx512) {
		t.Errorf("bfloat16 pays: %v; levels:%s", bfloat16Pays(), names(have))
	}
}
