//go:build (amd64 || arm64) && !purego

package simd

import (
	"os"
	"regexp"
	"strconv"
	"testing"
)

func TestLanesAreRepeated(t *testing.T) {
	for i, row := range lanes {
		for _, v := range row {
			if v == 0 || !same(v, row[0], 0) {
				t.Fatalf("row %d: %v", i, row)
			}
		}
	}
}

// The arm64 header names registers, into which NEON loads the constants one
// after another: they have to be in the order of the amd64 header, which is
// that of lanes.
func TestHeadersAgree(t *testing.T) {
	rows := defines(t, "vector_amd64.h", `(?m)^#define (\w+) +·lanes\+(0x\w+)\(SB\)$`)
	registers := defines(t, "vector_arm64.h", `(?m)^#define (\w+) +(\d+)$`)
	const first, needed = 8, 24 // the last one comes without a load
	if len(registers) != needed {
		t.Fatalf("%d registers, want %d", len(registers), needed)
	}
	for name, register := range registers {
		if row, ok := rows[name]; !ok || row != 64*(register-first) {
			t.Errorf("%s is in V%d, but at %#x of lanes", name, register, row)
		}
	}
}

// defines returns the names that a header gives to numbers.
func defines(t *testing.T, header, pattern string) map[string]int64 {
	t.Helper()
	text, err := os.ReadFile(header)
	if err != nil {
		t.Fatal(err)
	}
	numbers := map[string]int64{}
	for _, m := range regexp.MustCompile(pattern).FindAllSubmatch(text, -1) {
		numbers[string(m[1])], _ = strconv.ParseInt(string(m[2]), 0, 64)
	}
	return numbers
}
