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
	BFloat16 Precision = "bfloat16" // 8 bits of mantissa, sums in float32
	Int8     Precision = "int8"     // a scale per output channel and per token, sums in int32
	Auto     Precision = "auto"     // the fastest whose fidelity holds on this CPU
)

// Precisions are all that WithPrecision takes.
func Precisions() []Precision { return []Precision{Float32, BFloat16, Int8, Auto} }

// WithPrecision chooses the arithmetic; the default is Float32. A precision
// that this CPU has no instructions for falls back to Float32, which
// [Encoder.PrecisionNote] tells.
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
	var half arithmetic // bfloat16, as far as there is
	if simd.Has(simd.BFloat16) {
		half.linear = simd.BFloat16
		if c.headDim()%2 == 0 { // a head has to begin at a whole word
			half.attention = simd.BFloat16
		}
	}
	switch p {
	case BFloat16:
		if half.linear == simd.Float32 {
			half.note = unavailable(p)
		}
		return half
	case Int8:
		if !simd.Has(simd.Int8) {
			return arithmetic{note: unavailable(p)}
		}
		return arithmetic{linear: simd.Int8, attention: half.attention}
	}
	return arithmetic{}
}

// unavailable is the note on a precision that would be slower than Float32.
func unavailable(p Precision) string {
	return fmt.Sprintf("no instructions for %s on this CPU (kernels: %s): float32 is used", p, simd.Level())
}
