package encoder

import (
	"archive/zip"
	"bytes"
	"fmt"
	"math"
	"strconv"
)

// A reader of the pickles in PyTorch checkpoints. A pickle is a program for a
// stack machine that may look up any name and call it. This one knows a fixed
// list of names (pickle_objects.go), refuses every other by name and calls
// nothing: what it builds is views of storages, and dictionaries of them.
//
// It is our own because github.com/nlpodyssey/gopickle 0.2.0 (2023, its latest)
// cannot be restricted from outside: it resolves three names before it asks,
// allocates what a length claims before it reads, lets the second of two equal
// keys win, and panics on an odd number of items or an empty integer.

const (
	// maxPickle bounds data.pkl: a full training checkpoint of ViT-B has 0.3 MB.
	maxPickle = 16 << 20
	// maxSteps bounds the opcodes, and with them stack, memo and dictionaries:
	// a tensor takes about 40.
	maxSteps = 1 << 19
)

// findStorage returns a storage's entry in the checkpoint, and its bytes.
type findStorage func(key string) (*zip.File, []byte, error)

// unpickler runs a pickle until the first error, after which it only goes
// through the motions.
type unpickler struct {
	rest  []byte // not read yet
	stack []any
	marks []int // heights of the stack
	memo  map[int]any
	find  findStorage
	steps int
	done  bool // with this pickle
	err   error
}

// unpickle returns the object that a pickle builds.
func unpickle(data []byte, find findStorage) (any, error) {
	if len(data) > maxPickle {
		return nil, fmt.Errorf("pickle of %d bytes: more than %d", len(data), maxPickle)
	}
	u := &unpickler{rest: data, memo: map[int]any{}, find: find}
	result := u.run()
	if len(u.rest)+len(u.stack)+len(u.marks) != 0 {
		u.fail("pickle: something is left over")
	}
	return result, u.err
}

// run runs the next pickle.
func (u *unpickler) run() any {
	u.done = false
	for ; !u.done && u.err == nil; u.steps++ {
		if u.steps == maxSteps {
			u.fail("pickle of more than %d steps", maxSteps)
		}
		u.step()
	}
	return u.pop()
}

func (u *unpickler) fail(format string, args ...any) {
	if u.err == nil {
		u.err = fmt.Errorf(format, args...)
	}
}

// step runs one opcode.
func (u *unpickler) step() {
	code := u.uint(1)
	if u.err != nil {
		return
	}
	if run := opcodes[code]; run != nil {
		run(u)
		return
	}
	u.fail("pickle: opcode %#x is none that builds tensors", code)
}

// opcodes are what Python writes for the contents of a checkpoint; pickletools
// has the definitions.
var opcodes = [256]func(*unpickler){
	0x80: (*unpickler).proto,
	0x95: func(u *unpickler) { u.uint(8) }, // FRAME, a hint for readers from a pipe
	'(':  func(u *unpickler) { u.marks = append(u.marks, len(u.stack)) },
	'.':  func(u *unpickler) { u.done = true },

	'N':  func(u *unpickler) { u.push(nil) },
	0x88: func(u *unpickler) { u.push(opaque("a boolean")) },           // NEWTRUE
	0x89: func(u *unpickler) { u.push(opaque("a boolean")) },           // NEWFALSE
	'F':  func(u *unpickler) { u.line(); u.push(opaque("a number")) },  // FLOAT
	'G':  func(u *unpickler) { u.take(8); u.push(opaque("a number")) }, // BINFLOAT
	'I':  func(u *unpickler) { u.push(u.decimal()) },                   // INT
	'J':  func(u *unpickler) { u.push(int(int32(u.uint(4)))) },         // BININT
	'K':  func(u *unpickler) { u.push(u.uint(1)) },                     // BININT1
	'M':  func(u *unpickler) { u.push(u.uint(2)) },                     // BININT2
	0x8a: (*unpickler).long,                                            // LONG1

	'V':  func(u *unpickler) { u.push(u.line()) },                                   // UNICODE
	'X':  func(u *unpickler) { u.push(string(u.take(u.uint(4)))) },                  // BINUNICODE
	0x8c: func(u *unpickler) { u.push(string(u.take(u.uint(1)))) },                  // SHORT_BINUNICODE
	'S':  func(u *unpickler) { u.line(); u.push(opaque("a quoted string")) },        // STRING
	'T':  func(u *unpickler) { u.push(string(u.take(u.uint(4)))) },                  // BINSTRING
	'U':  func(u *unpickler) { u.push(string(u.take(u.uint(1)))) },                  // SHORT_BINSTRING
	'B':  func(u *unpickler) { u.take(u.uint(4)); u.push(opaque("a byte string")) }, // BINBYTES
	'C':  func(u *unpickler) { u.take(u.uint(1)); u.push(opaque("a byte string")) }, // SHORT_BINBYTES

	')':  func(u *unpickler) { u.push(tuple{}) },
	't':  func(u *unpickler) { u.push(u.popMark()) },
	0x85: func(u *unpickler) { u.push(u.popN(1)) }, // TUPLE1
	0x86: func(u *unpickler) { u.push(u.popN(2)) }, // TUPLE2
	0x87: func(u *unpickler) { u.push(u.popN(3)) }, // TUPLE3

	'}': func(u *unpickler) { u.push(&dict{}) },
	'd': func(u *unpickler) { items := u.popMark(); u.push(&dict{}); u.setItems(items) }, // DICT
	's': func(u *unpickler) { u.setItems(u.popN(2)) },                                    // SETITEM
	'u': func(u *unpickler) { u.setItems(u.popMark()) },                                  // SETITEMS

	// Lists and sets hold nothing that a model needs: their items are dropped.
	']':  func(u *unpickler) { u.push(opaque("a list")) },
	'l':  func(u *unpickler) { u.popMark(); u.push(opaque("a list")) }, // LIST
	'a':  func(u *unpickler) { u.pop(); top[opaque](u) },               // APPEND
	'e':  func(u *unpickler) { u.popMark(); top[opaque](u) },           // APPENDS
	0x8f: func(u *unpickler) { u.push(opaque("a set")) },               // EMPTY_SET
	0x90: func(u *unpickler) { u.popMark(); top[opaque](u) },           // ADDITEMS

	'p':  func(u *unpickler) { u.put(u.decimal()) },                  // PUT
	'q':  func(u *unpickler) { u.put(u.uint(1)) },                    // BINPUT
	'r':  func(u *unpickler) { u.put(u.uint(4)) },                    // LONG_BINPUT
	0x94: func(u *unpickler) { u.put(len(u.memo)) },                  // MEMOIZE
	'g':  func(u *unpickler) { u.get(u.decimal()) },                  // GET
	'h':  func(u *unpickler) { u.get(u.uint(1)) },                    // BINGET
	'j':  func(u *unpickler) { u.get(u.uint(4)) },                    // LONG_BINGET
	'c':  func(u *unpickler) { u.push(u.named(u.line(), u.line())) }, // GLOBAL
	'i':  (*unpickler).instance,                                      // INST
	0x93: (*unpickler).stackGlobal,                                   // STACK_GLOBAL
	'R':  (*unpickler).reduce,                                        // REDUCE
	0x81: (*unpickler).reduce,                                        // NEWOBJ
	'b':  (*unpickler).build,                                         // BUILD
	'Q':  (*unpickler).persistent,                                    // BINPERSID
}

