// Package imageio turns the bytes of a picture file into upright 8-bit RGB, the
// way Pillow does for the reference preprocessing: JPEG, PNG, GIF, WebP, TIFF
// and BMP, recognised by their first bytes and never by the file's name.
//
//	bytes -> magic -> header -------> limits ------> decoder ---> flatten ---> orient -> RGB
//	                  size, EXIF      before any     planes or    onto white,  EXIF 1-8
//	                  orientation     pixel          pixels       16 -> 8 bit
//
//	RGB.Pix, rows tightly packed, top row first:
//
//	   row 0                          row 1
//	  +---+---+---+---+---+---+-----+---+---
//	  | R | G | B | R | G | B | ... | R |        3*Width bytes a row
//	  +---+---+---+---+---+---+-----+---+---
//
// Invariants:
//   - len(Pix) == 3*Width*Height, and Width and Height are at least 1 in every
//     picture that Decode returns; they equal what DecodeConfig says;
//   - no pixel is allocated before the header's size has passed the limits, and
//     no decoder is started that could allocate for another size;
//   - no input panics the process, and the work is bounded by the size that the
//     header says and the file's length;
//   - a file that ends early is an error, never a half-grey picture; what
//     follows a complete picture is ignored;
//   - every error is an *Error with the file's name, its format and the reason.
//
// JPEG samples are spread and converted as libjpeg-turbo does ("fancy"
// upsampling, 16-bit fixed point), lossy WebP as libwebp does, because Go's own
// conversions repeat chroma samples and take WebP's narrow range for JPEG's.
package imageio
