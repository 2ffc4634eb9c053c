package simd

// Precision is what the operands of a product are. The bias and the result are
// float32 in each, and so are the sums where nothing else is said.
type Precision uint8

const (
	// Float32 operands, multiplied and added in float32.
	Float32 Precision = iota
	// BFloat16 operands, the upper halves of float32; sums in float32.
	BFloat16
	// Float16 operands, IEEE 754 halves: sums in float16 over float16Words words,
	// those in float32. Beyond 65504 there is only Inf.
	Float16
	// Int8 operands: weights of 8 bits with a scale per row of w, activations
	// of 8 bits with a scale and an offset per row; sums in int32.
	Int8
)

// String names the precision as the command line does.
func (p Precision) String() string { return [...]string{"float32", "bfloat16", "float16", "int8"}[p] }

// Has reports whether the level in use has instructions for a precision. One
// without is computed by the generic kernels, slower than Float32.
func Has(p Precision) bool { return use.of(p) != &generic || use == &generic && p == Float32 }

// of returns the kernels that compute a product: k, or generic.
func (k *kernels) of(p Precision) *kernels {
	if p == BFloat16 && k.gemmBFloat16 == nil || p == Float16 && k.gemmFloat16 == nil || p == Int8 && k.gemmInt8 == nil {
		return &generic
	}
	return k
}

// group is how many numbers along k one step of a product takes: a word of 4
// bytes holds them.
func (p Precision) group() int { return [...]int{1, 2, 2, 4}[p] }

// half tells whether a number takes half a word.
func (p Precision) half() bool { return p.group() == 2 }

// padded rounds a number of values up to whole words.
func (p Precision) padded(k int) int { return (k + p.group() - 1) &^ (p.group() - 1) }

// narrowTo returns the kernel that rounds float32 to a half.
func (k *kernels) narrowTo(p Precision) func(dst []uint16, ldd int, src []float32, lds, rows, cols int) {
	if p == Float16 {
		return k.narrowFloat16
	}
	return k.narrow
}

// widenFrom returns the kernel that takes a half back.
func (k *kernels) widenFrom(p Precision) func(dst []float32, src []uint16) {
	if p == Float16 {
		return k.widenFloat16
	}
	return k.widen
}
