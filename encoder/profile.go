package encoder

import (
	"context"
	"runtime"
	"slices"
	"time"
)

// Stage is a part of the forward pass and what it cost for one image.
type Stage struct {
	Name  string        // "patches", "norm", "qkv", "attention", "proj", "fc1+gelu", "fc2", as in vit.go
	Time  time.Duration // of the core's CPU, where the system tells it (Linux)
	FLOPs float64       // of its matrix products, 2 a multiply-add; 0 where there is none
}

// Profile embeds px once, on one core, and returns the time of each stage in
// all blocks together.
func (e *Encoder) Profile(ctx context.Context, px Pixels) (stages []Stage, err error) {
	err = e.withWorker(ctx, 1, func(s *state) error {
		runtime.LockOSThread() // it is the thread's time that is read
		defer runtime.UnlockOSThread()
		s.core.clock = &clock{last: threadTime()}
		defer func() { s.core.clock = nil }()
		_, err := e.embed(ctx, s, px)
		stages = s.core.clock.stages
		return err
	})
	for i := range stages {
		stages[i].FLOPs = e.vit.config.flops(stages[i].Name, px)
	}
	return stages, err
}

// flops counts a stage's multiply-adds twice. Of the last block only what an
// embedding needs is computed.
func (c Config) flops(stage string, px Pixels) float64 {
	d, m, l := float64(c.HiddenSize), float64(c.IntermediateSize), float64(c.NumHiddenLayers)
	patches := float64(px.Height / c.PatchSize * (px.Width / c.PatchSize))
	n := patches + 1
	all := n*(l-1) + 1 // rows of what the last block computes for CLS alone
	switch stage {
	case "patches":
		return 2 * patches * float64(c.patchDim()) * d
	case "qkv":
		return 2 * n * l * 3 * d * d
	case "attention":
		return 2 * all * n * d * 2
	case "proj":
		return 2 * all * d * d
	case "fc1+gelu", "fc2":
		return 2 * all * d * m
	}
	return 0
}

// clock adds up what each stage takes.
type clock struct {
	last   time.Duration
	stages []Stage
}

// lap ends a stage, where stages are timed.
func (c *core) lap(name string) {
	if c.clock == nil {
		return
	}
	now := threadTime()
	at := slices.IndexFunc(c.clock.stages, func(s Stage) bool { return s.Name == name })
	if at < 0 {
		at = len(c.clock.stages)
		c.clock.stages = append(c.clock.stages, Stage{Name: name})
	}
	c.clock.stages[at].Time += now - c.clock.last
	c.clock.last = now
}
