package imageio

// plane is one component at its own resolution.
type plane struct {
	pix           []byte
	stride        int
	width, height int // samples that the picture needs; pix may hold more
	h, v          int // how many pixels of the picture one sample spans
}

// newPlane is for a picture of the given size.
func newPlane(pix []byte, stride, width, height, h, v int) plane {
	return plane{pix, stride, (width + h - 1) / h, (height + v - 1) / v, h, v}
}

// row returns row k of the samples.
func (p *plane) row(k int) []byte { return p.pix[k*p.stride : k*p.stride+p.width] }

// clamp is k, or the row at the edge that k lies beyond.
func (p *plane) clamp(k int) int { return min(max(k, 0), p.height-1) }

// spreader gives a plane's rows at the picture's resolution, with libjpeg's
// "fancy" upsampling (jdsample.c): a sample's centre lies between its pixels,
// so each pixel is 3/4 of the nearer sample and 1/4 of the next, in each
// direction that is halved. Other factors repeat the sample, as libjpeg does.
type spreader struct {
	plane
	out   []byte      // one row at the picture's resolution, with room for whole words
	words [2][]uint64 // the two rows of samples in use, unpacked: row k in words[k%2]
	held  [2]int      // which rows those are
}

func newSpreader(p plane) spreader {
	s := spreader{plane: p, out: make([]byte, p.h*(p.width+4)), held: [2]int{-1, -1}}
	for i := range s.words {
		s.words[i] = make([]uint64, wordsFor(p.width))
	}
	return s
}

// row returns row y of the picture, or more. It is valid until the next call.
func (s *spreader) row(y int) []byte {
	own := y / s.v
	next := s.clamp(y/2 - 1 + 2*(y%2)) // the second nearest, where one spans two rows
	switch {
	case s.h == 1 && s.v == 1:
		return s.plane.row(own)
	case s.h == 1 && s.v == 2:
		blendRows(s.out, s.plane.row(own), s.plane.row(next), 1+y%2)
	case s.h == 2 && s.v == 1 && s.width > 2:
		widen(s.out, s.unpacked(own), s.unpacked(own), rounding{4, 8}) // (3a+b+1)/4 and (3a+b+2)/4
	case s.h == 2 && s.v == 2 && s.width > 2:
		widen(s.out, s.unpacked(own), s.unpacked(next), rounding{8, 7})
	default:
		repeat(s.out, s.plane.row(own), s.h)
	}
	return s.out
}

// unpacked returns row k of the samples as words. Four rows of the picture use
// it, and neighbours use different slots.
func (s *spreader) unpacked(k int) []uint64 {
	slot := k % 2
	if s.held[slot] != k {
		unpack(s.words[slot], s.plane.row(k))
		s.held[slot] = k
	}
	return s.words[slot]
}

// blendRows is 3/4 near and 1/4 far.
func blendRows(dst, near, far []byte, bias int) {
	for i := range near {
		dst[i] = byte((3*int(near[i]) + int(far[i]) + bias) >> 2)
	}
}

// repeat writes each sample times times.
func repeat(dst, src []byte, times int) {
	for i, v := range src {
		run := dst[i*times : (i+1)*times]
		for j := range run {
			run[j] = v
		}
	}
}