// proto checks the version: later ones may mean something else by an opcode.
func (u *unpickler) proto() {
	if v := u.uint(1); v > 5 {
		u.fail("pickle of protocol %d; the latest known is 5", v)
	}
}

// take cuts n bytes off the front.
func (u *unpickler) take(n int) []byte {
	if n > len(u.rest) {
		u.fail("pickle is cut off")
	}
	if u.err != nil {
		return nil
	}
	b := u.rest[:n]
	u.rest = u.rest[n:]
	return b
}

// uint reads a little-endian number of n bytes.
func (u *unpickler) uint(n int) int {
	v := uint64(0)
	for i, b := range u.take(n) {
		v |= uint64(b) << (8 * i)
	}
	return int(min(v, math.MaxInt))
}

// long reads an integer, two's complement. One of more than 8 bytes is no size.
func (u *unpickler) long() {
	n := u.uint(1)
	v, b := int64(0), u.take(n)
	if n > 8 {
		u.push(opaque("a large integer"))
		return
	}
	for i := range b {
		v |= int64(b[i]) << (8 * i)
	}
	if n > 0 && u.err == nil && b[n-1]&0x80 != 0 {
		v |= -1 << (8*n - 1)
	}
	u.push(int(v))
}

// line reads up to the next newline.
func (u *unpickler) line() string {
	n := bytes.IndexByte(u.rest, '\n')
	if n < 0 {
		u.fail("pickle is cut off")
		return ""
	}
	return string(u.take(n + 1)[:n])
}

// decimal reads a line that is an integer.
func (u *unpickler) decimal() int {
	text := u.line()
	v, err := strconv.Atoi(text)
	if err != nil && u.err == nil {
		u.fail("pickle: %q is not an integer", text)
	}
	return v
}

func (u *unpickler) push(v any) { u.stack = append(u.stack, v) }

func (u *unpickler) pop() any { return u.popN(1)[0] }

// popN takes n values off the stack, above the last mark; nils where there are none.
func (u *unpickler) popN(n int) tuple {
	from, bottom := len(u.stack)-n, 0
	if len(u.marks) > 0 {
		bottom = u.marks[len(u.marks)-1]
	}
	if from < bottom {
		u.fail("pickle: the stack is empty")
	}
	if u.err != nil {
		return make(tuple, n)
	}
	values := append(tuple{}, u.stack[from:]...)
	u.stack = u.stack[:from]
	return values
}

// popMark takes what is above the last mark, and the mark.
func (u *unpickler) popMark() tuple {
	if len(u.marks) == 0 {
		u.fail("pickle: no mark on the stack")
		return nil
	}
	values := u.popN(len(u.stack) - u.marks[len(u.marks)-1])
	u.marks = u.marks[:len(u.marks)-1]
	return values
}

// as returns v as a T.
func as[T any](u *unpickler, v any) (t T) {
	t, ok := v.(T)
	if !ok {
		u.fail("pickle: %s stands where %T belongs", kindOf(v), t)
	}
	return t
}

// top returns the last value of the stack, which stays there.
func top[T any](u *unpickler) (t T) {
	v := u.pop()
	u.push(v)
	return as[T](u, v)
}

func (u *unpickler) put(i int) {
	v := u.pop()
	u.push(v)
	u.memo[i] = v
}

func (u *unpickler) get(i int) {
	v, ok := u.memo[i]
	if !ok {
		u.fail("pickle: nothing was kept as %d", i)
	}
	u.push(v)
}
