package main

import (
	"bufio"
	"encoding/json"
	"fmt"
	"math"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"lookalike/encoder"
	"lookalike/internal/simd"
)

// TestBenchEncoder checks the JSON against itself: what was counted, not how
// fast this machine is.
func TestBenchEncoder(t *testing.T) {
	data := filepath.Join(t.TempDir(), "data")
	args := []string{"bench", "encoder", "--model", "starter", "--precision", "float32", "--threads", "1", "--batch", "3", "--rounds", "2"}
	o := lookalike(t, data, append(args, "--json")...).want(t, 0)
	first := []string{"model", "precision", "kernel", "threads", "batch", "cpu_ms_per_image", "wall_ms_per_image", "gflops", "peak_gflops"}
	if keys := keysOf(o.stdout); len(keys) < len(first) || !slices.Equal(keys[:len(first)], first) {
		t.Errorf("keys %q do not begin with %q", keys, first)
	}
	r := into[encoderReport](t, o)
	if r.Model != "starter" || r.Precision != encoder.Float32 || r.Kernel != simd.Level() || r.Threads != 1 || r.Batch != 3 || r.Rounds != 2 {
		t.Errorf("another run is reported: %+v", r)
	}
	if !(r.CPU > 0) || !(r.Wall > 0) || !near(r.GFLOPS, r.GFLOP/r.CPU*1000) {
		t.Errorf("figures disagree: %+v", r)
	}
	if hasPeak := peakFLOPs(encoder.Float32, 1) > 0; hasPeak != (r.Peak > 0) || hasPeak && !near(r.Share, r.GFLOPS/r.Peak) {
		t.Errorf("peak %v, share %v of %v GFLOP/s", r.Peak, r.Share, r.GFLOPS)
	}
	if len(r.Stages) == 0 || slices.ContainsFunc(r.Stages, func(s stage) bool { return s.Name == "" || !(s.MS > 0) || !(s.GFLOPS >= 0) }) {
		t.Errorf("stages %+v", r.Stages)
	}
	lookalike(t, data, args...).want(t, 0, "starter in float32", "1 threads, 3 images a round", "CPU time an image", "GFLOP/s a core", "STAGE", r.Stages[0].Name)
	if _, err := os.Stat(data); !os.IsNotExist(err) {
		t.Error("bench made a data folder:", err)
	}
}

// keysOf lists the outermost keys of indented JSON in their order.
func keysOf(text string) (keys []string) {
	for _, m := range regexp.MustCompile(`(?m)^  "(\w+)":`).FindAllStringSubmatch(text, -1) {
		keys = append(keys, m[1])
	}
	return keys
}

func near(a, b float64) bool { return math.Abs(a-b) <= 1e-9*math.Abs(b) }

// TestBenchOnRequest: one line when ready, then one for each round asked for.
func TestBenchOnRequest(t *testing.T) {
	cmd := command(t, "", "bench", "encoder", "--model", "starter", "--precision", "float32", "--on-request")
	cmd.Stdin = strings.NewReader("1\n3\n")
	lines := bufio.NewScanner(strings.NewReader(finish(t, cmd).want(t, 0).stdout))
	var r ready
	if !lines.Scan() || json.Unmarshal(lines.Bytes(), &r) != nil || r.Side != "lookalike "+simd.Level() || r.Precision != encoder.Float32 || len(r.Embedding) != 192 {
		t.Fatalf("not ready: %s", lines.Text())
	}
	rounds := 0
	for lines.Scan() {
		var c cost
		if err := json.Unmarshal(lines.Bytes(), &c); err != nil || !(c.CPU > 0) || !(c.Wall > 0) {
			t.Errorf("%v in %s", err, lines.Text())
		}
		rounds++
	}
	if rounds != 2 {
		t.Errorf("%d rounds, want 2", rounds)
	}
	for _, bad := range []string{"0", "-1", "1000001", "many", ""} {
		cmd := command(t, "", "bench", "encoder", "--model", "starter", "--on-request")
		cmd.Stdin = strings.NewReader(bad + "\n")
		finish(t, cmd).want(t, exitUsage, fmt.Sprintf("%q", bad))
	}
	cmd = command(t, "", "bench", "encoder", "--model", "starter", "--on-request")
	cmd.Stdin = strings.NewReader(strings.Repeat("1", bufio.MaxScanTokenSize))
	finish(t, cmd).want(t, exitFailed, "standard input: ")
}

// TestBenchInterrupt: Ctrl-C ends a round that would take days.
func TestBenchInterrupt(t *testing.T) {
	cmd := command(t, "", "bench", "encoder", "--model", "starter", "--on-request")
	cmd.Stdin = strings.NewReader("1000000\n")
	stdout, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	if _, err := bufio.NewReader(stdout).ReadString('\n'); err != nil {
		t.Fatal("not ready:", err)
	}
	if err := cmd.Process.Signal(os.Interrupt); err != nil {
		t.Fatal(err)
	}
	_ = cmd.Wait()
	if code := cmd.ProcessState.ExitCode(); code != exitInterrupted {
		t.Errorf("exit code %d, want %d", code, exitInterrupted)
	}
}

// TestNominalFLOPs against the sum over ViT-B/16's matrices, and a config small
// enough to count by hand.
func TestNominalFLOPs(t *testing.T) {
	if got := nominalFLOPs(encoder.ViTB16(), 224, 224); got != 35_126_120_448 {
		t.Errorf("ViT-B/16 has %.0f FLOPs, want 35126120448", got)
	}
	// 5 tokens of 2: patches 4*12*2 = 96, qkv 5*2*6 = 60, q k 5*5*2 = 50, its
	// product with v 50, proj 5*2*2 = 20, fc1 and fc2 5*2*3 = 30 each.
	c := encoder.Config{HiddenSize: 2, NumHiddenLayers: 3, NumAttentionHeads: 1, IntermediateSize: 3, ImageSize: 4, PatchSize: 2, NumChannels: 3}
	if got, want := nominalFLOPs(c, 4, 4), 2*float64(96+3*(60+50+50+20+30+30)); got != want {
		t.Errorf("the small one has %v FLOPs, want %v", got, want)
	}
}

func TestMedian(t *testing.T) {
	for _, c := range []struct {
		values []float64
		want   float64
	}{{[]float64{3}, 3}, {[]float64{4, 1}, 2.5}, {[]float64{9, 1, 2}, 2}, {[]float64{4, 1, 3, 2}, 2.5}} {
		before := slices.Clone(c.values)
		if got := median(c.values); got != c.want || !slices.Equal(before, c.values) {
			t.Errorf("median(%v) = %v, want %v; it left %v", before, got, c.want, c.values)
		}
	}
}

func TestRate(t *testing.T) {
	if got := rate(35, 500); got != 70 {
		t.Errorf("35 GFLOP in 500 ms are %v GFLOP/s, want 70", got)
	}
	if got := rate(1, 0); got != 0 {
		t.Errorf("in no time: %v, want 0", got)
	}
}

// TestLateWriter: nothing before its time, everything after it.
func TestLateWriter(t *testing.T) {
	var out strings.Builder
	late := &lateWriter{&out, time.Now().Add(time.Hour)}
	if n, err := late.Write([]byte("early")); n != 5 || err != nil || out.Len() != 0 {
		t.Errorf("early: %d, %v, wrote %q", n, err, out.String())
	}
	late.from = time.Now().Add(-time.Second)
	if n, err := late.Write([]byte("late")); n != 4 || err != nil || out.String() != "late" {
		t.Errorf("late: %d, %v, wrote %q", n, err, out.String())
	}
}
