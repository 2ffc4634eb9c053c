package main

import (
	"fmt"
	"os"
	"path/filepath"
	"reflect"
	"strconv"
	"strings"
	"testing"
	"time"
)

const buildLine = `{"n":100,"m":16,"ef_construction":200,"build_cpu_s":0.5,"resident_mb":3}`

func searchLine(ef int) string {
	return fmt.Sprintf(`{"ef":%d,"recall_at_10":0.9,"cpu_us_per_query":12.5}`, ef)
}

// shell is a side that a script plays.
func shell(name, script string) candidate { return candidate{name, []string{"sh", "-c", script}} }

// says is a script that prints lines.
func says(lines ...string) string { return "printf '%s\\n' '" + strings.Join(lines, "' '") + "'; " }

func TestResult(t *testing.T) {
	r := result{Side: "ours"}
	for _, line := range []string{buildLine, searchLine(16), searchLine(64)} {
		if err := r.add([]byte(line)); err != nil {
			t.Fatal(err)
		}
	}
	want := result{"ours", build{100, 16, 200, 0.5, 3}, []search{{16, 0.9, 12.5}, {64, 0.9, 12.5}}}
	if !reflect.DeepEqual(r, want) {
		t.Errorf("%+v, want %+v", r, want)
	}
	if err := r.complete([]int{16, 64}); err != nil {
		t.Error(err)
	}
	for _, efs := range [][]int{{16}, {16, 65}, {16, 64, 128}} {
		if r.complete(efs) == nil {
			t.Errorf("it is complete for %v", efs)
		}
	}
}

func TestResultMistakes(t *testing.T) {
	for _, line := range []string{"", "loading", "{}", searchLine(16), strings.Replace(buildLine, "0.5", "0", 1), strings.Replace(buildLine, "100", "0", 1)} {
		if new(result).add([]byte(line)) == nil {
			t.Errorf("%q is a build", line)
		}
	}
	for _, line := range []string{"", "[]", buildLine, strings.Replace(searchLine(16), "12.5", "0", 1), strings.Replace(searchLine(16), "0.9", "1.1", 1),
		strings.Replace(searchLine(16), "0.9", "-1", 1), searchLine(0)} {
		r := result{build: build{N: 1}}
		if r.add([]byte(line)) == nil {
			t.Errorf("%q is a search", line)
		}
	}
}

// TestMeasure: sides that print at once and sides that take their time all get to the end.
func TestMeasure(t *testing.T) {
	quick := says(buildLine, searchLine(16), searchLine(64)) + "exec sleep 100"
	slow := says(buildLine) + "sleep 0.3; " + says(searchLine(16)) + says(searchLine(64))
	results, err := measure(t.Context(), []candidate{shell("quick", quick), shell("slow", slow)}, []int{16, 64}, "test")
	if err != nil || len(results) != 2 || results[0].Side != "quick" || results[1].Side != "slow" {
		t.Fatalf("%+v, %v", results, err)
	}
	for _, r := range results {
		if err := r.complete([]int{16, 64}); err != nil || r.N != 100 {
			t.Errorf("%+v, %v", r, err)
		}
	}
}

// TestMeasureFails: what a program said last is the reason.
func TestMeasureFails(t *testing.T) {
	good := shell("ours", says(buildLine, searchLine(16))+"exec sleep 100")
	for name, c := range map[string]struct{ script, want string }{
		"at once":       {"echo one >&2; echo 'no such set' >&2; exit 1", "peer: no such set"},
		"silently":      {"exit 3", "exit status 3"},
		"too early":     {says(buildLine), "peer: ended too early"},
		"chatter":       {"echo loading; exec sleep 100", `not a line for a build: "loading"`},
		"another ef":    {says(buildLine, searchLine(17)) + "exec sleep 100", "other efs"},
		"out of memory": {says(buildLine) + "echo 'out of memory' >&2; kill -9 $$", "out of memory"},
	} {
		t.Run(name, func(t *testing.T) {
			if _, err := measure(t.Context(), []candidate{good, shell("peer", c.script)}, []int{16}, "test"); err == nil || !strings.Contains(err.Error(), c.want) {
				t.Errorf("%v, want %q", err, c.want)
			}
		})
	}
	if _, err := measure(t.Context(), []candidate{good, {"peer", []string{"/nowhere/peer"}}}, []int{16}, "test"); err == nil {
		t.Error("a program that is not there started")
	}
}

// TestStopped: a side does nothing while it is not its turn, and goes on where it was.
func TestStopped(t *testing.T) {
	s, err := start(t.Context(), shell("side", says(buildLine)+"exec sleep 100"))
	if err != nil {
		t.Fatal(err)
	}
	defer s.stop()
	awaitStopped(t, s.cmd.Process.Pid)
	if err := takeTurns([]*side{s}); err != nil || s.N != 100 {
		t.Errorf("it said %+v, %v", s.build, err)
	}
	awaitStopped(t, s.cmd.Process.Pid)
}

// awaitStopped waits for a process to be stopped: a signal takes effect soon, not at once.
func awaitStopped(t *testing.T, pid int) {
	t.Helper()
	for range 5000 {
		text, err := os.ReadFile(filepath.Join("/proc", strconv.Itoa(pid), "stat"))
		if err != nil {
			t.Skip("no /proc here")
		}
		if _, state, _ := strings.Cut(string(text), ") "); strings.HasPrefix(state, "T") {
			return
		}
		time.Sleep(time.Millisecond)
	}
	t.Fatal("it runs")
}
