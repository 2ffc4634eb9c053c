package offheap

import (
	"os"
	"runtime"
	"strconv"
	"strings"
	"testing"
	"time"
)

type item struct {
	a uint64
	b uint32
}

func TestMake(t *testing.T) {
	owner := new([16]byte)
	for _, n := range []int{0, 1, 1000, 1 << 20} {
		items := Make[item](owner, n)
		if len(items) != n {
			t.Fatalf("%d items, want %d", len(items), n)
		}
		for i := range items {
			if items[i] != (item{}) {
				t.Fatalf("item %d of %d: %v", i, n, items[i])
			}
			items[i] = item{uint64(i), 7}
		}
		for i := range items {
			if items[i] != (item{uint64(i), 7}) {
				t.Fatalf("item %d of %d: %v", i, n, items[i])
			}
		}
	}
	runtime.KeepAlive(owner)
}

// Memory goes back when its owner is collected.
func TestGivenBack(t *testing.T) {
	const size = 64 << 20
	before := InUse()
	func() {
		owner := new([16]byte)
		held := Make[byte](owner, size)
		if InUse() == before {
			t.Skip("no memory outside the heap here")
		}
		for i := 0; i < size; i += 4096 {
			held[i] = 1
		}
		if now := resident(t); now != 0 && now < size {
			t.Errorf("%d bytes are resident with %d in use", now, size)
		}
		runtime.KeepAlive(owner)
	}()
	for deadline := time.Now().Add(10 * time.Second); InUse() > before; {
		if runtime.GC(); time.Now().After(deadline) {
			t.Fatalf("%d bytes are in use, %d before", InUse(), before)
		}
	}
	if now := resident(t); now > size {
		t.Errorf("%d bytes are still resident", now)
	}
}

// resident is what this process has in memory, in bytes; 0 where that cannot be told.
func resident(t *testing.T) int {
	t.Helper()
	data, err := os.ReadFile("/proc/self/statm")
	if err != nil {
		return 0
	}
	pages, err := strconv.Atoi(strings.Fields(string(data))[1])
	if err != nil {
		t.Fatal(err)
	}
	return pages * os.Getpagesize()
}
