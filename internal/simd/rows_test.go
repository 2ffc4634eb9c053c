package simd

import (
	"math"
	"slices"
	"testing"

	"pgregory.net/rapid"
)

// guardHalves is guard for numbers of 16 bits.
func guardHalves(x []uint16, offset int) (all, inside []uint16) {
	all = make([]uint16, offset+len(x)+64)
	for i := range all {
		all[i] = 0xdead
	}
	inside = all[offset+32 : offset+32+len(x)]
	copy(inside, x)
	return all, inside
}

func checkHalves(t *testing.T, all []uint16, offset, n int) {
	t.Helper()
	for i, v := range all {
		if (i < offset+32 || i >= offset+32+n) && v != 0xdead {
			t.Fatalf("a kernel wrote %#x at %d of a slice of %d", v, i-offset-32, n)
		}
	}
}

func TestNarrowAndWiden(t *testing.T) {
	eachLevel(t, func(t *testing.T) {
		r := newRand(1)
		eachShape(func(n, offset int) {
			x := guard(normals(r, n), offset)
			want := make([]uint16, n)
			narrowGeneric(want, n, x.x, n, 1, n)
			all, got := guardHalves(make([]uint16, n), maxOffset-offset)
			use.narrow(got, 0, x.x, 0, 1, n)
			checkHalves(t, all, maxOffset-offset, n)
			if !slices.Equal(got, want) {
				t.Fatalf("%d at offset %d: %v, want %v", n, offset, got, want)
			}
			wide := guard(make([]float32, n), offset)
			use.widen(wide.x, got)
			wide.check(t)
			for i, v := range wide.x {
				if math.Float32bits(v) != uint32(got[i])<<16 {
					t.Fatalf("%d of %d: %v from %#x", i, n, v, got[i])
				}
			}
		})
	})
}

// Tiles of any stride, as products leave them.
func TestNarrowTile(t *testing.T) {
	eachLevel(t, func(t *testing.T) {
		rapid.Check(t, func(rt *rapid.T) {
			draw := func(name string, from, to int) int { return rapid.IntRange(from, to).Draw(rt, name) }
			rows, cols := draw("rows", 0, 15), draw("cols", 1, 40)
			lds, ldd := cols+draw("lds", 0, 20), cols+draw("ldd", 0, 20)
			src := normals(newRand(uint64(draw("seed", 0, 1000))), rows*lds+1)
			n := max(0, (rows-1)*ldd+cols)
			got, want := make([]uint16, n), make([]uint16, n)
			all, got := guardHalves(got, 3)
			use.narrow(got, ldd, src, lds, rows, cols)
			clear(want)
			for i := range got { // what lies between the rows stays
				if i%ldd >= cols {
					want[i] = got[i]
				}
			}
			narrowGeneric(want, ldd, src, lds, rows, cols)
			checkHalves(t, all, 3, n)
			if !slices.Equal(got, want) {
				rt.Fatalf("%v, want %v", got, want)
			}
		})
	})
}

// To nearest even, NaN stays NaN, subnormal numbers become zero.
func TestBFloat16Rounding(t *testing.T) {
	tests := []struct{ bits, want uint32 }{
		{0x3f800000, 0x3f80}, {0x3f808000, 0x3f80}, {0x3f808001, 0x3f81}, {0x3f818000, 0x3f82}, {0x3f817fff, 0x3f81},
		{0x7f7fffff, 0x7f80}, {0x7f800000, 0x7f80}, {0xff800000, 0xff80}, {0x7fc00000, 0x7fc0}, {0x7f800001, 0x7fc0},
		{0x00000000, 0}, {0x80000000, 0x8000}, {0x007fffff, 0}, {0x807fffff, 0x8000}, {0x00800000, 0x0080},
	}
	eachLevel(t, func(t *testing.T) {
		for _, test := range tests {
			got := make([]uint16, 17) // in a whole register and in the tail
			x := make([]float32, 17)
			for i := range x {
				x[i] = math.Float32frombits(test.bits)
			}
			use.narrow(got, 17, x, 17, 1, 17)
			if uint32(got[0]) != test.want || uint32(got[16]) != test.want {
				t.Errorf("%#08x became %#04x and %#04x, want %#04x", test.bits, got[0], got[16], test.want)
			}
		}
	})
}

func TestInterleave(t *testing.T) {
	eachLevel(t, func(t *testing.T) {
		for n := range 70 {
			even, odd := make([]uint16, n), make([]uint16, n)
			for i := range even {
				even[i], odd[i] = uint16(i), uint16(1000+i)
			}
			all, got := guardHalves(make([]uint16, 2*n), n%7)
			use.interleave(got, even, odd)
			checkHalves(t, all, n%7, 2*n)
			for i := range even {
				if got[2*i] != even[i] || got[2*i+1] != odd[i] {
					t.Fatalf("%d: %v", n, got)
				}
			}
		}
	})
}

