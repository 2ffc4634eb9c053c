//go:build !amd64 || purego

package f32

// supported lists what this build can run: it holds no assembly.
func supported() []*kernels { return []*kernels{&generic} }
