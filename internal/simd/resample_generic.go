package simd

// horizontalGeneric resizes one row. Slicing each pixel out costs one bounds
// check where indexing would cost three.
func horizontalGeneric(dst []byte, _ int, src []byte, _ int, t *Taps) {
	for i, s := range t.spans {
		r, g, b := int32(weightHalf), int32(weightHalf), int32(weightHalf)
		at := src[3*s.From:]
		for j, w := range s.Weights {
			pixel := at[3*j : 3*j+3 : 3*j+3]
			r += int32(pixel[0]) * w
			g += int32(pixel[1]) * w
			b += int32(pixel[2]) * w
		}
		pixel := dst[3*i : 3*i+3 : 3*i+3]
		pixel[0], pixel[1], pixel[2] = clip8(r), clip8(g), clip8(b)
	}
}

// verticalGeneric weighs whole rows, so that memory is read in order, as many
// columns at a time as stay in the L1 cache.
func verticalGeneric(dst, rows []byte, stride int, weights []int32) {
	var sums [256]int32
	for from := 0; from < len(dst); from += len(sums) {
		part := dst[from:min(from+len(sums), len(dst))]
		sums := sums[:len(part)]
		for i := range sums {
			sums[i] = weightHalf
		}
		for j, w := range weights {
			row := rows[stride*j+from:][:len(sums)]
			for i := range sums {
				sums[i] += int32(row[i]) * w
			}
		}
		for i, v := range sums {
			part[i] = clip8(v)
		}
	}
}

// clip8 drops the fraction and clamps to a byte.
func clip8(v int32) byte { return byte(min(max(v>>WeightBits, 0), 255)) }
