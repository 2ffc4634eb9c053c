// Package bench holds our speed claims: each is a benchmark beside the peer it
// is made against, in one run, on one machine.
//
//	make bench
//	  gemm_test.go     internal/simd's packed products   | gonum's blas32 (pure Go)
//	  index_test.go    index, build and search          | coder/hnsw
//	make bench-index
//	  index/           index, at several efs            | hnswlib (peers/), coder/hnsw
//	make bench-encoder
//	  encoder/         encoder, full-size ViT-B/16      | PyTorch, ONNX Runtime (peers/)
//
// The shrink to the model's input stands beside disintegration/imaging in
// encoder (BenchmarkShrink): it is not reachable from outside.
//
// Machines are shared and noisy: compare cpu-ms/op, the CPU time of the process,
// or the ratio of two lines of one run, never ns/op across runs. The module has
// its own go.mod, so that a peer is never a dependency of the product.
package bench
