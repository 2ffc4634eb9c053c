package pictures

import (
	"bytes"
	"image"
	"image/color"
	"image/jpeg"
	"math"

	"github.com/disintegration/imaging"
	"golang.org/x/image/font"
	"golang.org/x/image/font/basicfont"
	"golang.org/x/image/math/fixed"
)

// Edit is one way people change a picture before they save it again.
type Edit struct {
	Name  string
	Apply func(image.Image) image.Image
}

// Edits returns every edit. Each keeps the picture recognisable.
func Edits() []Edit {
	return []Edit{
		{"jpeg10", jpeg10},
		{"small", small},
		{"crop80", func(m image.Image) image.Image { return crop(m, 0.80) }},
		{"crop60", func(m image.Image) image.Image { return crop(m, 0.60) }},
		{"mirror", func(m image.Image) image.Image { return imaging.FlipH(m) }},
		{"grey", func(m image.Image) image.Image { return imaging.Grayscale(m) }},
		{"brightness", func(m image.Image) image.Image { return imaging.AdjustBrightness(m, 14) }},
		{"contrast", func(m image.Image) image.Image { return imaging.AdjustContrast(m, 22) }},
		{"saturation", func(m image.Image) image.Image { return imaging.AdjustSaturation(m, 45) }},
		{"blur", func(m image.Image) image.Image { return imaging.Blur(m, short(m)/160) }},
		{"rotate", rotate},
		{"border", border},
		{"text", caption},
	}
}

// short is the length of the shorter side, at least 1.
func short(m image.Image) float64 {
	return math.Max(1, float64(min(m.Bounds().Dx(), m.Bounds().Dy())))
}

// scaled is a length times f, at least one pixel.
func scaled(n int, f float64) int { return max(1, int(math.Round(float64(n)*f))) }

// jpeg10 saves at JPEG quality 10 and reads back.
func jpeg10(m image.Image) image.Image {
	var file bytes.Buffer
	if err := jpeg.Encode(&file, m, &jpeg.Options{Quality: 10}); err != nil {
		return m // a side over 65535, which no JPEG can hold
	}
	back, err := jpeg.Decode(&file)
	if err != nil {
		return m
	}
	return back
}

// small is a third of the size.
func small(m image.Image) image.Image {
	b := m.Bounds()
	return imaging.Resize(m, scaled(b.Dx(), 1./3), scaled(b.Dy(), 1./3), imaging.Box)
}

// crop keeps the middle part of each side.
func crop(m image.Image, part float64) image.Image {
	b := m.Bounds()
	return imaging.CropCenter(m, scaled(b.Dx(), part), scaled(b.Dy(), part))
}

// rotate turns by 8 degrees and cuts the empty corners off.
func rotate(m image.Image) image.Image {
	const degrees = 8
	sin, cos := math.Sincos(degrees * math.Pi / 180)
	b := m.Bounds()
	w, h := float64(b.Dx()), float64(b.Dy())
	// The largest upright rectangle of the same shape inside the turned one.
	keep := 1 / (cos + sin*math.Max(w/h, h/w))
	turned := imaging.Rotate(m, degrees, color.White)
	return imaging.CropCenter(turned, scaled(b.Dx(), keep), scaled(b.Dy(), keep))
}

// border frames the picture in white, 8% of the shorter side wide.
func border(m image.Image) image.Image {
	b := m.Bounds()
	wide := scaled(int(short(m)), 0.08)
	frame := imaging.New(b.Dx()+2*wide, b.Dy()+2*wide, color.White)
	return imaging.Paste(frame, m, image.Pt(wide, wide))
}

// caption writes a line over a dark band near the lower edge.
func caption(m image.Image) image.Image {
	const text = "greetings from here"
	face := basicfont.Face7x13
	line := image.NewNRGBA(image.Rect(0, 0, len(text)*face.Advance+14, face.Height+6))
	for i := 3; i < len(line.Pix); i += 4 {
		line.Pix[i] = 150 // black, half transparent
	}
	d := font.Drawer{Dst: line, Src: image.White, Face: face, Dot: fixed.P(7, face.Ascent+3)}
	d.DrawString(text)
	b := m.Bounds()
	large := imaging.Resize(line, scaled(b.Dx(), 0.7), 0, imaging.Linear)
	return imaging.Overlay(m, large, image.Pt(b.Dx()*15/100, b.Dy()-large.Rect.Dy()-b.Dy()/20), 1)
}
