package engine

import (
	"context"
	"sync"

	"golang.org/x/sync/semaphore"
)

// What all running operations together may hold in memory. A picture costs its decoder 3 to 10 bytes a pixel, so
// the pixels come to a gigabyte at the very worst, and usually to a tenth of that.
const (
	maxBytesInFlight  = 512 << 20
	maxPixelsInFlight = 100_000_000
)

// budget is a semaphore that admits something larger than itself alone, instead of never.
type budget struct {
	sem  *semaphore.Weighted
	size int64
}

func newBudget(size int64) budget { return budget{semaphore.NewWeighted(size), size} }

// take waits for n and returns what gives it back.
func (b budget) take(ctx context.Context, n int64) (release func(), err error) {
	n = min(n, b.size)
	if err := b.sem.Acquire(ctx, n); err != nil {
		return nil, err
	}
	return func() { b.sem.Release(n) }, nil
}

// claims lets one goroutine at a time bring a content in, so that copies of it which arrive at the same moment
// find its record instead of being encoded as well. The zero value is ready.
type claims struct {
	mu   sync.Mutex
	held map[[32]byte]chan struct{} // closed when given back
}

// take waits until nobody else holds the key and returns what gives it back. Whoever waited looks the key up again.
func (c *claims) take(ctx context.Context, key [32]byte) (release func(), err error) {
	for {
		done, ok := c.try(key)
		if ok {
			return func() { c.giveBack(key) }, nil
		}
		select {
		case <-done:
		case <-ctx.Done():
			return nil, ctx.Err()
		}
	}
}

func (c *claims) try(key [32]byte) (done chan struct{}, ok bool) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if done, held := c.held[key]; held {
		return done, false
	}
	if c.held == nil {
		c.held = make(map[[32]byte]chan struct{})
	}
	c.held[key] = make(chan struct{})
	return nil, true
}

func (c *claims) giveBack(key [32]byte) {
	c.mu.Lock()
	defer c.mu.Unlock()
	close(c.held[key])
	delete(c.held, key)
}
