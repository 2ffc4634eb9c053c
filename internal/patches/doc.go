// Package patches tells which patches of one picture answer which of another,
// and draws it. It does not run models; the encoder makes a Grid of each.
//
//	picture A -> Grid (Rows*Columns, Dim), a unit descriptor a patch --+
//	                                                                   +-> Mutual -> Match -> Draw
//	picture B -> Grid -------------------------------------------------+     pairs, best first
//
// A pair is mutual: of all patches of B, b is nearest to a, and of all of A, a
// is nearest to b ("best buddies", as in "Deep ViT Features as Dense Visual
// Descriptors", Amir et al., 2021, section 4). Descriptors are the last layer's
// tokens; keys, as in that paper, found fewer right pairs with the model at
// hand (docs/patches.md).
//
// Invariants:
//   - a patch is in at most one pair;
//   - Mutual(b, a) is Mutual(a, b) with the sides exchanged, as far as no two
//     distances are equal;
//   - pairs are ordered by score, best first.
package patches
