// Package engine is the one place where encoding, storing and indexing become an operation: adding pictures, searching
// among them, finding duplicates, deleting. Whoever serves pictures to people (the REST API, the command line) talks to
// an Engine and to nothing below it.
//
//	add      source --path, size and time known?--------------------------------------------> already
//	           |
//	         bytes -> SHA-256 --known?--> attach the file to that image --------------------> already
//	           |
//	         imageio.Decode -> hash of the pixels --known?--> attach -----------------------> already
//	           |
//	         Encoder.Embed, thumbnail
//	           |                         +--------------- writes is held ----------------+
//	         ready pictures, up to 32 -> | one transaction -> log -> index follows the log | -> acknowledged
//	                                     +-----------------------------------------------+
//	search   bytes | id | vector -> unit vector -> index -> images -> threshold -> matches
//	delete   up to 64 ids -> one transaction -> log -> index follows the log -> acknowledged
//	open     saved graph, watermark W -> index follows the log after W -> ready
//	           damaged chunks: codes from vectors, lost nodes free, all added that the index lacks; then the same
//	           or, if that fails: every vector -> new index -> ready
//	         every few seconds, and at Close: changed chunks of the graph and W, in one transaction
//	re-embed every image -> vector by the target, staged -> index over them, staged -> one transaction: the target's
//	           generation counts; adds and deletes meanwhile are the old one's, adds are staged as well
//	whiten   a sample of the vectors -> what they share (learned) -> a re-embedding whose vectors are made of those that there are
//
// Invariants:
//
//   - What was acknowledged is on disk, fsynced, and searches find it. The index is derived data.
//
//   - A content is one image: while its bytes or its pixels are on their way in, copies of it wait, and then find it.
//     It is encoded once, however many copies arrive however fast.
//
//   - The log decides. Every change of the set of images is a numbered entry of the store's log, written in the
//     transaction that makes the change, and the index changes only by applying entries, in order, under the lock
//     writes (see follow). So whenever writes is free or ours
//
//     index == the entries 1..applied of the log
//
//   - A checkpoint takes the graph's changed chunks and applied under that lock, and saves both in one transaction.
//     So the saved graph is always exactly the log up to its watermark, however many adds run meanwhile; a crash
//     between any two steps leaves a watermark W, a graph of 1..W, and the entries after W, and opening applies those.
//     Applying an entry twice changes nothing. The log keeps the vectors of images deleted after W, whose nodes
//     the saved graph still has.
//
//   - Deleting goes the same way: store first, index after. In between a search may find an image without a record,
//     and leaves it out.
//
//   - One generation counts: a model, its vectors and its index, see now. It is replaced while no picture is on its way in
//     and no checkpoint under way; what only reads is done again when that happened meanwhile, see underOne.
//
//   - A folder says itself how its model is opened. Where that cannot be had the folder opens without, see absent: nothing that
//     needs the model is answered then by another one.
//
//   - Memory is bounded: Workers pictures at once, with budgets for their bytes and pixels, over all operations.
package engine
