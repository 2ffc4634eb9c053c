// Package pictures makes pictures from a seed, and edited copies of them, for
// the demo, the tests and the benchmarks: as many as wanted, without a network
// and without anybody's copyright, and with the truth known about which file
// is a copy of which.
//
//	seed -> palette + scene ----> shapes, back to front ----> grain, light -> Make
//	        (leaves, hills,       signed distance to edge,                     |
//	         tiles, skyline...)   paint, soft shadow                           |
//	                                                     WriteGallery <- Edits +
//	                                                     photo-folder names, five formats, exact copies
//
// Invariants:
//   - the same arguments give the same pixels and the same files;
//   - a picture's composition depends on its seed alone, its size only scales
//     it: lengths are in units of the picture's shorter side;
//   - an Edit never changes the image it is given.
package pictures
