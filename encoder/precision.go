package encoder

import (
	"fmt"
	"strings"

	"lookalike/internal/simd"
)

// Precision is the arithmetic of the matrix products. LayerNorm, softmax and
// the residual stream are float32 in each.
type Precision string

// The precisions, slowest and most exact first.
const (
	Float32  Precision = "float32"
	Float16  Precision = "float16"  // 11 bits of mantissa, short sums in float16, those in float32
	BFloat16 Precision = "bfloat16" // 8 bits of mantissa, sums in float32
	Int8     Precision = "int8"     // a scale per output channel and per token, sums in int32
	Auto     Precision = "auto"     // the fastest whose fidelity holds on this CPU
)

// Precisions are all that WithPrecision takes.
func Precisions() []Precision { return []Precision{Float32, Float16, BFloat16, Int8, Auto} }

// WithPrecision chooses the arithmetic; the default is Float32. A precision
// that this CPU has no instructions for, or none that are faster, falls back to
// Float32, and BFloat16 to Float16 if that is there; [Encoder.PrecisionNote] tells.
func WithPrecision(p Precision) Option {
	return func(o *options) error {
		for _, known := range Precisions() {
			if p == known {
				o.precision = p
				return nil
			}
		}
		var names []string
		for _, known := range Precisions() {
			names = append(names, string(known))
		}
		return fmt.Errorf("precision %q is not one of %s", p, strings.Join(names, ", "))
	}
}

// Precision returns the arithmetic in use, never Auto.
func (e *Encoder) Precision() Precision {
	return Precision(e.vit.weights.linear.String())
}

// PrecisionNote says why Precision is not what was asked for; it is empty when it is.
func (e *Encoder) PrecisionNote() string { return e.vit.weights.note }

// arithmetic is what a Precision means for a model on this CPU.
type arithmetic struct {
	linear    simd.Precision // of the products with the blocks' weights
	attention simd.Precision // of the others: q k^T, attention times v, and the patch embedding
	note      string         // why it is not what was asked for
}

// arithmetic chooses what p means for a model of this shape on this CPU.
func (p Precision) arithmetic(c Config) arithmetic {
	switch {
	case p == Float16 && simd.Has(simd.Float16):
		return arithmetic{linear: simd.Float16, attention: ofHeads(simd.Float16, c)}
	case p == BFloat16 && half() != simd.Float32:
		a := arithmetic{linear: half(), attention: ofHeads(half(), c)}
		if a.linear != simd.BFloat16 {
			a.note = unavailable(p, a.linear)
		}
		return a
	case p == Int8 && simd.Has(simd.Int8):
		return arithmetic{linear: simd.Int8, attention: ofHeads(half(), c)}
	case p == Float32 || p == Auto:
		return arithmetic{}
	}
	return arithmetic{note: unavailable(p, simd.Float32)}
}

// half is the precision of 16 bits that this CPU is fast at; Float32 if none.
func half() simd.Precision {
	for _, p := range []simd.Precision{simd.BFloat16, simd.Float16} {
		if simd.Has(p) {
			return p
		}
	}
	return simd.Float32
}

// ofHeads is p if a head begins at a whole word then.
func ofHeads(p simd.Precision, c Config) simd.Precision {
	if c.headDim()%2 != 0 {
		return simd.Float32
	}
	return p
}

// unavailable is the note on a precision that another one is used for.
func unavailable(p Precision, instead simd.Precision) string {
	return fmt.Sprintf("no fast instructions for %s on this CPU (kernels: %s): %v is used", p, simd.Level(), instead)
}
