// Command index measures building and searching an index, ours and the peers'
// on the same machine at the same time:
//
//	make bench-index
//
//	lookalike bench index --set DIR
//	peers/hnswlib.cpp    hnswlib, compiled here
//	coder.go             coder/hnsw, this program itself; small sets only
//
// Sets of vectors are made from a seed and kept in a folder (set.go), with the
// true neighbours (truth.go). Each side is a process with one thread that prints
// a line for its build and one for each ef. The sides take turns (side.go): one
// runs for a moment while the others are stopped, and none starts an ef before
// all are there. What slows the machine down for a while slows all of them down,
// and costs are CPU time. A peer that is not installed is skipped with a line
// that says how to install it.
//
//	make bench-index BENCH='-n 5000 -sets hard'
//	make bench-index BENCH='-grow 10000,100000'    # ours alone, at several sizes
package main
