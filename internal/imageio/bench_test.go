package imageio

import (
	"bytes"
	"image/jpeg"
	"math/rand/v2"
	"testing"

	"github.com/disintegration/imaging"

	"lookalike/internal/pictures"
)

// photo12MP is a 4000x3000 JPEG with 4:2:0 chroma and enough grain for about
// 3 MB, as phones make.
func photo12MP(b *testing.B) []byte {
	b.Helper()
	large := imaging.Resize(pictures.Make(3, 1000, 750), 4000, 3000, imaging.Linear)
	r := rand.New(rand.NewPCG(12, 0))
	for i := range large.Pix {
		large.Pix[i] = byte(min(max(int(large.Pix[i])+r.IntN(25)-12, 0), 255))
	}
	var file bytes.Buffer
	if err := jpeg.Encode(&file, large, &jpeg.Options{Quality: 90}); err != nil {
		b.Fatal(err)
	}
	b.Logf("%.1f MB", float64(file.Len())/1e6)
	return file.Bytes()
}

// BenchmarkJPEG12MP shows what the conversion adds to image/jpeg's own work.
func BenchmarkJPEG12MP(b *testing.B) {
	file := photo12MP(b)
	b.Run("image/jpeg", func(b *testing.B) {
		for b.Loop() {
			if _, err := jpeg.Decode(bytes.NewReader(file)); err != nil {
				b.Fatal(err)
			}
		}
	})
	b.Run("Decode", func(b *testing.B) {
		for b.Loop() {
			if _, _, err := Decode("photo", file, Limits{}); err != nil {
				b.Fatal(err)
			}
		}
	})
}

// BenchmarkUpright12MP is the costliest of the orientations.
func BenchmarkUpright12MP(b *testing.B) {
	p := NewRGB(4000, 3000)
	for b.Loop() {
		orient(p, 6)
	}
}

func BenchmarkThumbnail12MP(b *testing.B) {
	p := FromImage(imaging.New(4000, 3000, pictures.Make(1, 1, 1).At(0, 0)))
	for b.Loop() {
		if _, err := Thumbnail(p, 320); err != nil {
			b.Fatal(err)
		}
	}
}

func BenchmarkHash12MP(b *testing.B) {
	p := NewRGB(4000, 3000)
	for b.Loop() {
		p.Hash()
	}
}
