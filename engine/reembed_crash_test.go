package engine

import (
	"bufio"
	"context"
	"fmt"
	"log/slog"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"testing"
	"time"
)

// reembedDir makes the test binary a child that changes a folder's model again and again until it is killed.
const reembedDir = "LOOKALIKE_ENGINE_REEMBED_CHILD"

// reembedChild changes the model back and forth, adding and deleting meanwhile, and says after each change that it is through.
func reembedChild(dir string) {
	e, err := openFolder(dir, func(c *Config) { c.Resume = true })
	if err != nil {
		fmt.Println("failed", err)
		os.Exit(1)
	}
	fmt.Println("ready")
	go func() {
		for seed := uint64(100); ; seed++ {
			r, err := e.Add(context.Background(), upload(100+seed%30))
			if err == nil && seed%2 == 0 {
				_, err = e.Delete(context.Background(), r.ID)
			}
			if err != nil {
				fmt.Println("failed", err)
			}
		}
	}()
	for {
		if r, err := e.Reembedding(0); err != nil {
			fmt.Println("failed", err)
		} else if r.State == Idle {
			if err := e.Reembed(context.Background(), Target{Spec: nextSpec(e)}); err != nil {
				fmt.Println("failed", err)
			}
			fmt.Println("changing")
		}
		time.Sleep(time.Millisecond)
	}
}

// nextSpec goes from tiny to tiny whitened, to tiny at another size, and back.
func nextSpec(e *Engine) Spec {
	switch spec := e.Spec(); {
	case spec.Whiten:
		return Spec{Name: "tiny", Size: "96x64"}
	case spec.Size != "":
		return Spec{Name: "tiny"}
	}
	return Spec{Name: "tiny", Whiten: true}
}

// openFolder opens a folder whatever model it has come to.
func openFolder(dir string, change ...func(*Config)) (*Engine, error) {
	cfg := Config{Dir: dir, Encoder: starter(), OpenModel: openByName, Checkpoint: 5 * time.Millisecond, Log: slog.New(slog.DiscardHandler)}
	for _, c := range change {
		c(&cfg)
	}
	e, err := Open(context.Background(), cfg)
	if err != nil {
		cfg.Encoder = tiny()
		e, err = Open(context.Background(), cfg)
	}
	return e, err
}

// TestCrashReembedding kills a child at random moments of changing the model. The folder opens under one model, wholly:
// everything checks, and the pictures that were always there are found by themselves.
func TestCrashReembedding(t *testing.T) {
	rounds := 3
	if os.Getenv("LOOKALIKE_SOAK") != "" {
		rounds = 200
	}
	seed := rand.Uint64()
	t.Logf("seed %d", seed)
	rng := rand.New(rand.NewPCG(seed, 0))
	dir := filepath.Join(t.TempDir(), "data")
	e, err := openFolder(dir, inOrder, byTiny)
	if err != nil {
		t.Fatal(err)
	}
	addInOrder(t, e, whitenable)
	e.Close()
	models, underway := map[string]int{}, 0
	for range rounds {
		killReembedding(t, dir, 1+rng.IntN(3), time.Duration(rng.IntN(300))*time.Millisecond)
		e, err := openFolder(dir)
		if err != nil {
			t.Fatal(err)
		}
		sound(t, e)
		for seed := range uint64(5) {
			found, err := e.SearchImage(t.Context(), "q", madePNG(seed+1), Query{K: 1})
			if err != nil || len(found) != 1 || found[0].Image.ID != seed+1 || found[0].Score < 0.9999 {
				t.Errorf("picture %d: %+v, %v", seed+1, found, err)
			}
		}
		models[e.Spec().String()]++
		if r, err := e.Reembedding(0); err != nil || r.State == Stopped {
			underway++
		}
		if err := e.Close(); err != nil || t.Failed() {
			t.Fatal(err)
		}
	}
	t.Logf("opened as %v, %d of %d with a change under way", models, underway, rounds)
}

// killReembedding runs the child until it has said so many lines, and a little longer.
func killReembedding(t *testing.T, dir string, lines int, longer time.Duration) {
	t.Helper()
	cmd := exec.Command(os.Args[0])
	cmd.Env = append(os.Environ(), reembedDir+"="+dir)
	stdout, err := cmd.StdoutPipe()
	if err == nil {
		err = cmd.Start()
	}
	if err != nil {
		t.Fatal(err)
	}
	out := bufio.NewScanner(stdout)
	for range 1 + lines {
		if !out.Scan() {
			t.Fatal("the child ended by itself")
		}
	}
	time.AfterFunc(longer, func() { _ = cmd.Process.Kill() })
	for out.Scan() {
		if out.Text() != "changing" {
			t.Errorf("child: %s", out.Text())
		}
	}
	_ = cmd.Wait() // killed
}
