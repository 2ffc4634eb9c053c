// Package index finds the unit vectors nearest to another one: an HNSW graph
// after Malkov and Yashunin, "Efficient and robust approximate nearest neighbor
// search using Hierarchical Navigable Small World graphs" (2018). Function names
// and comments cite its algorithms.
//
//	layer 2            e ─────────────────── n             few nodes, long links: a search
//	                   │                     │             enters at e and walks greedily
//	layer 1            e ─── n ───────────── n ─── n
//	                   │     │               │     │
//	layer 0            e ─ n ─ n ─ n ─ n ─ n ─ n ─ n ─ n   every node, on a ring; ef candidates are kept
//	                           │
//	                           one distinct vector, many ids; in memory its codes, for walks
//
//	block  | links of layer 0 (1024, 1+2M) | their distances | who occludes them | nodes |
//	codes  | plain (plain.go): Dim in 8 bits | or, from 2,048 nodes on, split (split.go): along 120 directions in 8 bits,
//	       | across them in 4; most nodes are ruled out by the first 64 bytes (sketch.go) |
//	Source: id -> the exact vector (Dim float32), for the best of a search's candidates
//
// Identical vectors are one node with many ids: a photo library is full of exact
// copies, and a graph whose nearest neighbours are all the same point leads
// nowhere. A burst of near-identical ones does the same to searches from afar,
// which therefore treat it as one point at first (burst.go). Few vectors, and
// searches whose filter lets few through, are answered by comparing all of them.
//
// Invariants, which Check verifies:
//
//   - A slot is free, or holds a node with at least one id and one layer, and the codes of its unit vector.
//   - An id is in one node; equal vectors are in one node.
//   - A node has at most 2M links on layer 0 and M above, to other nodes of that
//     layer, each once and with its score; the other end knows exactly who links to it
//     (incoming.go).
//   - A link's score, rounded, is the cosine of two nodes' codes, or of their vectors where they are
//     nearly equal (codes.go). What a search returns is always the vectors' cosine.
//   - The enter point is on the highest layer.
//   - On layer 0 the first links form one ring through all nodes: from each a walk
//     can come to every other. That it does so with a small ef is likely, not certain.
//
// The graph is saved as a header and chunks: of the links of 16 slots, and of the
// codes of 64, of which only the changed ones are written again. With them a graph is
// loaded without a look at the vectors, which are not in it. The checksum of a chunk covers its number too
// (4 bytes, behind the data), that of the header 2^32-2: a chunk in another's place is damaged. A damaged chunk
// costs what is in it (Repair). All integers are varints unless a width is given.
//
//	header  | version 1 byte | dim | M | efConstruction | slots | ids | enter point
//	        | nodes at which a basis is learnt next | basis 1 byte: 1 if there is one | free: count, slot... | generator state, 20 bytes | CRC32C 4 bytes |
//	links   | node, 16 times or to the last slot | CRC32C 4 bytes |       chunks 0, 1, ...
//	node    | ids: count (0 for a free slot), id... | level 1 byte
//	        | for each layer: links: count, and for each: slot | distance, 2 bytes (half.go) |; the ring's first |
//	codes   | for each slot: CRC32C of the vector's bytes, 4 | scale, 4, and codes, Dim, or with a basis the lines of split.go | CRC32C 4 bytes |    chunks 2^31, ...
//	basis   | likeness, 4 | scale, 4 | for each of 120 directions: codes, Dim | CRC32C 4 bytes |    chunk 2^32-1
//
// The version is 6: in version 1 the first links were no ring, in 2 there were no codes, in 3 no sketches,
// in 4 no likeness and checksums did not cover numbers, in 5 all codes were plain, beside sketches.
// Others are refused, and the engine then makes the graph anew from the vectors.
package index
