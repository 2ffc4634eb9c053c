package main

import (
	"bufio"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os/exec"
	"slices"
	"syscall"
	"time"

	"lookalike/bench/internal/tail"
)

// slice is how long a side runs before the next one does: short beside what
// disturbs a machine, long beside filling a cache anew.
const slice = 250 * time.Millisecond

// candidate is how to start a side.
type candidate struct {
	name string
	argv []string
}

// build is a side's first line.
type build struct {
	N              int     `json:"n"`
	M              int     `json:"m"`
	EfConstruction int     `json:"ef_construction"`
	CPU            float64 `json:"build_cpu_s"`
	ResidentMB     float64 `json:"resident_mb"` // that the index added to the process; 0 is unknown
}

// search is a side's line for an ef.
type search struct {
	Ef     int     `json:"ef"`
	Recall float64 `json:"recall_at_10"`
	CPU    float64 `json:"cpu_us_per_query"`
}

// result is what a side has said so far.
type result struct {
	Side string `json:"side"`
	build
	Searches []search `json:"searches"`
}

// add takes the next line.
func (r *result) add(line []byte) error {
	if r.build == (build{}) {
		if err := json.Unmarshal(line, &r.build); err != nil || r.N < 1 || !(r.CPU > 0) {
			return fmt.Errorf("not a line for a build: %q", line)
		}
		return nil
	}
	var s search
	if err := json.Unmarshal(line, &s); err != nil || s.Ef < top || !(s.CPU > 0) || !(s.Recall >= 0 && s.Recall <= 1) {
		return fmt.Errorf("not a line for an ef: %q", line)
	}
	r.Searches = append(r.Searches, s)
	return nil
}

// complete says whether the searches are those that were asked for.
func (r *result) complete(efs []int) error {
	if !slices.EqualFunc(r.Searches, efs, func(s search, ef int) bool { return s.Ef == ef }) {
		return fmt.Errorf("searched with other efs: %+v", r.Searches)
	}
	return nil
}

// side is a process that is stopped while it is not its turn.
type side struct {
	result
	cmd   *exec.Cmd
	lines chan []byte // closed at the end of its output
	err   tail.Tail
}

// start starts a side, and stops it before it has done much. It ends with ctx,
// or by stop.
func start(ctx context.Context, c candidate) (*side, error) {
	s := &side{result: result{Side: c.name}, cmd: exec.CommandContext(ctx, c.argv[0], c.argv[1:]...), lines: make(chan []byte)}
	s.cmd.Stderr = &s.err
	out, err := s.cmd.StdoutPipe()
	if err != nil {
		return nil, err
	}
	if err := s.cmd.Start(); err != nil {
		return nil, err
	}
	s.signal(syscall.SIGSTOP)
	go s.read(out)
	return s, nil
}

func (s *side) read(out io.Reader) {
	defer close(s.lines)
	for scanner := bufio.NewScanner(out); scanner.Scan(); {
		s.lines <- []byte(scanner.Text())
	}
}

// signal fails only when the process has ended, and then its output ends too.
func (s *side) signal(sig syscall.Signal) { _ = s.cmd.Process.Signal(sig) }

// turn lets a side run for a slice, or until it has printed a line.
func (s *side) turn() (done bool, err error) {
	s.signal(syscall.SIGCONT)
	defer s.signal(syscall.SIGSTOP)
	select {
	case line, ok := <-s.lines:
		if !ok {
			return false, s.ended()
		}
		return true, s.add(line)
	case <-time.After(slice):
		return false, nil
	}
}

// ended is why a side has ended too early; what it said last says most.
func (s *side) ended() error {
	err := s.cmd.Wait()
	if line := s.err.Last(); line != "" {
		return errors.New(line)
	}
	return errors.Join(errors.New("ended too early"), err)
}

// stop ends a side, wherever it is, and takes what it still prints.
func (s *side) stop() {
	_ = s.cmd.Process.Kill()
	for range s.lines {
	}
	_ = s.cmd.Wait()
}

// takeTurns lets the sides run in turn until each has printed its next line.
func takeTurns(sides []*side) error {
	for left := sides; len(left) > 0; {
		var next []*side
		for _, s := range left {
			done, err := s.turn()
			if err != nil {
				return fmt.Errorf("%s: %w", s.Side, err)
			}
			if !done {
				next = append(next, s)
			}
		}
		left = next
	}
	return nil
}
