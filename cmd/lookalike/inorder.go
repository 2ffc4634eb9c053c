package main

import (
	"context"
	"iter"
)

// inOrder applies f to the inputs on the given number of goroutines and yields
// the outputs in the inputs' order. At most 2*workers outputs wait at a time.
// It ends early when ctx is done.
func inOrder[In, Out any](ctx context.Context, workers int, inputs []In, f func(In) Out) iter.Seq[Out] {
	return func(yield func(Out) bool) {
		ctx, cancel := context.WithCancel(ctx)
		defer cancel()
		waiting := make(chan chan Out, 2*workers)
		slots := make(chan struct{}, workers)
		go func() {
			defer close(waiting)
			for _, in := range inputs {
				out := make(chan Out, 1)
				select {
				case waiting <- out:
				case <-ctx.Done():
					return
				}
				slots <- struct{}{}
				go func() { out <- f(in); <-slots }()
			}
		}()
		for out := range waiting {
			if ctx.Err() != nil || !yield(<-out) {
				return
			}
		}
	}
}
