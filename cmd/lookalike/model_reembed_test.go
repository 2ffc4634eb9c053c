package main

import (
	"bytes"
	"context"
	"image/png"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"lookalike/api"
	"lookalike/internal/pictures"
	"lookalike/store"
)

// reembedLibrary is a library of n and more pictures by the tiny model, where the starter is to be the next.
func reembedLibrary(t *testing.T, n int) (s *hubSite, picture string, images int) {
	t.Helper()
	s = newHubSite(t)
	dir, made := gallery(t, n)
	s.run(t, "model", "import", tinyDir).want(t, 0)
	s.run(t, "model", "use", "tiny").want(t, 0)
	sum := into[addSummary](t, s.run(t, "add", dir, "--json").want(t, 0))
	return s, made[0].Path, sum.Added
}

// slow makes a command compute without SIMD, so that there is a middle to kill it in.
func slow(cmd *exec.Cmd) *exec.Cmd {
	cmd.Env = append(cmd.Env, "LOOKALIKE_CPU=generic")
	return cmd
}

// slowServer starts a slow server that is killed with the test, and gives a client of it.
func slowServer(t *testing.T, data string) (*exec.Cmd, *api.Client) {
	t.Helper()
	cmd := slow(command(t, data, "serve", "--listen", "127.0.0.1:0"))
	var stderr syncBuffer
	cmd.Stderr = &stderr
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = cmd.Process.Kill(); _ = cmd.Wait() })
	for range 3000 {
		if owner, err := store.ReadOwner(data); err == nil && owner.URL != "" && owner.PID == cmd.Process.Pid {
			return cmd, api.NewClient(owner.URL, owner.Token, nil)
		}
		time.Sleep(10 * time.Millisecond)
	}
	t.Fatalf("the server did not come up: %s", stderr.String())
	return nil, nil
}

// TestReembedKilled: a server is killed three times in the midst of a change of model. Each next one goes on, searches are
// answered throughout, and at the end all pictures have the new model's vectors.
func TestReembedKilled(t *testing.T) {
	s, picture, images := reembedLibrary(t, 48)
	cmd, client := slowServer(t, s.data)
	lookalike(t, s.data, "model", "use", "starter").want(t, 0, "in the background", "model status --wait")
	done := 0
	for kill := range 3 {
		r := progressBeyond(t, client, done, picture)
		done = r.Done
		t.Logf("kill %d at %d of %d, %s", kill+1, r.Done, r.Total, r.State)
		if r.State == stateIdle {
			t.Fatal("it was done before it could be killed")
		}
		if err := cmd.Process.Kill(); err != nil {
			t.Fatal(err)
		}
		_ = cmd.Wait()
		lookalike(t, s.data, "model", "status").want(t, 0, "stopped", "starter", "lookalike model use starter")
		lookalike(t, s.data, "check").want(t, 0, "0 problems")
		if kill == 0 {
			lookalike(t, s.data, "search", picture).want(t, 0, filepath.Base(picture))
			lookalike(t, s.data, "model", "rm", "tiny").want(t, 1, "tiny is in use")
		}
		cmd, client = slowServer(t, s.data)
		if r, err := client.Reembedding(t.Context()); err != nil || r.State != stateIdle && r.Done < done {
			t.Fatalf("after the kill at %d: %+v, %v", done, r, err)
		}
	}
	lookalike(t, s.data, "model", "status", "--wait").want(t, 0, "idle")
	stats, err := client.Stats(t.Context())
	if err != nil || stats.Model.Name != "starter" || stats.Images != images || stats.NotEmbedded != 0 {
		t.Errorf("%+v, %v", stats, err)
	}
	lookalike(t, s.data, "search", picture).want(t, 0, filepath.Base(picture))
	lookalike(t, s.data, "check").want(t, 0, "0 problems")
	lookalike(t, s.data, "model", "use", "starter").want(t, 0, "starter is in use: 192 dimensions")
}

