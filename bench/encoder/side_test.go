package main

import (
	"context"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

// program builds ours.
func program(t *testing.T) string {
	t.Helper()
	out := filepath.Join(t.TempDir(), "lookalike")
	build := exec.Command("go", "build", "-buildvcs=false", "-o", out, "./cmd/lookalike")
	build.Dir = filepath.Join("..", "..")
	if text, err := build.CombinedOutput(); err != nil {
		t.Fatalf("%v: %s", err, text)
	}
	return out
}

// starter is our side with the small model.
func starter(t *testing.T) candidate {
	return candidate{name: "lookalike", precision: "float32",
		argv: []string{program(t), "bench", "encoder", "--model", "starter", "--on-request", "--precision", "float32"}}
}

// shell is a side that a script plays.
func shell(name, precision, script string) candidate {
	return candidate{name: name, precision: precision, argv: []string{"sh", "-c", script}}
}

// says are the lines of a side in shell.
const (
	says    = `echo '{"side":"a side","precision":"float32","embedding":[1]}'; `
	answers = says + `while read n; do echo '{"cpu_ms_per_image":1,"wall_ms_per_image":1}'; done`
)

// TestSide speaks with our own program.
func TestSide(t *testing.T) {
	s, err := start(t.Context(), starter(t))
	if err != nil {
		t.Fatal(err)
	}
	if !strings.HasPrefix(s.Side, "lookalike ") || s.InUse != "float32" || len(s.Embedding) != 192 {
		t.Errorf("ready: %+v", s.ready)
	}
	for _, images := range []int{1, 3} {
		if took, err := s.measure(images); err != nil || !(took.CPU > 0) || !(took.Wall > 0) {
			t.Errorf("%d images took %+v, %v", images, took, err)
		}
	}
	if err := s.stop(); err != nil {
		t.Error("stop:", err)
	}
}

// TestSideFails: what a program said last is the reason.
func TestSideFails(t *testing.T) {
	for name, c := range map[string]struct{ script, want string }{
		"at once":      {`echo one >&2; echo 'no module named torch' >&2; exit 1`, "no module named torch"},
		"silently":     {`exit 0`, "EOF"},
		"with chatter": {`echo loading`, "invalid character"},
	} {
		t.Run(name, func(t *testing.T) {
			if _, err := start(t.Context(), shell("peer", "float32", c.script)); err == nil || !strings.Contains(err.Error(), c.want) {
				t.Errorf("%v, want %q", err, c.want)
			}
		})
	}
	if _, err := start(t.Context(), candidate{argv: []string{"/nowhere/lookalike"}}); err == nil {
		t.Error("a program that is not there started")
	}
	for name, c := range map[string]struct{ script, want string }{
		"dies":       {says + `read n; echo 'out of memory' >&2; exit 1`, "out of memory"},
		"in no time": {says + `read n; echo '{"cpu_ms_per_image":0,"wall_ms_per_image":1}'`, "it took"},
	} {
		t.Run(name, func(t *testing.T) {
			s, err := start(t.Context(), shell("peer", "float32", c.script))
			if err != nil {
				t.Fatal(err)
			}
			if _, err := s.measure(1); err == nil || !strings.Contains(err.Error(), c.want) {
				t.Errorf("%v, want %q", err, c.want)
			}
		})
	}
}

// TestStartAll: peers that do not start and precisions that fall back are
// skipped with the reason; ours in float32 must start.
func TestStartAll(t *testing.T) {
	good, bad := shell("ours", "float32", answers), shell("peer", "int8", `echo 'no engine' >&2; exit 1`)
	other := shell("ours", "int8", answers) // says that it computes in float32
	sides, skipped, err := startAll(t.Context(), []candidate{good, bad, other, good})
	if err != nil || len(sides) != 2 {
		t.Fatalf("%d sides, %v", len(sides), err)
	}
	if want := []string{"peer int8: no engine", "ours int8: computes in float32 here"}; !slices.Equal(skipped, want) {
		t.Errorf("skipped %q, want %q", skipped, want)
	}
	if err := stopAll(sides); err != nil {
		t.Error(err)
	}
	if _, _, err := startAll(t.Context(), []candidate{bad, good}); err == nil || !strings.Contains(err.Error(), "no engine") {
		t.Errorf("without ours: %v", err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if _, _, err := startAll(ctx, []candidate{good, good}); err == nil {
		t.Error("an interrupt starts sides")
	}
}

// TestTurns: the sides alternate, and the warm-up is not counted.
func TestTurns(t *testing.T) {
	log := filepath.Join(t.TempDir(), "log")
	turns := func(name string) candidate {
		return shell(name, "float32", says+`while read n; do printf '`+name+`%s ' "$n" >>'`+log+`'; echo '{"cpu_ms_per_image":1,"wall_ms_per_image":1}'; done`)
	}
	sides, _, err := startAll(t.Context(), []candidate{turns("a"), turns("b"), turns("c")})
	if err != nil {
		t.Fatal(err)
	}
	p := plan{batches: []int{1, 8}, rounds: 2}
	rows, err := p.measure(sides, 1)
	if err != nil || len(rows) != 6 {
		t.Errorf("%d rows, %v", len(rows), err)
	}
	text, err := os.ReadFile(log)
	if want := strings.Repeat("a1 b1 c1 ", 3) + strings.Repeat("a8 b8 c8 ", 3); err != nil || string(text) != want {
		t.Errorf("turns %q, want %q (%v)", text, want, err)
	}
	if err := stopAll(sides); err != nil {
		t.Error(err)
	}
}
