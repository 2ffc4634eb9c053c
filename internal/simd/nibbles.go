package simd

import "unsafe"

// Nibbles is a vector of up to 128 codes of 4 bits in a cache line: code i, plus 8, is
// the low half of byte i, and code 64+i its high half. A longer vector has one line
// after another. What the caller keeps in a line besides is multiplied by zeros of the query.
type Nibbles [64]byte

// NibbleLine is how many codes a line of Nibbles has.
const NibbleLine = 2 * len(Nibbles{})

// DotNibblesOf sets dst[i] to the inner product of query and the codes, each 8
// more than it stands for, in the lines from at[i] on, one for each 128 of the query, at
// least one: 8 times the sum of the query too much. Lines are
// fetched ahead, since they lie all over the memory. That there are so many is for the caller to hold.
func DotNibblesOf(dst []int32, query []int8, at []*Nibbles) {
	if len(query) == 0 || len(query)%NibbleLine != 0 || len(query) > 1<<16 {
		panic("simd: a query of nibbles has to be a multiple of 128 long, and at most 65536")
	}
	use.dotNibblesOf(dst[:len(at)], query, at)
}

func dotNibblesOfGeneric(dst []int32, query []int8, at []*Nibbles) {
	for i, p := range at {
		dst[i] = 0
		for n, line := range unsafe.Slice(p, len(query)/NibbleLine) {
			low, high := query[n*NibbleLine:][:64], query[n*NibbleLine+64:][:64]
			for j, b := range line {
				dst[i] += int32(b&15)*int32(low[j]) + int32(b>>4)*int32(high[j])
			}
		}
	}
}

// SplitCodes is how many codes of 8 bits the first two lines of a split vector hold.
const SplitCodes = 120

// DotSplit returns the inner products of two split vectors, each with a first line and as many others behind it, at
// least one: nodes of an index have their first lines in one place, and the others in another. Of the first
// two lines the first 60 bytes count: code i, from -128 to 127, is 16 times a nibble of the first line less 8
// and that of the second line, low halves for i below 60, high halves of byte i-60 above. The codes of
// the other lines are as in Nibbles.
func DotSplit(first, other *Nibbles, a, b []Nibbles) (along, across int32) {
	if len(a) < 1 || len(a) != len(b) || len(a) > 1<<9 {
		panic("simd: split vectors have to have as many lines behind the first, from 1 to 512")
	}
	return use.dotSplit(first, other, a, b)
}

func dotSplitGeneric(first, other *Nibbles, a, b []Nibbles) (along, across int32) {
	code := func(high, low *Nibbles, i, shift int) int32 {
		return 16*(int32(high[i]>>shift&15)-8) + int32(low[i]>>shift&15)
	}
	for i := range SplitCodes / 2 {
		along += code(first, &a[0], i, 0)*code(other, &b[0], i, 0) + code(first, &a[0], i, 4)*code(other, &b[0], i, 4)
	}
	for n, line := range a[1:] {
		for j, p := range line {
			q := b[1+n][j]
			across += (int32(p&15)-8)*(int32(q&15)-8) + (int32(p>>4)-8)*(int32(q>>4)-8)
		}
	}
	return along, across
}

// Fetch asks for the n bytes from p on, which will be read soon, where a level can. Nothing is read.
func Fetch(p *byte, n int) { use.fetch(p, n) }

func fetchGeneric(*byte, int) {}
