package attention

import (
	"bytes"
	"image"
	"image/color"
	"image/png"
	"testing"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"lookalike/internal/imageio"
)

var whole = Window{0, 0, 1, 1}

// plain is a picture of one colour under a Map of one head.
func plain(width, height int, c color.NRGBA, m Map) View {
	img := image.NewNRGBA(image.Rect(0, 0, width, height))
	for i := range width * height {
		img.SetNRGBA(i%width, i/width, c)
	}
	m.Heads = 1
	return View{img, m}
}

// pixels are the rows of a drawing, each pixel its red, green and blue.
func pixels(t *testing.T, img *image.NRGBA) (rows [][][3]uint8) {
	t.Helper()
	for y := range img.Rect.Dy() {
		var row [][3]uint8
		for x := range img.Rect.Dx() {
			c := img.NRGBAAt(x, y)
			if c.A != 255 {
				t.Errorf("pixel %d, %d has alpha %d", x, y, c.A)
			}
			row = append(row, [3]uint8{c.R, c.G, c.B})
		}
		rows = append(rows, row)
	}
	return rows
}

// TestHeat compares with pixels computed by hand: 0.35 of the grey picture and
// 0.65 of viridis.
func TestHeat(t *testing.T) {
	black, white := color.NRGBA{A: 255}, color.NRGBA{255, 255, 255, 255}
	least, most := [3]uint8{44, 1, 55}, [3]uint8{164, 150, 24}
	for _, c := range []struct {
		name   string
		view   View
		values []float32
		want   [][][3]uint8
	}{
		{"least and most", plain(2, 1, black, Map{Rows: 1, Columns: 2, Window: whole}), []float32{0.1, 0.2}, [][][3]uint8{{least, most}}},
		{"over white", plain(1, 2, white, Map{Rows: 2, Columns: 1, Window: whole}), []float32{5, 3}, [][][3]uint8{{{254, 239, 113}}, {{133, 90, 144}}}},
		{"the picture's colour does not count", plain(2, 1, color.NRGBA{255, 0, 0, 255}, Map{Rows: 1, Columns: 2, Window: whole}), []float32{0, 1},
			[][][3]uint8{{{71, 27, 81}, {191, 177, 51}}}},
		{"between centres", plain(4, 1, black, Map{Rows: 1, Columns: 2, Window: whole}), []float32{0, 1},
			[][][3]uint8{{least, {38, 52, 90}, {62, 130, 63}, most}}},
		{"all equal", plain(2, 1, black, Map{Rows: 1, Columns: 2, Window: whole}), []float32{1, 1}, [][][3]uint8{{least, least}}},
		{"cropped", plain(4, 1, white, Map{Rows: 1, Columns: 1, Window: Window{0.25, 0, 0.75, 1}}), []float32{1},
			[][][3]uint8{{{85, 85, 85}, {133, 90, 144}, {133, 90, 144}, {85, 85, 85}}}},
		{"beyond the picture", plain(2, 1, black, Map{Rows: 1, Columns: 2, Window: Window{-1, -1, 1, 2}}), []float32{0, 1}, [][][3]uint8{{{62, 130, 63}, most}}},
	} {
		if diff := cmp.Diff(c.want, pixels(t, c.view.Heat(c.values))); diff != "" {
			t.Errorf("%s (-want +got):\n%s", c.name, diff)
		}
	}
}

func TestForeground(t *testing.T) {
	c, dark := [3]uint8{200, 100, 50}, [3]uint8{41, 41, 41}
	view := plain(4, 2, color.NRGBA{200, 100, 50, 255}, Map{Rows: 2, Columns: 2, Window: Window{0, 0, 0.5, 1}})
	want := [][][3]uint8{{dark, c, dark, dark}, {c, dark, dark, dark}}
	if diff := cmp.Diff(want, pixels(t, view.Foreground([]float32{1, 4, 3, 2}))); diff != "" {
		t.Error(diff)
	}
}

