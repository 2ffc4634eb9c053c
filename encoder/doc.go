// Package encoder turns a picture into a unit vector with a Vision Transformer,
// so that pictures which look alike have a large inner product. Any ViT loads
// whose tensors have the names of Hugging Face, DINO or timm, from safetensors
// or a PyTorch checkpoint; a small one of our own is part of the program.
//
//	picture (any size, RGB)
//	   | preprocess.go, resample.go   resize and crop as Pillow does, 8 bits; normalise
//	   v
//	pixels (3, height, width)
//	   | vit.go embedPatches          a linear map of each 16x16 patch, + CLS, + positions
//	   v
//	x (N, D)      N = 1 + patches     the residual stream
//	   | vit.go attend, mlp           per block:  x = x + proj(attention(norm(x)))
//	   |                                          x = x + fc2(gelu(fc1(norm(x))))
//	   v
//	norm(x)  ->  row 0 is CLS (D)  ->  divided by its length  ->  embedding
//	         ->  CLS and the patches' generalised mean (2D), descriptor.go  ->  the same
//	         ->  the patches' rows, patches.go; CLS attention, window.go
//
// Three kinds of things are kept apart: Config is the shape (config.go),
// weights the parameters, packed once for the kernels (weights.go), state one
// worker's memory (encoder.go, vit.go). The first two never change after Open.
//
//	file(s)  -> safetensors.go, shards.go | torchfile.go: zip, pickle.go, view.go
//	         -> tensors, views of mapped files -> names.go
//	         -> precision.go, auto.go -> weights.go -> packed.go: a file for the next start, of which packed_keep.go bounds the number
//
// The input's size is the model's own or another (size.go), to which positions.go
// resizes its position embedding. One image is split over idle workers by team.go; profile.go times its stages.
//
// Invariants:
//   - a model opens completely or not at all: every tensor that its config
//     asks for is there, has its shape and is finite, and no other is;
//   - an embedding has length 1 and depends on the picture and the model's
//     Fingerprint alone, not on the worker, its earlier work or the company;
//   - at most the number of workers of images are in flight; a worker allocates
//     when it meets a larger picture than before, otherwise only its result;
//   - Close returns when nothing runs any more; no goroutine is left behind.
package encoder
