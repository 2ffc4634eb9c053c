package imageio

// JFIF's YCbCr to RGB in 16-bit fixed point, libjpeg's jdcolor.c:
//
//	R = Y + 1.40200 Cr     G = Y - 0.34414 Cb - 0.71414 Cr     B = Y + 1.77200 Cb
const (
	crToR = 91881  // 1.40200 * 65536
	cbToG = 22554  // 0.34414 * 65536
	crToG = 46802  // 0.71414 * 65536
	cbToB = 116130 // 1.77200 * 65536
	half  = 1 << 15
)

// yccPixel is the definition of the conversion.
func yccPixel(y, cb, cr byte) (r, g, b byte) {
	luma, blue, red := int32(y)<<16+half, int32(cb)-128, int32(cr)-128
	return clamp16(luma + crToR*red), clamp16(luma - cbToG*blue - crToG*red), clamp16(luma + cbToB*blue)
}

// clamp16 is v / 65536, held within 0 and 255.
func clamp16(v int32) byte {
	if uint32(v) < 1<<24 {
		return byte(v >> 16)
	}
	return byte(^(v >> 31)) // 0 below, 255 above
}

// A pixel is summed up in one word, each colour in a field of its own. Green
// keeps its fraction, because Cb's and Cr's parts are rounded together:
//
//	bits 48-63 green | 32-47 its fraction | 16-31 blue | 0-15 red
//
// No colour reaches 65536 and one below zero fills its field with ones, so all
// are within 0 and 255 if and only if the upper byte of each field is zero.
const (
	greenAt  = 48
	blueAt   = 16
	fields   = 1<<greenAt | 1<<blueAt | 1
	outside  = fields * 0xff00
	fraction = greenAt - 16
)

// cbTerms and crTerms hold what a chroma value adds to the fields.
var cbTerms, crTerms = chromaTerms()

func chromaTerms() (cb, cr [256]uint64) {
	for i := range 256 {
		c := int64(i) - 128
		cb[i] = uint64(half-cbToG*c)<<fraction + uint64((cbToB*c+half)>>16)<<blueAt
		cr[i] = uint64(-crToG*c)<<fraction + uint64((crToR*c+half)>>16)
	}
	return cb, cr
}

// yccRow converts a row of Y, Cb and Cr.
func yccRow(dst []byte, rows [][]byte) {
	n := len(dst) / 3
	luma, blue, red := rows[0][:n], rows[1][:n], rows[2][:n]
	for i, y := range luma {
		sum := cbTerms[blue[i]] + crTerms[red[i]] + uint64(y)*fields
		pixel := dst[3*i : 3*i+3 : 3*i+3]
		if sum&outside == 0 {
			pixel[0], pixel[1], pixel[2] = byte(sum), byte(sum>>greenAt), byte(sum>>blueAt)
		} else {
			pixel[0], pixel[1], pixel[2] = yccPixel(y, blue[i], red[i])
		}
	}
}

// interleaveRow joins three rows that are red, green and blue already.
func interleaveRow(dst []byte, rows [][]byte) {
	for i, j := 0, 0; i+3 <= len(dst); i, j = i+3, j+1 {
		dst[i], dst[i+1], dst[i+2] = rows[0][j], rows[1][j], rows[2][j]
	}
}

// inkRow converts CMYK as Adobe stores it in JPEG, 255 being no ink. Pillow
// takes every CMYK JPEG for such.
func inkRow(dst []byte, rows [][]byte) {
	for i, j := 0, 0; i+3 <= len(dst); i, j = i+3, j+1 {
		ink := [4]byte{255 - rows[0][j], 255 - rows[1][j], 255 - rows[2][j], 255 - rows[3][j]}
		cmykRow(dst[i:i+3], ink[:])
	}
}

// ycckRow converts CMY stored as YCbCr, and K as it is. libjpeg's C is 255 - R,
// and inverting that as inkRow does leaves R as the amount of ink.
func ycckRow(dst []byte, rows [][]byte) {
	yccRow(dst, rows[:3])
	for i, j := 0, 0; i+3 <= len(dst); i, j = i+3, j+1 {
		ink := [4]byte{dst[i], dst[i+1], dst[i+2], 255 - rows[3][j]}
		cmykRow(dst[i:i+3], ink[:])
	}
}
