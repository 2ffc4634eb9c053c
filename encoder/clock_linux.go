package encoder

import (
	"time"

	"golang.org/x/sys/unix"
)

// threadTime is the CPU time of the calling thread: what else runs on the
// machine does not count.
func threadTime() time.Duration {
	var t unix.Timespec
	if err := unix.ClockGettime(unix.CLOCK_THREAD_CPUTIME_ID, &t); err != nil {
		panic("encoder: no clock of a thread's CPU time: " + err.Error()) // Linux has had it since 2.6.12
	}
	return time.Duration(t.Nano())
}
