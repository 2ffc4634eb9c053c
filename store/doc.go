// Package store keeps a data folder: images, the files that hold them, vectors, thumbnails and the saved graph in
// one bbolt file, and the bytes of uploaded files beside it. What a method has acknowledged is on disk, fsynced.
//
//	lookalike.db
//	  meta        schema | model | generation | re-embedding under way | counts
//	  images      id                      -> record: pixel hash, format, size, model      <-+
//	  vectors     id                      -> dim, float32...                                |
//	  thumbnails  id                      -> JPEG                                           |
//	  files       id 'p' path             -> record: SHA-256, size, times                   |
//	              id 'u' SHA-256 name     -> the same, for an upload                        |
//	  paths       path                    -> id   ------------------------------------------+
//	  sha256      SHA-256 of a file       -> id, files, uploads   --------------------------+
//	  pixels      hash of the pixels      -> id   ------------------------------------------+
//	  labels      id label                -> given | accepted | rejected, and when  ------+
//	  labelled    label 0 id              -> nothing: the images that have a label  <-----+
//	  probes      fingerprint of a model  -> classifier of its vectors
//	  specs       fingerprint of a model  -> how it is opened
//	  whitenings  fingerprint of a model  -> what its vectors are whitened by
//	  log         sequence number         -> add, id | delete, id, vector
//	  graph       "header"                -> watermark, header of the graph
//	              'c' number              -> chunk of the graph
//	  vectors.N, graph.N                      the same by the model of generation N: the folder's, the one that is being
//	  remarks.N   id                      -> made, or one that was replaced and goes in pieces; and what there is to say
//	                                         of a vector: made from the thumbnail, or missing and why
//	originals/ab/abcdef...                   an upload's bytes, named by their SHA-256
//	owner.json                               who has the folder open, locked by that process while it lives
//
// docs/format.md draws every value byte by byte.
//
// Invariants, all of them looked at by Check:
//   - An image has a vector of the pinned model's dimension or a remark that says why not, a thumbnail and at least one file.
//   - A model's spec and whitening are there as long as its generation counts or is being made, and were written before its vectors.
//   - One generation counts, as one value in meta says. Another may be in the making, with its counts in meta; Swap makes
//     it the one that counts, in a transaction whose size does not depend on the number of images.
//   - The same bytes, and the same pixels, are never two images. A path is a file of at most one image.
//   - labelled leads to exactly the images that have a label (given or accepted), and no label outlives its image.
//   - Every change to the set of images is in the log with its own number; numbers have no gaps, and the log holds
//     exactly those above the graph's watermark.
//   - An original is on disk before a record refers to it, and is removed only after the last reference is gone.
//   - The database file is whole at any moment: Compact puts a new one in its place by a rename.
//   - One process writes. Others get ErrInUse with that process's number.
package store
