//go:build !purego

package simd

// tailMask, read from element 8-n on, selects the first n of 8 lanes.
var tailMask = [16]int32{-1, -1, -1, -1, -1, -1, -1, -1}

// ones16 is 1 in 16 lanes: VPMADDWD with it adds neighbours.
var ones16 = [16]int16{1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1}
