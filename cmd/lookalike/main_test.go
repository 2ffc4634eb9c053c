package main

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"lookalike/internal/pictures"
	"lookalike/internal/testutil"
)

// The tests run the program as a user does: in a process of its own, with its
// exit code, from this test binary. Under the race detector that would be ten
// times slower, and unseen where a process is killed: there they run the program
// as it is built for users, and guarded ones, whose exit code would tell of a
// race, this binary.

const asProgram = "LOOKALIKE_TEST_RUN_MAIN"

// program is the executable that command runs; "" for this one.
var program string

func TestMain(m *testing.M) {
	if os.Getenv(asProgram) != "" {
		main()
		return
	}
	os.Exit(withProgram(m.Run))
}

// withProgram runs the tests, with a program built for them where this binary has the race detector.
func withProgram(run func() int) int {
	if !testutil.Race {
		return run()
	}
	dir, err := os.MkdirTemp("", "lookalike-*")
	if err == nil {
		defer os.RemoveAll(dir)
		program = filepath.Join(dir, "lookalike")
		build := exec.Command("go", "build", "-buildvcs=false", "-o", program, ".")
		build.Env, build.Stderr = append(os.Environ(), "CGO_ENABLED=0"), os.Stderr
		err = build.Run()
	}
	if err != nil {
		fmt.Fprintln(os.Stderr, "the program cannot be built:", err)
		return 1
	}
	return run()
}

// outcome is what a finished command left.
type outcome struct {
	code           int
	stdout, stderr string
}

// command prepares `lookalike args...` with an empty home and the given data folder.
func command(t testing.TB, data string, args ...string) *exec.Cmd {
	t.Helper()
	if program == "" {
		return guarded(t, data, args...)
	}
	return prepare(t, program, data, args)
}

// guarded is command from this test binary, under the race detector where that is on: after a race it exits with 66.
func guarded(t testing.TB, data string, args ...string) *exec.Cmd {
	t.Helper()
	exe, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	return prepare(t, exe, data, args)
}

func prepare(t testing.TB, exe, data string, args []string) *exec.Cmd {
	t.Helper()
	cmd := exec.CommandContext(t.Context(), exe, args...)
	cmd.Env = append(os.Environ(), asProgram+"=1", "HOME="+t.TempDir(), "XDG_DATA_HOME=", "LOOKALIKE_MODEL=", "LOOKALIKE_API_KEY=", "LOOKALIKE_DATA="+data)
	return cmd
}

// lookalike runs a command to its end.
func lookalike(t testing.TB, data string, args ...string) outcome {
	t.Helper()
	return finish(t, command(t, data, args...))
}

func finish(t testing.TB, cmd *exec.Cmd) outcome {
	t.Helper()
	var stdout, stderr bytes.Buffer
	cmd.Stdout, cmd.Stderr = &stdout, &stderr
	err := cmd.Run()
	var exit *exec.ExitError
	if err != nil && !errors.As(err, &exit) {
		t.Fatal(err)
	}
	return outcome{cmd.ProcessState.ExitCode(), stdout.String(), stderr.String()}
}

// want fails unless the exit code and the texts are right.
func (o outcome) want(t testing.TB, code int, texts ...string) outcome {
	t.Helper()
	if o.code != code {
		t.Fatalf("exit code %d, want %d\n%s%s", o.code, code, o.stdout, o.stderr)
	}
	for _, text := range texts {
		if !strings.Contains(o.stdout+o.stderr, text) {
			t.Errorf("%q is not in\n%s%s", text, o.stdout, o.stderr)
		}
	}
	return o
}

// into parses the standard output as JSON.
func into[T any](t testing.TB, o outcome) (v T) {
	t.Helper()
	if err := json.Unmarshal([]byte(o.stdout), &v); err != nil {
		t.Fatalf("%v in\n%s%s", err, o.stdout, o.stderr)
	}
	return v
}

// gallery makes a folder of n pictures with copies.
func gallery(t testing.TB, n int) (dir string, made []pictures.Made) {
	t.Helper()
	dir = filepath.Join(t.TempDir(), "pictures")
	made, err := pictures.WriteGallery(dir, n, 7)
	if err != nil {
		t.Fatal(err)
	}
	return dir, made
}

func write(t testing.TB, path, content string) {
	t.Helper()
	if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(path, []byte(content), 0o644); err != nil {
		t.Fatal(err)
	}
}
