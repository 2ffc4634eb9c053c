// Package classify tells labels from vectors, in the two ways that DINO's features are judged by: a weighted vote of the
// nearest labelled vectors (k-NN), and a linear probe, which is softmax regression on the vectors as they are. It knows
// vectors, and labels by their number; pictures, names and files are others' business.
//
//	neighbours: score, labels --Vote(T)------------------------------------------> predictions
//
//	Set: vectors (n, dim), labels --Holdout--> training part --Fit for each lambda--> validation part
//	                                              |                                      |
//	                                              |            the best lambda <---------+--> Report, confusion
//	                                           all of it --Fit--> Probe: W (classes, dim), b --Predict--> predictions
//	                              --Folds----> Fit without, predict what was left out -------> Report
//
// Sources: "Emerging Properties in Self-Supervised Vision Transformers" (Caron et al., 2021), section 4.1 and eval_knn.py;
// "Unsupervised Feature Learning via Non-Parametric Instance Discrimination" (Wu et al., 2018) for the weights of the vote.
//
// Invariants:
//   - equal sets and options give equal bits: nothing is drawn but from a fixed seed, and sums have one order;
//   - what is judged was not trained on;
//   - shares are between 0 and 1, best first; equal ones go by label.
package classify