func TestExtent(t *testing.T) {
	eachLevel(t, func(t *testing.T) {
		r := newRand(7)
		eachShape(func(n, offset int) {
			if n == 0 {
				return
			}
			x := guard(normals(r, n), offset)
			lo, hi := use.extent(x.x)
			if lo != slices.Min(x.x) || hi != slices.Max(x.x) {
				t.Fatalf("%d at offset %d: %v, %v, want %v, %v", n, offset, lo, hi, slices.Min(x.x), slices.Max(x.x))
			}
			for _, bad := range []float32{nan32, inf32, -inf32} {
				x.x[r.IntN(n)] = bad
				if lo, hi := use.extent(x.x); !math.IsNaN(float64(lo)) || !math.IsNaN(float64(hi)) {
					t.Fatalf("%v among %d: %v, %v", bad, n, lo, hi)
				}
			}
		})
	})
}

// A code is the nearest one: within half a step of what it stands for.
func TestQuantize(t *testing.T) {
	eachLevel(t, func(t *testing.T) {
		r := newRand(8)
		eachShape(func(n, offset int) {
			if n == 0 {
				return
			}
			x := guard(normals(r, n), offset)
			for i := range x.x {
				x.x[i] = x.x[i]*3 + 1
			}
			var rows Rows
			rows.Reset(Int8, 2, n)
			pad := slices.Clone(rows.words)
			rows.Set(0, x.x)
			got := values(&rows)[:n]
			for i, v := range got {
				if !same(v, x.x[i], 0.501*float64(rows.affine[0])+1e-6) {
					t.Fatalf("%d of %d at offset %d: %v became %v, step %v", i, n, offset, x.x[i], v, rows.affine[0])
				}
			}
			if after := rows.words[(n+3)/4:]; !slices.Equal(after, pad[(n+3)/4:]) {
				t.Fatalf("%d: words beyond the row were written", n)
			}
		})
	})
}

func TestQuantizeSpecialRows(t *testing.T) {
	eachLevel(t, func(t *testing.T) {
		for _, n := range []int{1, 7, 8, 33} {
			var rows Rows
			rows.Reset(Int8, 1, n)
			x := make([]float32, n)
			for _, v := range []float32{0, 5, -3e30, 1e-40} { // rows of one value are exact
				for i := range x {
					x[i] = v
				}
				rows.Set(0, x)
				for i, got := range values(&rows) {
					if got != v {
						t.Fatalf("%d times %v: %v at %d", n, v, got, i)
					}
				}
			}
			x[n-1] = nan32
			rows.Set(0, x)
			if !math.IsNaN(float64(values(&rows)[0])) {
				t.Fatalf("a row with NaN became %v", values(&rows))
			}
		}
	})
}

// What fills a row's last word up is zero, whatever the memory held before.
func TestResetClearsPadding(t *testing.T) {
	for _, p := range []Precision{BFloat16, Int8} {
		var rows Rows
		rows.Reset(p, 5, 64)
		for i := range rows.words {
			rows.words[i] = 0xffffffff
		}
		rows.Reset(p, 5, 9)
		x := make([]float32, 9)
		for i := range 5 {
			rows.Set(i, x)
			last := rows.words[i*rows.stride+8/p.group()]
			if last>>(32/p.group()) != 0 {
				t.Errorf("%v, row %d: the last word is %#x", p, i, last)
			}
		}
	}
}

// Parts of rows are the rows themselves.
func TestSliceAndColumns(t *testing.T) {
	for _, p := range []Precision{Float32, BFloat16} {
		var rows Rows
		rows.Reset(p, 6, 10)
		for i := range 6 {
			x := make([]float32, 10)
			for j := range x {
				x[j] = float32(10*i + j)
			}
			rows.Set(i, x)
		}
		part := rows.Slice(2, 5)
		part = part.Columns(4, 3)
		if got, want := values(&part), []float32{24, 25, 26, 34, 35, 36, 44, 45, 46}; !slices.Equal(got, want) {
			t.Errorf("%v: %v, want %v", p, got, want)
		}
		part.Set(1, []float32{1, 2, 3})
		row := make([]float32, 10)
		if rows.Get(row, 3); !slices.Equal(row, []float32{30, 31, 32, 33, 1, 2, 3, 37, 38, 39}) {
			t.Errorf("%v: row %v", p, row)
		}
		if none := rows.Slice(6, 6); none.M != 0 {
			t.Errorf("%v: %d rows from 6 to 6", p, none.M)
		}
	}
}

// Rows do not evict each other from the L1 cache.
func TestRowsAvoidPageStrides(t *testing.T) {
	for _, p := range []Precision{Float32, BFloat16, Int8} {
		for _, k := range []int{1, 192, 768, 1024, 2048, 3072, 4096, 8192} {
			var rows Rows
			if rows.Reset(p, 2, k); rows.stride%pageWords == 0 || rows.stride%lineWords != 0 || rows.stride*p.group() < k {
				t.Errorf("%v of %d: stride %d words", p, k, rows.stride)
			}
		}
	}
}
