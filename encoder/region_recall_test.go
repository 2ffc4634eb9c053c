package encoder

import (
	"image"
	"image/draw"
	"math"
	"math/rand/v2"
	"path/filepath"
	"testing"

	"github.com/disintegration/imaging"

	"lookalike/internal/imageio"
	"lookalike/internal/testutil"
)

// BenchmarkRegionRecall measures which vector finds a region best, among the CLS
// vectors of whole real pictures: that of the region cut out, or the mean of
// the descriptors of the whole picture's patches in it. It is why
// engine.SearchRegion cuts out.
//
//   - own: a window of 30 to 50% of the sides finds the picture that it is from
//   - placed: a picture, scaled into such a window of another one, is found there
//
// go test -run xxx -bench RegionRecall -benchtime 1x ./encoder
func BenchmarkRegionRecall(b *testing.B) {
	photos, err := filepath.Glob(filepath.Join(testutil.Shared(b, "photos"), "*.jpg"))
	if err != nil || len(photos) == 0 {
		b.Fatalf("%d photos, %v", len(photos), err)
	}
	atSizes(b, func(b *testing.B, e *Encoder) { regionRecall(b, e, photos) })
}

func regionRecall(b *testing.B, e *Encoder, photos []string) {
	var whole []*imageio.RGB
	var library [][]float32
	for _, photo := range photos {
		img := decodeFile(b, photo)
		v, err := e.Embed(b.Context(), img)
		if err != nil {
			b.Fatal(err)
		}
		whole, library = append(whole, img), append(library, v[0])
	}
	random := rand.New(rand.NewPCG(1, 2))
	hits := map[string]int{}
	ask := func(kind string, img *imageio.RGB, at image.Rectangle, want int) {
		for how, v := range regionVectors(b, e, img, at) {
			if most(library, v) == want {
				hits[kind+"-"+how]++
			}
		}
	}
	for i, img := range whole {
		ask("own", img, window(random, img), i)
		ground := whole[(i+1+random.IntN(len(whole)-1))%len(whole)]
		at := window(random, ground)
		ask("placed", placed(ground, img, at), at, i)
	}
	for _, kind := range []string{"own", "placed"} {
		for _, how := range []string{cutOut, meanOf, gemOf} {
			b.ReportMetric(float64(hits[kind+"-"+how])/float64(len(whole)), kind+"-"+how)
		}
	}
}

// The ways to make a vector of a region.
const cutOut, meanOf, gemOf = "cut-out", "mean-of-patches", "GeM-of-patches"

// window is a part of a picture, 30 to 50% as wide and high, where it is not blank.
func window(random *rand.Rand, img *imageio.RGB) (best image.Rectangle) {
	share, most := 0.3+0.2*random.Float64(), -1.0
	w, h := int(float64(img.Width)*share), int(float64(img.Height)*share)
	for range 5 {
		corner := image.Pt(random.IntN(img.Width-w+1), random.IntN(img.Height-h+1))
		at := image.Rectangle{Min: corner, Max: corner.Add(image.Pt(w, h))}
		if v := variance(cut(img, at)); v > most {
			best, most = at, v
		}
	}
	return best
}

func variance(img *imageio.RGB) float64 {
	var sum, squares float64
	for _, v := range img.Pix {
		sum += float64(v)
		squares += float64(v) * float64(v)
	}
	n := float64(len(img.Pix))
	return squares/n - sum/n*sum/n
}

func cut(img *imageio.RGB, at image.Rectangle) *imageio.RGB {
	return imageio.FromImage(imaging.Crop(img, at))
}

func placed(ground, img *imageio.RGB, at image.Rectangle) *imageio.RGB {
	out := imaging.Clone(ground)
	draw.Draw(out, at, imaging.Resize(img, at.Dx(), at.Dy(), imaging.Linear), image.Point{}, draw.Src)
	return imageio.FromImage(out)
}

// regionVectors are the vectors of a region, by how they are made.
func regionVectors(t testing.TB, e *Encoder, img *imageio.RGB, at image.Rectangle) map[string][]float32 {
	v, err := e.Embed(t.Context(), cut(img, at))
	if err != nil {
		t.Fatal(err)
	}
	out, err := e.LastHiddenState(t.Context(), img)
	if err != nil {
		t.Fatal(err)
	}
	mean, gem := make([]float32, out.D), make([]float32, out.D)
	for i := range out.N - 1 {
		x := (float64(i%out.GridWidth) + 0.5) / float64(out.GridWidth) * float64(img.Width)
		y := (float64(i/out.GridWidth) + 0.5) / float64(out.GridHeight) * float64(img.Height)
		if !image.Pt(int(x), int(y)).In(at) {
			continue
		}
		for j, v := range out.Tokens[(i+1)*out.D : (i+2)*out.D] {
			mean[j] += v
			gem[j] += float32(math.Pow(math.Max(float64(v), 1e-6), 4))
		}
	}
	for j, v := range gem {
		gem[j] = float32(math.Pow(float64(v), 0.25))
	}
	if err := normalize(mean); err != nil {
		t.Fatal(err)
	}
	if err := normalize(gem); err != nil {
		t.Fatal(err)
	}
	return map[string][]float32{cutOut: v[0], meanOf: mean, gemOf: gem}
}
