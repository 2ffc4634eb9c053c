//go:build !linux

package encoder

import "time"

var started = time.Now()

// threadTime is the time on the wall where a thread's CPU time is not at hand.
func threadTime() time.Duration { return time.Since(started) }
