package engine

import (
	"bufio"
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"testing"
	"time"

	"lookalike/internal/imageio"
)

// Environment of the child that TestCrash kills: the folder of its data and pictures, and the seed of what it does.
const (
	childDir  = "LOOKALIKE_ENGINE_CHILD"
	childSeed = "LOOKALIKE_ENGINE_CHILD_SEED"
)

// crashPictures is how many different pictures the child plays with: files that the parent made.
const crashPictures = 60

func crashPicture(dir string, seed uint64) string {
	return filepath.Join(dir, fmt.Sprintf("%d.png", seed))
}

// crashChild adds and deletes until it is killed. It writes a line for what was acknowledged, and before a delete one
// for what may be gone from then on:
//
//	added ID PICTURE
//	deleting ID
//	deleted ID
func crashChild(dir string) {
	var seed uint64
	fmt.Sscan(os.Getenv(childSeed), &seed)
	rng := rand.New(rand.NewPCG(seed, 1))
	e, err := Open(context.Background(), Config{Dir: filepath.Join(dir, "data"), Encoder: starter(), Workers: 2,
		Checkpoint: 3 * time.Millisecond, Log: slog.New(slog.NewTextHandler(os.Stderr, nil))})
	if err != nil {
		fmt.Println("failed", err)
		os.Exit(1)
	}
	killAtStage(e, rng)
	fmt.Println("ready")
	for {
		if rng.IntN(3) == 0 {
			childDelete(e, rng)
		} else {
			childAdd(e, dir, rng)
		}
	}
}

// childAdd adds a few pictures, some of them as uploads and some by path.
func childAdd(e *Engine, dir string, rng *rand.Rand) {
	var sources []Source
	var seeds []uint64
	for range 1 + rng.IntN(6) {
		seed := rng.Uint64N(crashPictures)
		src := Source{Path: crashPicture(dir, seed)}
		if rng.IntN(2) == 0 {
			data, err := os.ReadFile(src.Path)
			if err != nil {
				fmt.Println("failed", err)
			}
			src = Source{Upload: true, Name: "upload.png", Data: data}
		}
		seeds, sources = append(seeds, seed), append(sources, src)
	}
	for i, r := range e.AddBatch(context.Background(), sources) {
		if r.Err != nil {
			fmt.Println("failed", r.Err)
			continue
		}
		fmt.Println("added", r.ID, seeds[i])
	}
}

func childDelete(e *Engine, rng *rand.Rand) {
	images, _, err := e.List(0, crashPictures)
	if err != nil || len(images) == 0 {
		return
	}
	id := images[rng.IntN(len(images))].ID
	fmt.Println("deleting", id)
	if _, err := e.Delete(context.Background(), id); err != nil {
		fmt.Println("failed", err)
		return
	}
	fmt.Println("deleted", id)
}

// ledger is what the child's lines promise.
type ledger struct {
	there map[uint64]uint64 // id -> picture
	maybe map[uint64]bool   // being deleted when the child died
	gone  map[uint64]bool
}

// read takes the child's lines in, the last of which may be cut off.
func (l *ledger) read(t *testing.T, out []byte) {
	t.Helper()
	lines := bytes.Split(out, []byte("\n"))
	for _, line := range lines[:len(lines)-1] {
		var word string
		var id, picture uint64
		fmt.Sscan(string(line), &word, &id, &picture)
		switch word {
		case "added":
			l.there[id] = picture
		case "deleting":
			l.maybe[id] = true
		case "deleted":
			l.gone[id] = true
			delete(l.there, id)
			delete(l.maybe, id)
		case "failed":
			t.Errorf("child: %s", line)
		}
	}
}

// TestCrash kills a child that adds and deletes at a random moment, opens what it left, and looks for everything that
// was acknowledged, round after round in the same data folder.
func TestCrash(t *testing.T) {
	rounds := 50
	if os.Getenv("LOOKALIKE_SOAK") != "" {
		rounds = 1000
	}
	dir := t.TempDir()
	for i := range uint64(crashPictures) {
		write(t, dir, filepath.Base(crashPicture(dir, i)), madePNG(i))
	}
	seed := rand.Uint64()
	t.Logf("seed %d", seed)
	rng := rand.New(rand.NewPCG(seed, 0))
	l := &ledger{there: map[uint64]uint64{}, maybe: map[uint64]bool{}, gone: map[uint64]bool{}}
	for round := range rounds {
		l.read(t, killChild(t, dir, seed+uint64(round), rng.IntN(25), time.Duration(rng.IntN(10_000))*time.Microsecond))
		l.verify(t, filepath.Join(dir, "data"))
		if t.Failed() {
			t.Fatalf("after round %d", round)
		}
	}
	t.Logf("%d rounds: %d images deleted, %d there, all as acknowledged", rounds, len(l.gone), len(l.there))
}

