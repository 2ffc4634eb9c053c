package index

import "math"

// half is the distance of a link, 1 - cosine, in 16 bits: 0, or a power of two
// from 2^-24, the last bit of a float32 below 1, up to 2 with 11 bits behind the
// point. It is off by at most 1/4096 of the distance, which is less than codes
// are, and ordered as distances are.
type half uint16

const (
	halfDrop = 23 - 11                      // bits of a float32 that a half does not have
	halfBase = (127 - 24) << 11             // the exponent of 2^-24, in a half's place
	far      = half(128<<11 - halfBase + 1) // distance 2
)

// halfOf rounds the distance of a score.
func halfOf(score float32) half {
	d := 1 - score
	if !(d >= 1.0/(1<<24)) {
		return 0
	}
	return min(half((math.Float32bits(d)+1<<(halfDrop-1))>>halfDrop-halfBase+1), far)
}

// score is the cosine that a half stands for.
func (h half) score() float32 {
	if h == 0 {
		return 1
	}
	return 1 - math.Float32frombits((uint32(h)-1+halfBase)<<halfDrop)
}

// rounded is a score as links keep it. Whatever decides about links has rounded
// scores, so that it decides the same once they were kept.
func rounded(score float32) float32 { return halfOf(score).score() }
