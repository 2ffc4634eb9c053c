package simd

// Nibbles is a vector of up to 128 codes of 4 bits in a cache line: code i, plus 8, is
// the low half of byte i, and code 64+i its high half. What the caller keeps in
// the line besides is multiplied by zeros of the query.
type Nibbles [64]byte

// NibbleQuery is what Nibbles are multiplied by.
type NibbleQuery [128]int8

// DotNibblesOf sets dst[i] to the inner product of query and the codes, each 8
// more than it stands for, that at[i] points to: 8 times the sum of the query
// too much. All lines are fetched first, since they lie all over the memory.
func DotNibblesOf(dst []int32, query *NibbleQuery, at []*Nibbles) {
	use.dotNibblesOf(dst[:len(at)], query, at)
}

func dotNibblesOfGeneric(dst []int32, query *NibbleQuery, at []*Nibbles) {
	for i, line := range at {
		var sum int32
		for j, b := range line {
			sum += int32(b&15)*int32(query[j]) + int32(b>>4)*int32(query[64+j])
		}
		dst[i] = sum
	}
}

// Fetch asks for the n bytes from p on, which will be read soon, where a level can. Nothing is read.
func Fetch(p *byte, n int) { use.fetch(p, n) }

func fetchGeneric(*byte, int) {}
