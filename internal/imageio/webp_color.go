package imageio

import "image"

// videoToRGB converts a lossy WebP picture as libwebp does: chroma spread with
// weights 9, 3, 3, 1 (its dsp/upsampling.c), then BT.601 in video range, where
// black is 16 and white 235 (dsp/yuv.h). Go's own conversion of image.YCbCr is
// JPEG's and would wash the colours out.
func videoToRGB(m *image.YCbCr) *RGB {
	p := NewRGB(m.Rect.Dx(), m.Rect.Dy())
	blue := newPlane(m.Cb, m.CStride, p.Width, p.Height, 2, 2)
	red := newPlane(m.Cr, m.CStride, p.Width, p.Height, 2, 2)
	cb, cr := make([]byte, p.Width), make([]byte, p.Width)
	for y := range p.Height {
		near, far := y/2, blue.clamp(y/2-1+2*(y%2))
		spreadVideo(cb, blue.row(near), blue.row(far))
		spreadVideo(cr, red.row(near), red.row(far))
		videoRow(p.row(y), m.Y[y*m.YStride:], cb, cr)
	}
	return p
}

// spreadVideo widens one row of chroma, given the nearest row of samples and
// the next one: for a pixel between samples a and b of the near row, over c and
// d of the far one, (9a + 3b + 3c + d) / 16, rounded in two steps.
func spreadVideo(dst, near, far []byte) {
	a, c := int(near[0]), int(far[0])
	dst[0] = byte((3*a + c + 2) >> 2)
	for i := 1; i < len(near); i++ {
		b, d := int(near[i]), int(far[i])
		sum := a + b + c + d + 8
		dst[2*i-1] = byte(((sum+2*(b+c))>>3 + a) >> 1)
		if 2*i < len(dst) {
			dst[2*i] = byte(((sum+2*(a+d))>>3 + b) >> 1)
		}
		a, c = b, d
	}
	if len(dst)%2 == 0 {
		dst[len(dst)-1] = byte((3*a + c + 2) >> 2)
	}
}

// videoRow converts with libwebp's 14-bit constants, each product cut to its
// upper bits on its own.
func videoRow(dst, luma, blue, red []byte) {
	for i, j := 0, 0; i+3 <= len(dst); i, j = i+3, j+1 {
		y := 19077 * int(luma[j]) >> 8
		u, v := int(blue[j]), int(red[j])
		dst[i] = clamp6(y + 26149*v>>8 - 14234)
		dst[i+1] = clamp6(y - 6419*u>>8 - 13320*v>>8 + 8708)
		dst[i+2] = clamp6(y + 33050*u>>8 - 17685)
	}
}

// clamp6 is v / 64, held within 0 and 255.
func clamp6(v int) byte { return byte(min(max(v>>6, 0), 255)) }