// TestSheet lays five heads out in lines of three.
func TestSheet(t *testing.T) {
	view := plain(30, 12, color.NRGBA{A: 255}, Map{Values: []float32{0, 1, 2, 3, 4}, Rows: 1, Columns: 1, Window: whole})
	view.Map.Heads = 5
	sheet := view.Sheet(func(v View, values []float32) *image.NRGBA {
		return plain(v.Picture.Rect.Dx(), v.Picture.Rect.Dy(), color.NRGBA{R: uint8(values[0]), A: 255}, Map{}).Picture
	})
	if size := sheet.Rect.Size(); size != image.Pt(3*30+2*gap, 2*12+gap) {
		t.Fatalf("sheet of %v", size)
	}
	for i := range 5 {
		x, y := i%3*(30+gap), i/3*(12+gap)
		for _, at := range []image.Point{{x, y}, {x + 29, y + 11}} {
			if c := sheet.NRGBAAt(at.X, at.Y); c != (color.NRGBA{R: uint8(i), A: 255}) {
				t.Errorf("head %d at %v: %v", i, at, c)
			}
		}
	}
	for _, at := range []image.Point{{30, 0}, {0, 12}, {97, 27}} {
		if c := sheet.NRGBAAt(at.X, at.Y); c.A != 0 {
			t.Errorf("%v between the heads: %v", at, c)
		}
	}
}

// TestSizes: whatever the picture and the grid, a drawing fits, and nothing panics.
func TestSizes(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		width, height := rapid.IntRange(1, 200).Draw(t, "width"), rapid.IntRange(1, 9).Draw(t, "height")
		m := Map{Heads: rapid.IntRange(1, 30).Draw(t, "heads"), Rows: rapid.IntRange(1, 9).Draw(t, "rows"), Columns: rapid.IntRange(1, 9).Draw(t, "columns"),
			Window: Window{rapid.Float64Range(-1, 0.4).Draw(t, "left"), 0, rapid.Float64Range(0.5, 2).Draw(t, "right"), 1}}
		m.Values = rapid.SliceOfN(rapid.Float32Range(0, 1), m.Heads*m.Rows*m.Columns, m.Heads*m.Rows*m.Columns).Draw(t, "values")
		view := NewView(imageio.NewRGB(width, height), m)
		for name, img := range map[string]*image.NRGBA{
			"heat": view.Heat(m.Mean()), "mask": view.Foreground(m.Head(m.Heads - 1)), "sheet": view.Sheet(View.Heat), "masks": view.Sheet(View.Foreground),
		} {
			if size := img.Rect.Size(); size.X < 1 || size.Y < 1 || size.X > Side || size.Y > Side {
				t.Fatalf("%s of %v", name, size)
			}
		}
	})
}

func TestNewView(t *testing.T) {
	for size, want := range map[image.Point]image.Point{
		{1, 1}: {1, 1}, {96, 64}: {96, 64}, {1024, 1024}: {1024, 1024}, {1025, 10}: {1024, 9}, {1500, 2000}: {768, 1024}, {20000, 1}: {1024, 1},
	} {
		if got := NewView(imageio.NewRGB(size.X, size.Y), Map{}).Picture.Rect.Size(); got != want {
			t.Errorf("a picture of %v became %v, want %v", size, got, want)
		}
	}
}

// TestPNG: the quick level loses nothing.
func TestPNG(t *testing.T) {
	view := plain(5, 3, color.NRGBA{10, 200, 30, 255}, Map{Rows: 2, Columns: 2, Window: whole})
	drawing := view.Heat([]float32{1, 2, 3, 4})
	file, err := PNG(drawing)
	if err != nil {
		t.Fatal(err)
	}
	back, err := png.Decode(bytes.NewReader(file))
	if err != nil {
		t.Fatal(err)
	}
	for i := range 15 {
		if got, want := color.NRGBAModel.Convert(back.At(i%5, i/5)), drawing.At(i%5, i/5); got != want {
			t.Errorf("pixel %d is %v, was %v", i, got, want)
		}
	}
	if _, err := PNG(image.NewNRGBA(image.Rectangle{})); err == nil {
		t.Error("a drawing without pixels was encoded")
	}
}
