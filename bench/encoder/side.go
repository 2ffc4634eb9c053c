package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"slices"
	"strings"

	"lookalike/bench/internal/tail"
)

// candidate is a side that may be there: how to start it.
type candidate struct {
	name, precision string
	argv            []string
	env             []string // beside what environment keeps
}

func (c candidate) String() string { return c.name + " " + c.precision }

// side is a running program that measures on request. Both ways the lines are
// few and short: it says ready, and then answers each number of images with cost.
type side struct {
	candidate
	ready
	cmd *exec.Cmd
	in  io.WriteCloser
	out *json.Decoder
	err *tail.Tail
}

// ready is a side's first line.
type ready struct {
	Side      string    `json:"side"`      // name and version
	InUse     string    `json:"precision"` // whatever was asked for
	Note      string    `json:"note"`      // why it is another one
	Embedding []float64 `json:"embedding"` // of the first image
}

// cost is what one image of a round took, in milliseconds; CPU time is that of
// the whole process, over all its cores.
type cost struct {
	CPU  float64 `json:"cpu_ms_per_image"`
	Wall float64 `json:"wall_ms_per_image"`
}

// environment is ours without settings that would slow a peer down: OpenBLAS
// sees best itself what this processor has.
func environment() []string {
	return slices.DeleteFunc(os.Environ(), func(e string) bool { return strings.HasPrefix(e, "OPENBLAS_") })
}

// start waits until the side is ready. It ends with ctx, or by stop.
func start(ctx context.Context, c candidate) (*side, error) {
	s := &side{candidate: c, cmd: exec.CommandContext(ctx, c.argv[0], c.argv[1:]...), err: &tail.Tail{}}
	s.cmd.Env, s.cmd.Stderr = append(environment(), c.env...), s.err
	out, err := s.cmd.StdoutPipe()
	if err != nil {
		return nil, err
	}
	if s.in, err = s.cmd.StdinPipe(); err != nil {
		return nil, err
	}
	if err := s.cmd.Start(); err != nil {
		return nil, err
	}
	s.out = json.NewDecoder(out)
	if err := s.out.Decode(&s.ready); err != nil {
		return nil, s.failed(err)
	}
	return s, nil
}

// measure asks for a round of so many images.
func (s *side) measure(images int) (c cost, err error) {
	if _, err = fmt.Fprintln(s.in, images); err == nil {
		err = s.out.Decode(&c)
	}
	if err == nil && !(c.CPU > 0 && c.Wall > 0) {
		err = fmt.Errorf("it took %v", c)
	}
	if err != nil {
		return c, s.failed(err)
	}
	return c, nil
}

// failed stops the side; what it last said on standard error says more than err.
func (s *side) failed(err error) error {
	_ = s.in.Close()
	_ = s.cmd.Process.Kill()
	_ = s.cmd.Wait()
	if line := s.err.Last(); line != "" {
		return errors.New(line)
	}
	return err
}

// stop ends the side in good order.
func (s *side) stop() error {
	return errors.Join(s.in.Close(), s.cmd.Wait())
}
