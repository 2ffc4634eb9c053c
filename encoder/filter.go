package encoder

import "math"

// filter is a resampling kernel: half its width when enlarging, and its value
// at a distance from the centre. The zero filter is nearest neighbour.
type filter struct {
	support float64
	at      func(x float64) float64
}

// filters are in the order of preprocessor_config.json's "resample", which is
// Pillow's Resampling enum.
var filters = [6]filter{resampleNearest: {}, 1: {3, lanczos}, resampleBilinear: {1, triangle}, resampleBicubic: {2, cubic}, 4: {0.5, box}, 5: {1, hamming}}

// The filters that the code itself asks for.
const (
	resampleNearest  = 0
	resampleBilinear = 2
	resampleBicubic  = 3
)

func box(x float64) float64 {
	if x > -0.5 && x <= 0.5 {
		return 1
	}
	return 0
}

func triangle(x float64) float64 { return max(0, 1-math.Abs(x)) }

// cubic is Keys' kernel with a = -0.5.
func cubic(x float64) float64 {
	const a = -0.5
	switch x = math.Abs(x); {
	case x < 1:
		return ((a+2)*x-(a+3))*x*x + 1
	case x < 2:
		return (((x-5)*x+8)*x - 4) * a
	}
	return 0
}

// hamming's two constants are float32 in Pillow, and it shows in the last bit.
func hamming(x float64) float64 {
	const flat, wave = float64(float32(0.54)), float64(float32(0.46))
	switch x = math.Abs(x); {
	case x == 0:
		return 1
	case x >= 1:
		return 0
	}
	x *= math.Pi
	return math.Sin(x) / x * (flat + wave*math.Cos(x))
}

func lanczos(x float64) float64 {
	if -3 <= x && x < 3 {
		return sinc(x) * sinc(x/3)
	}
	return 0
}

func sinc(x float64) float64 {
	if x == 0 {
		return 1
	}
	x *= math.Pi
	return math.Sin(x) / x
}
