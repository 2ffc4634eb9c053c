package main

import (
	"bufio"
	"fmt"
	"io"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"syscall"
	"testing"
	"time"

	"lookalike/api"
)

// startServer runs `serve` until the test ends and returns its URL.
func startServer(t *testing.T, data string, args ...string) (url string, cmd *exec.Cmd) {
	t.Helper()
	cmd = command(t, data, append([]string{"serve", "--listen", "127.0.0.1:0"}, args...)...)
	return listening(t, cmd), cmd
}

// listening starts a server, which ends with the test, and returns its URL.
func listening(t *testing.T, cmd *exec.Cmd) (url string) {
	t.Helper()
	stderr, err := cmd.StderrPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = cmd.Process.Kill(); _ = cmd.Wait() })
	address := regexp.MustCompile(`http://127\.0\.0\.1:\d+`)
	lines := bufio.NewScanner(stderr)
	for lines.Scan() {
		if url = address.FindString(lines.Text()); url != "" {
			go io.Copy(io.Discard, stderr)
			return url
		}
	}
	t.Fatal("the server ended without saying where it listens")
	return ""
}

// TestServe: gallery and API answer, other commands use the server, and an
// interrupt ends it with everything kept.
func TestServe(t *testing.T) {
	data := filepath.Join(t.TempDir(), "data")
	dir, made := gallery(t, 4)
	server := guarded(t, data, "serve", "--listen", "127.0.0.1:0")
	url := listening(t, server)

	for path, text := range map[string]string{"/": "<html", "/healthz": "ok", "/readyz": "ok", "/openapi.yaml": "openapi:"} {
		resp, err := http.Get(url + path)
		if err != nil {
			t.Fatal(err)
		}
		body, _ := io.ReadAll(resp.Body)
		resp.Body.Close()
		if resp.StatusCode != 200 || !strings.Contains(strings.ToLower(string(body)), text) {
			t.Errorf("GET %s: %s without %q", path, resp.Status, text)
		}
	}
	sum := into[addSummary](t, lookalike(t, data, "add", dir, "--json").want(t, 0))
	if sum.Added+sum.Already != len(made) {
		t.Errorf("through the server: %+v", sum)
	}
	through := lookalike(t, data, "search", made[0].Path, "--json").want(t, 0)
	lookalike(t, data, "check").want(t, 0, "0 problems")
	lookalike(t, data, "backup", filepath.Join(t.TempDir(), "hot.tar")).want(t, 0)
	lookalike(t, data, "compact").want(t, 0, "the database had")

	if err := server.Process.Signal(os.Interrupt); err != nil {
		t.Fatal(err)
	}
	if err := server.Wait(); err != nil {
		t.Errorf("serve ended with %v after an interrupt", err)
	}
	alone := lookalike(t, data, "search", made[0].Path, "--json").want(t, 0)
	if through.stdout != alone.stdout {
		t.Errorf("the server found\n%swithout it\n%s", through.stdout, alone.stdout)
	}
}

// TestServerKilled: a stale owner file of a killed server misleads nobody.
func TestServerKilled(t *testing.T) {
	data := filepath.Join(t.TempDir(), "data")
	_, server := startServer(t, data)
	if err := server.Process.Kill(); err != nil {
		t.Fatal(err)
	}
	_ = server.Wait()
	lookalike(t, data, "stats").want(t, 0, "starter")
}

// TestInUse: two servers on one folder; the second says who has it.
func TestInUse(t *testing.T) {
	data := filepath.Join(t.TempDir(), "data")
	_, server := startServer(t, data)
	lookalike(t, data, "serve", "--listen", "127.0.0.1:0").want(t, 3, fmt.Sprintf("in use by process %d", server.Process.Pid))
}

// TestInterruptAdd: Ctrl-C ends an add in good order; the next one goes on.
func TestInterruptAdd(t *testing.T) {
	data := filepath.Join(t.TempDir(), "data")
	dir, made := gallery(t, 30)
	cmd := guarded(t, data, "add", dir, "--json")
	var stdout, stderr strings.Builder
	cmd.Stdout, cmd.Stderr = &stdout, &stderr
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	waitForImages(t, data)
	if err := cmd.Process.Signal(syscall.SIGINT); err != nil {
		t.Fatal(err)
	}
	err := cmd.Wait()
	before := into[addSummary](t, outcome{stdout: stdout.String(), stderr: stderr.String()})
	if code := cmd.ProcessState.ExitCode(); code != exitInterrupted && (code != 0 || before.Added+before.Already < len(made)) {
		t.Fatalf("exit code %d (%v), want %d\n%s", code, err, exitInterrupted, stderr.String())
	}
	list := into[api.ImageList](t, lookalike(t, data, "list", "--json").want(t, 0))
	if list.Total < before.Added {
		t.Errorf("%d images are there, %d were reported as added", list.Total, before.Added)
	}
	after := into[addSummary](t, lookalike(t, data, "add", dir, "--json").want(t, 0))
	if after.Added+after.Already != len(made) || after.Already < before.Added {
		t.Errorf("before %+v, after %+v, of %d", before, after, len(made))
	}
	lookalike(t, data, "check").want(t, 0, "0 problems")
}

// waitForImages returns when the add has begun to write.
func waitForImages(t *testing.T, data string) {
	t.Helper()
	for range 600 {
		if info, err := os.Stat(filepath.Join(data, "lookalike.db")); err == nil && info.Size() > 1<<17 {
			return
		}
		time.Sleep(20 * time.Millisecond)
	}
	t.Fatal("the add wrote nothing")
}
