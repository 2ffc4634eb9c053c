// Command encoder measures what an embedding of full-size ViT-B/16 costs, ours
// and the peers' on the same machine at the same time:
//
//	make bench-encoder
//
//	lookalike bench encoder --on-request   float32, float16 or bfloat16, int8
//	peers/vit.py    PyTorch                float32, bfloat16 and int8 on oneDNN
//	peers/vit.cjs   ONNX Runtime           float32; the model is exported by PyTorch
//
// Each side is a process (side.go) that measures a round when it is asked to, and
// the sides take turns: A B C A B C ... What slows the machine down for a while
// slows every side down, and the ratio is taken round by round. All build the
// same weights from a seed (encoder/seeded.go), and the last column shows how far
// their embeddings of one image are from ours in float32. A peer that is not
// installed is skipped with a line that says how to install it.
package main
