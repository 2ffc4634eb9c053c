// Package attention draws what a Vision Transformer looks at: the attention of
// its class token (CLS) to each patch, in the last layer, over the picture. It
// does not run models; the encoder makes a Map.
//
//	picture -----------------------------> Fit, at most Side on the long side --+
//	                                                                            v
//	Map (Heads, Rows, Columns) -> Mean | Head -> values (Rows*Columns) -> View: Heat | Foreground
//	     Window: where these patches lie in the picture                         |
//	                                                                            v
//	                                           one picture, or a Sheet of one for each head
//
// The maps are those of "Emerging Properties in Self-Supervised Vision
// Transformers" (Caron et al., 2021, figures 1, 3 and 4) and of DINO's
// visualize_attention.py.
//
// Invariants:
//   - values lie where the model saw their patches: preprocessing squeezes or
//     crops, the Window says how, and what lies outside of it is dimmed;
//   - of a mask, the patches hold at least the share asked for, and without the
//     weakest of them less;
//   - equal pictures and maps give equal pixels.
package attention
