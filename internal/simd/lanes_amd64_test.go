//go:build !purego

package simd

import (
	"os"
	"regexp"
	"strconv"
	"testing"
)

// The header names the rows of lanes by their offset: there has to be one name
// for each, in steps of a 512-bit register.
func TestHeaderNamesEachConstant(t *testing.T) {
	header, err := os.ReadFile("vector_amd64.h")
	if err != nil {
		t.Fatal(err)
	}
	defines := regexp.MustCompile(`(?m)^#define (\w+) +·lanes\+(0x\w+)\(SB\)$`).FindAllSubmatch(header, -1)
	if len(defines) != len(lanes) {
		t.Fatalf("%d names for %d constants", len(defines), len(lanes))
	}
	for i, d := range defines {
		if offset, _ := strconv.ParseInt(string(d[2]), 0, 64); offset != int64(64*i) {
			t.Errorf("%s is at %#x, want %#x", d[1], offset, 64*i)
		}
	}
}

func TestTailMask(t *testing.T) {
	for n := range 9 {
		for lane, v := range tailMask[8-n:][:8] {
			if (v == -1) != (lane < n) {
				t.Errorf("n %d, lane %d: %d", n, lane, v)
			}
		}
	}
}

func TestOnes16(t *testing.T) {
	for lane, v := range ones16 {
		if v != 1 {
			t.Errorf("lane %d: %d", lane, v)
		}
	}
}
