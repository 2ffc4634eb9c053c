package index

import "math/bits"

// table finds slots by a number that their nodes hold, so that it need not hold it
// too: 4 bytes a place, where a map takes 14 to 26 an entry. It is open addressing with linear probing
// (Knuth, The Art of Computer Programming, volume 3, section 6.4, algorithms L and R).
type table struct {
	places []uint32 // a slot plus one, or 0
	used   int
	key    func(slot uint32) uint64 // must stay the same while a slot is in the table
}

// home is the place of a key, if that is free: the golden ratio's multiple, reduced to the range.
func (t *table) home(key uint64) int {
	high, _ := bits.Mul64(key*0x9E3779B97F4A7C15, uint64(len(t.places)))
	return int(high)
}

func (t *table) after(place int) int {
	if place++; place < len(t.places) {
		return place
	}
	return 0
}

// find returns the place of the first slot with a key for which is holds, or
// ok = false.
func (t *table) find(key uint64, is func(slot uint32) bool) (place int, ok bool) {
	if t.used == 0 {
		return 0, false
	}
	for place = t.home(key); t.places[place] != 0; place = t.after(place) {
		if slot := t.places[place] - 1; t.key(slot) == key && is(slot) {
			return place, true
		}
	}
	return 0, false
}

// at returns the slot at a place that find returned.
func (t *table) at(place int) uint32 { return t.places[place] - 1 }

// add puts a slot in.
func (t *table) add(slot uint32) {
	if t.used >= len(t.places)*4/5 {
		t.grow()
	}
	t.used++
	t.put(slot)
}

func (t *table) put(slot uint32) {
	place := t.home(t.key(slot))
	for t.places[place] != 0 {
		place = t.after(place)
	}
	t.places[place] = slot + 1
}

// grow makes room for a quarter more.
func (t *table) grow() {
	old := t.places
	t.places = make([]uint32, max(64, len(old)+len(old)/4))
	for _, p := range old {
		if p != 0 {
			t.put(p - 1)
		}
	}
}

// remove takes a slot out that is in the table. Those that would no longer be
// found past the gap move into it.
func (t *table) remove(slot uint32) {
	gap, _ := t.find(t.key(slot), func(s uint32) bool { return s == slot })
	t.used--
	for place := t.after(gap); t.places[place] != 0; place = t.after(place) {
		home := t.home(t.key(t.at(place)))
		if between := gap < place && gap < home && home <= place || gap > place && (home > gap || home <= place); !between {
			t.places[gap] = t.places[place]
			gap = place
		}
	}
	t.places[gap] = 0
}

func (t *table) clear() { t.places, t.used = nil, 0 }

// slotOf returns the slot of an id.
func (x *Index) slotOf(id uint64) (slot uint32, ok bool) {
	if place, ok := x.byID.find(id, func(uint32) bool { return true }); ok {
		return x.byID.at(place), true
	}
	slot, ok = x.also[id]
	return slot, ok
}

// held is how many ids there are.
func (x *Index) held() int { return x.byID.used + len(x.also) }
