//go:build (!amd64 && !arm64) || purego

package simd

// supported lists what this build can run: it holds no assembly.
func supported() []*kernels { return []*kernels{&generic} }
