package encoder

import (
	"image"
	"image/draw"
	"testing"

	"github.com/disintegration/imaging"

	"lookalike/internal/imageio"
	"lookalike/internal/simd"
)

// What one image costs on one worker. cpu-ms/op is CPU time of the whole
// process: other load on the machine stretches ns/op and hardly that.

func benchmarkEmbed(b *testing.B, e *Encoder, err error, img image.Image) {
	if err != nil {
		b.Fatal(err)
	}
	defer e.Close()
	b.ReportAllocs()
	for reportCPU(b); b.Loop(); {
		if _, err := e.Embed(b.Context(), img); err != nil {
			b.Fatal(err)
		}
	}
	b.Logf("kernels: %s", simd.Level())
}

// BenchmarkViTB16 is the full-size model on a picture that needs no shrinking;
// lookalike bench encoder tells where its time goes.
func BenchmarkViTB16(b *testing.B) {
	for _, p := range []Precision{Float32, Float16, BFloat16, Int8} {
		b.Run(string(p), func(b *testing.B) {
			e, err := Seeded(ViTB16(), 1, WithWorkers(1), WithPrecision(p))
			benchmarkEmbed(b, e, err, noise("bench", 224, 224))
		})
	}
}

// BenchmarkStarter is the embedded model on a picture of ordinary size.
func BenchmarkStarter(b *testing.B) {
	e, err := Starter(WithWorkers(1))
	benchmarkEmbed(b, e, err, noise("bench", 640, 480))
}

// BenchmarkOpenStarter is what every command pays at its start.
func BenchmarkOpenStarter(b *testing.B) {
	for reportCPU(b); b.Loop(); {
		e, err := Starter()
		if err != nil {
			b.Fatal(err)
		}
		e.Close()
	}
}

// BenchmarkShrink takes 12 megapixels to 224x224, bilinear with antialiasing
// (eval: bicubic), beside disintegration/imaging's filter of the same shape.
// LOOKALIKE_CPU chooses the kernels.
func BenchmarkShrink(b *testing.B) {
	img := noise("bench", 4000, 3000)
	shrink := func(p Preprocess) func(b *testing.B) {
		return func(b *testing.B) {
			pre := newPreprocessor(p)
			b.ReportAllocs()
			if err := pre.run(img); err != nil { // grow the buffers
				b.Fatal(err)
			}
			for reportCPU(b); b.Loop(); {
				_ = pre.run(img)
			}
		}
	}
	b.Run("hf", shrink(HFPreprocess()))
	b.Run("eval", shrink(EvalPreprocess()))
	b.Run("imaging", func(b *testing.B) {
		peer := asNRGBA(img)
		for reportCPU(b); b.Loop(); {
			imaging.Resize(peer, 224, 224, imaging.Linear)
		}
	})
	b.Logf("kernels: %s", simd.Level())
}

// asNRGBA is the layout that imaging reads fastest.
func asNRGBA(img *imageio.RGB) *image.NRGBA {
	out := image.NewNRGBA(img.Bounds())
	draw.Draw(out, out.Rect, img, image.Point{}, draw.Src)
	return out
}
