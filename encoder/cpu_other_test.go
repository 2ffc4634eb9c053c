//go:build !unix

package encoder

import "testing"

// reportCPU has no portable way to count CPU time.
func reportCPU(*testing.B) {}