// killChild runs a child until it has written some lines and then a little longer, and gives what it has written.
func killChild(t *testing.T, dir string, seed uint64, lines int, longer time.Duration) (out []byte) {
	t.Helper()
	cmd := exec.Command(os.Args[0])
	cmd.Env = append(os.Environ(), childDir+"="+dir, fmt.Sprintf("%s=%d", childSeed, seed))
	var log bytes.Buffer
	cmd.Stderr = &log
	stdout, err := cmd.StdoutPipe()
	if err == nil {
		err = cmd.Start()
	}
	if err != nil {
		t.Fatal(err)
	}
	r := bufio.NewReader(stdout)
	for range 1 + lines { // the first is "ready"
		line, err := r.ReadBytes('\n')
		if err != nil {
			t.Fatalf("child ended by itself: %v\n%s%s", err, out, log.Bytes())
		}
		out = append(out, line...)
	}
	time.AfterFunc(longer, func() { _ = cmd.Process.Kill() })
	rest, err := io.ReadAll(r)
	if err != nil {
		t.Fatal(err)
	}
	_ = cmd.Wait() // killed
	quiet(t, log.Bytes())
	return append(out, rest...)
}

// quiet fails the test when a log has more than information in it.
func quiet(t *testing.T, log []byte) {
	t.Helper()
	for line := range bytes.Lines(log) {
		if bytes.Contains(line, []byte("level=ERROR")) || bytes.Contains(line, []byte("level=WARN")) { // a rebuild warns
			t.Errorf("log: %s", line)
		}
	}
}

// verify opens the data folder and compares it with the ledger.
func (l *ledger) verify(t *testing.T, dir string) {
	t.Helper()
	var log bytes.Buffer
	e, err := Open(t.Context(), Config{Dir: dir, Encoder: starter(), Log: slog.New(slog.NewTextHandler(&log, nil))})
	if err != nil {
		t.Fatal(err)
	}
	defer e.Close()
	quiet(t, log.Bytes())
	sound(t, e)
	for id := range l.maybe {
		if _, err := e.Get(id); errors.Is(err, ErrNotFound) {
			delete(l.there, id)
			l.gone[id] = true
		}
	}
	clear(l.maybe)
	for id := range l.gone {
		if _, err := e.Get(id); !errors.Is(err, ErrNotFound) {
			t.Errorf("image %d was deleted and is there: %v", id, err)
		}
	}
	for id, picture := range l.there {
		l.find(t, e, id, picture)
	}
}

// find looks for an acknowledged image: its record, its vector, and that a search for its picture finds it.
func (l *ledger) find(t *testing.T, e *Engine, id, picture uint64) {
	t.Helper()
	want := madeVector(t, picture)
	if got, err := e.records.Vector(id); err != nil || cosine(got, want) < 0.99999 {
		t.Errorf("image %d: vector %v, cosine %v with its picture's", id, err, cosine(got, want))
	}
	if _, err := e.Get(id); err != nil {
		t.Error(err)
	}
	matches, err := e.SearchVector(t.Context(), want, Query{K: 1})
	if err != nil || len(matches) != 1 || matches[0].Image.ID != id {
		t.Errorf("image %d: search for its picture gave %+v, %v", id, matches, err)
	}
}

var madeVectors = map[uint64][]float32{}

func madeVector(t *testing.T, picture uint64) []float32 {
	t.Helper()
	if v, ok := madeVectors[picture]; ok {
		return v
	}
	img, _, err := imageio.Decode("made", madePNG(picture), imageio.Limits{})
	if err != nil {
		t.Fatal(err)
	}
	v, err := starter().Embed(t.Context(), img)
	if err != nil {
		t.Fatal(err)
	}
	madeVectors[picture] = v[0]
	return v[0]
}

func cosine(a, b []float32) (sum float64) {
	for i := range min(len(a), len(b)) {
		sum += float64(a[i]) * float64(b[i])
	}
	return sum
}
