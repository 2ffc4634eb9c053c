package simd

import (
	"bytes"
	"encoding/binary"
	"fmt"
	"os"
	"os/exec"
	"regexp"
	"strconv"
	"strings"
	"testing"
)

// word is a macro of vector_arm64.h for an instruction that Go's assembler
// lacks: its base value, the place of each register, and what it stands for.
type word struct {
	macro, base, registers, instruction string
}

// readWords returns the macros of vector_arm64.h that are single words.
func readWords(t *testing.T) (words []word) {
	t.Helper()
	header, err := os.ReadFile("vector_arm64.h")
	if err != nil {
		t.Fatal(err)
	}
	define := regexp.MustCompile(`(?m)^#define (\w+)\([mnd, ]+\) +WORD \$\((0x\w+)((?: \| \(\w\)(?:<<\d+)?)+)\) // (.+)$`)
	for _, m := range define.FindAllStringSubmatch(string(header), -1) {
		words = append(words, word{m[1], m[2], m[3], m[4]})
	}
	if n := bytes.Count(header, []byte("WORD $")); n == 0 || n != len(words) {
		t.Fatalf("%d of %d words have the form this test reads", len(words), n)
	}
	return words
}

// value is what the macro makes of its registers.
func (w word) value(registers map[string]uint32) uint32 {
	value, _ := strconv.ParseUint(w.base, 0, 32)
	for _, m := range regexp.MustCompile(`\((\w)\)(?:<<(\d+))?`).FindAllStringSubmatch(w.registers, -1) {
		shift, _ := strconv.Atoi(m[2]) // none is 0
		value |= uint64(registers[m[1]]) << shift
	}
	return uint32(value)
}

// text is the instruction with its registers filled in: vd becomes v3.
func (w word) text(registers map[string]uint32) string {
	return regexp.MustCompile(`\b([vs])([mnd])\b`).ReplaceAllStringFunc(w.instruction, func(name string) string {
		return fmt.Sprint(name[:1], registers[name[1:]])
	})
}

// A real assembler has to make the same words of the comments. Few machines
// have one for arm64: without it the results of the kernels have to do.
func TestWords(t *testing.T) {
	words := readWords(t)
	assembler, err := exec.LookPath("llvm-mc")
	if err != nil {
		t.Skip("no llvm-mc here to assemble the words")
	}
	var source strings.Builder
	var want []uint32
	for _, w := range words {
		for _, r := range [][3]uint32{{0, 0, 0}, {31, 0, 0}, {0, 31, 0}, {0, 0, 31}, {1, 2, 3}, {21, 10, 28}} {
			registers := map[string]uint32{"m": r[0], "n": r[1], "d": r[2]}
			fmt.Fprintln(&source, w.text(registers))
			want = append(want, w.value(registers))
		}
	}
	for i, got := range assemble(t, assembler, source.String()) {
		if got != want[i] {
			w := words[i*len(words)/len(want)]
			t.Errorf("%s: %#08x, the assembler has %#08x for %q", w.macro, want[i], got, strings.Split(source.String(), "\n")[i])
		}
	}
}

// assemble returns one word per line of source.
func assemble(t *testing.T, assembler, source string) (words []uint32) {
	t.Helper()
	command := exec.Command(assembler, "-triple=aarch64", "-show-encoding")
	command.Stdin = strings.NewReader(source)
	listing, err := command.Output()
	if err != nil {
		t.Fatalf("%s: %v", assembler, err)
	}
	encoding := regexp.MustCompile(`encoding: \[0x(..),0x(..),0x(..),0x(..)\]`)
	for _, m := range encoding.FindAllSubmatch(listing, -1) {
		little, _ := strconv.ParseUint(string(bytes.Join(m[1:], nil)), 16, 32)
		words = append(words, binary.LittleEndian.Uint32(binary.BigEndian.AppendUint32(nil, uint32(little))))
	}
	if lines := strings.Count(source, "\n"); len(words) != lines {
		t.Fatalf("%d words for %d lines", len(words), lines)
	}
	return words
}
