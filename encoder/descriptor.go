package encoder

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"math"

	"lookalike/internal/simd"
)

// Descriptor is what of the last layer becomes the embedding.
type Descriptor string

// The descriptors.
const (
	CLS  Descriptor = "cls"  // the CLS token (D)
	Copy Descriptor = "copy" // the CLS token and the patches' generalised mean (2D), as in DINO's eval_copy_detection.py
)

// Descriptors are all that WithDescriptor takes.
func Descriptors() []Descriptor { return []Descriptor{CLS, Copy} }

// WithDescriptor chooses what of the last layer becomes the embedding; the
// default is CLS. It is part of the Fingerprint.
func WithDescriptor(d Descriptor) Option {
	return func(o *options) error {
		if d != CLS && d != Copy {
			return fmt.Errorf("descriptor %q is not one of %s, %s", d, CLS, Copy)
		}
		o.descriptor = d
		return nil
	}
}

// dim is the length of an embedding.
func (d Descriptor) dim(c Config) int {
	if d == Copy {
		return 2 * c.HiddenSize
	}
	return c.HiddenSize
}

// mark makes a model's fingerprint one of a model with this descriptor.
func (d Descriptor) mark(fingerprint string) string {
	if d == CLS {
		return fingerprint
	}
	sum := sha256.Sum256([]byte(fingerprint + " " + string(d)))
	return hex.EncodeToString(sum[:])
}

// What eval_copy_detection.py pools patches with.
const (
	gemPower = 4
	gemLeast = 1e-6 // what is less counts as this
)

// describe runs the model for an image's descriptor, which has no length yet.
func (m *vit) describe(ctx context.Context, t team, px Pixels) ([]float32, error) {
	if m.descriptor == Copy {
		return m.clsAndGeM(ctx, t, px)
	}
	return m.cls(ctx, t, px)
}

// clsAndGeM returns the CLS token and the generalised mean of the patches' (2D).
// One core pools all of them in order: sums must not depend on how many there are.
func (m *vit) clsAndGeM(ctx context.Context, t team, px Pixels) ([]float32, error) {
	gh, gw, err := m.grid(px)
	if err != nil {
		return nil, err
	}
	patches, d := gh*gw, m.config.HiddenSize
	if err := m.forward(ctx, t, px, 1+patches, nil); err != nil {
		return nil, err
	}
	out, sums := make([]float32, 2*d), make([]float64, d)
	cls, gem := out[:d], out[d:]
	token := simd.Of(gem, 1, d, d) // each patch in turn, before the sums take its place
	for i := range patches {
		row := t.image.x.Slice(1+i, 2+i)
		m.norm(t.cores[0], &token, &row, m.weights.norm)
		for j, v := range gem {
			x := max(float64(v), gemLeast)
			sums[j] += x * x * x * x // gemPower
		}
	}
	for j, sum := range sums {
		gem[j] = float32(math.Pow(sum/float64(patches), 1./gemPower))
	}
	token = simd.Of(cls, 1, d, d)
	first := t.image.x.Slice(0, 1)
	m.norm(t.cores[0], &token, &first, m.weights.norm)
	return out, nil
}
