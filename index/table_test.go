package index

import (
	"testing"

	"pgregory.net/rapid"
)

// A table has what a map of sets has, whatever comes and goes, many of one key among them.
func TestTable(t *testing.T) {
	rapid.Check(t, func(rt *rapid.T) {
		keys := rapid.SliceOfN(rapid.Uint64Range(0, 40), 400, 400).Draw(rt, "keys") // of slots
		tab := table{key: func(slot uint32) uint64 { return keys[slot] }}
		in := map[uint32]bool{}
		for _, slot := range rapid.SliceOfN(rapid.Uint32Range(0, 399), 1, 1000).Draw(rt, "slots") {
			if in[slot] {
				tab.remove(slot)
				delete(in, slot)
			} else {
				tab.add(slot)
				in[slot] = true
			}
		}
		if tab.used != len(in) {
			rt.Fatalf("%d in the table, want %d", tab.used, len(in))
		}
		for slot := range uint32(400) {
			place, ok := tab.find(keys[slot], func(s uint32) bool { return s == slot })
			if ok != in[slot] || ok && tab.at(place) != slot {
				rt.Fatalf("slot %d is found: %v, want %v", slot, ok, in[slot])
			}
		}
		if _, ok := tab.find(41, func(uint32) bool { return true }); ok {
			rt.Fatal("a key that nobody has is found")
		}
	})
}
