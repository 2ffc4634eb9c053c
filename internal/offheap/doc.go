// Package offheap gives memory for large tables outside the Go heap.
//
//	owner (on the heap) ──► | item | item | ... |     pages of zeros, 2 MB each where the kernel has such
//
// Two things are gained. The collector lets the heap grow to twice what is in use before it
// runs; what is here does not count, so that a process with an index of 1 GB needs
// little more than that. And a walk through a graph reads from all over the memory:
// with pages of 2 MB it takes fewer looks into the page table (ARCHITECTURE.md has figures).
package offheap