// progressBeyond searches until more pictures are done than that, and gives how far it is.
func progressBeyond(t *testing.T, client *api.Client, done int, picture string) (r api.Reembedding) {
	t.Helper()
	for range 2000 {
		f, err := os.Open(picture)
		if err != nil {
			t.Fatal(err)
		}
		found, err := client.Search(context.Background(), picture, f, 1, 0, "")
		_ = f.Close()
		if err != nil || len(found.Results) != 1 || found.Results[0].Score < 0.999 {
			t.Fatalf("a search meanwhile: %+v, %v", found, err)
		}
		if r, err = client.Reembedding(t.Context()); err != nil {
			t.Fatal(err)
		}
		if r.Done > done || r.State == stateIdle {
			return r
		}
	}
	t.Fatalf("it does not move: %+v", r)
	return r
}

// TestReembedInterrupted: Ctrl-C in the midst of it, without a server; the same command goes on, or it is cancelled.
func TestReembedInterrupted(t *testing.T) {
	s, _, _ := reembedLibrary(t, 12)
	interrupt := func() outcome {
		cmd := slow(command(t, s.data, "model", "use", "starter"))
		var stdout, stderr syncBuffer
		cmd.Stdout, cmd.Stderr = &stdout, &stderr
		if err := cmd.Start(); err != nil {
			t.Fatal(err)
		}
		waitForSize(t, filepath.Join(s.data, "lookalike.db"), 1) // it is there; wait until it is ours
		for range 3000 {
			if owner, err := store.ReadOwner(s.data); err == nil && owner.PID == cmd.Process.Pid {
				break
			}
			time.Sleep(5 * time.Millisecond)
		}
		time.Sleep(100 * time.Millisecond)
		if err := cmd.Process.Signal(syscall.SIGINT); err != nil {
			t.Fatal(err)
		}
		_ = cmd.Wait()
		return outcome{cmd.ProcessState.ExitCode(), stdout.String(), stderr.String()}
	}
	if o := interrupt(); o.code == exitInterrupted {
		if !strings.Contains(o.stderr, "pictures are done; the same command, or a server, goes on from here") {
			t.Errorf("interrupted: %s", o.stderr)
		}
		lookalike(t, s.data, "stats").want(t, 0, "tiny (48 dimensions")
	}
	lookalike(t, s.data, "model", "use", "starter").want(t, 0, "starter is in use")
	lookalike(t, s.data, "stats").want(t, 0, "starter (192 dimensions")
	lookalike(t, s.data, "model", "cancel").want(t, 0, "idle")
	lookalike(t, s.data, "check").want(t, 0, "0 problems")
}

// TestReembedFailures: what cannot be embedded is listed, the exit code says so, and the rest has changed.
func TestReembedFailures(t *testing.T) {
	s, picture, images := reembedLibrary(t, 3)
	tall := filepath.Join(t.TempDir(), "tall.png")
	writeTall(t, tall)
	s.run(t, "add", tall).want(t, 0, "1 added")
	if err := os.RemoveAll(filepath.Dir(filepath.Dir(picture))); err != nil { // the gallery has folders
		t.Fatal(err)
	}
	if err := os.Remove(tall); err != nil {
		t.Fatal(err)
	}
	s.run(t, "model", "use", "starter").want(t, 1, "starter is in use", "not re-embedded: "+tall+": no such file or directory; the thumbnail, ",
		"pictures were embedded from their thumbnails")
	status := into[api.Reembedding](t, s.run(t, "model", "status", "--json").want(t, 0))
	if status.State != stateIdle || status.NotEmbedded != 1 || status.FromThumbnail != images {
		t.Errorf("%+v", status)
	}
	writeTall(t, tall)
	s.run(t, "add", tall).want(t, 0, "1 already there")
	s.run(t, "search", tall).want(t, 0, "tall.png")
	s.run(t, "model", "status").want(t, 0, "not re-embedded  0")
}

// writeTall writes a picture whose thumbnail is too thin for any model.
func writeTall(t *testing.T, path string) {
	t.Helper()
	var file bytes.Buffer
	if err := png.Encode(&file, pictures.Make(3, 60, 1500)); err != nil {
		t.Fatal(err)
	}
	write(t, path, file.String())
}
