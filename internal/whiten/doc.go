// Package whiten learns from a library's vectors how to make scores tell more: it takes their mean off, and divides each
// direction in which they vary by how much they vary there (PCA whitening), as DINO's evaluation of copy detection does
// before it compares vectors (eval_copy_detection.py).
//
//	v (D) -> W (v - mean) -> divided by its length          W = diag(1/sqrt(variance)) V^T, from eigenvectors V
//
// What many pictures share, white ground above all, then counts less than what tells them apart.
//
// Variances are those of n vectors, which for n near D or below say little of small ones: without a remedy, noise would be
// divided by nearly nothing. They are therefore drawn towards their mean by as much as the vectors themselves say (Ledoit
// and Wolf, "A well-conditioned estimator for large-dimensional covariance matrices", 2004).
//
// The same vectors in the same order make the same transform on one kind of machine. It is kept as bytes: those that it was
// made from count, and not how it would come out again.
package whiten
