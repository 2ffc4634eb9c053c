package store

import (
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"time"
)

// reembedChild re-embeds again and again, from model to model, adding and deleting meanwhile, until it is killed. It says
// which swaps were acknowledged.
func reembedChild(dir, seed string) {
	round, _ := strconv.Atoi(seed)
	random := rand.New(rand.NewPCG(uint64(round), 2))
	s, err := Open(dir, Options{})
	fmt.Println("open .")
	for content := 10_000 * round; err == nil; content++ {
		err = reembedStep(s, random, content)
	}
	fmt.Println("error", err, ".")
}

// reembedStep does one of the things that happen side by side.
func reembedStep(s *Store, random *rand.Rand, content int) error {
	name, _, err := s.Model()
	if err != nil {
		return err
	}
	model := 0
	fmt.Sscanf(name, "model-%d", &model)
	switch random.IntN(6) {
	case 0:
		return second(s.Add(newEntry(content, model)))
	case 1:
		list, err := s.List(0, 20)
		if err == nil && len(list) > 10 {
			_, _, err = s.Delete(list[random.IntN(len(list))].ID)
		}
		return err
	case 2:
		return second(s.DropOld(3))
	}
	return reembedOn(s, model+1)
}

// reembedOn takes the next step of a re-embedding.
func reembedOn(s *Store, model int) error {
	if err := s.BeginReembedding(Spec{Name: "next"}, modelNo(model), dimOf(model), nil); err != nil {
		return err
	}
	list, next, err := s.Pending(0, 3)
	if err != nil {
		return err
	}
	if len(list) == 0 && next == 0 {
		return swapTo(s, model)
	}
	var items []Staged
	for _, m := range list {
		items = append(items, stagedBy(m.ID, contentOf(m), model))
	}
	return s.Stage(items...)
}

// swapTo stages a graph in pieces and swaps.
func swapTo(s *Store, model int) error {
	for more := true; more; {
		var err error
		if more, err = s.DropStagedGraph(2); err != nil {
			return err
		}
	}
	for no := range uint32(4) {
		if err := s.StageGraph([]Chunk{{no, []byte("graph")}}); err != nil {
			return err
		}
	}
	st, err := s.Stats()
	if err != nil {
		return err
	}
	if err := s.Swap(Graph{Header: []byte(modelNo(model)), Watermark: st.Seq}); err != nil {
		return err
	}
	fmt.Println("swapped", model, ".")
	return nil
}

// TestCrashReembedding kills a child at random moments of re-embedding. What it leaves checks, and is wholly under one
// model: the last that was acknowledged, or the one after it.
func TestCrashReembedding(t *testing.T) {
	rounds := 25
	if os.Getenv("LOOKALIKE_SOAK") != "" {
		rounds = 500
	}
	seed := uint64(time.Now().UnixNano())
	t.Logf("seed %d", seed)
	random := rand.New(rand.NewPCG(seed, 3))
	dir := filepath.Join(t.TempDir(), "data")
	s := openStore(t, dir)
	for content := range 12 {
		add(t, s, newEntry(content, 0))
	}
	s.Close()
	acknowledged, jobs := 0, 0
	for round := 1; round <= rounds; round++ {
		cmd, out := child(t, "reembed", dir, strconv.Itoa(round))
		out.Scan()
		time.AfterFunc(time.Duration(random.IntN(50_000))*time.Microsecond, func() { cmd.Process.Kill() })
		for out.Scan() {
			switch words := strings.Fields(out.Text()); {
			case words[0] == "error":
				t.Fatal(out.Text())
			case words[len(words)-1] == ".":
				fmt.Sscan(words[1], &acknowledged)
			}
		}
		cmd.Wait()
		model, job := verifyReembedding(t, dir)
		if model != acknowledged && model != acknowledged+1 {
			t.Fatalf("model %d, acknowledged was %d", model, acknowledged)
		}
		acknowledged = model
		if job {
			jobs++
		}
	}
	t.Logf("%d swaps in %d rounds, %d kills in the midst of one", acknowledged, rounds, jobs)
	if acknowledged == 0 {
		t.Error("the children came to no swap: the test shows little")
	}
}

// verifyReembedding opens the folder that a killed child left, and compares it with the model that it is under.
func verifyReembedding(t *testing.T, dir string) (model int, job bool) {
	t.Helper()
	s, err := Open(dir, Options{})
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	if err := s.Check(); err != nil {
		t.Fatal(err)
	}
	name, _, err := s.Model()
	fmt.Sscanf(name, "model-%d", &model)
	wantSwapped(t, s, model)
	if header, _, _ := s.LoadGraph(); model > 0 && string(header) != name {
		t.Errorf("graph of %q under %q", header, name)
	}
	r, job, jobErr := s.Reembedding()
	if err != nil || jobErr != nil || job && r.Fingerprint != modelNo(model+1) {
		t.Fatalf("%v, %v, the job is %+v", err, jobErr, r)
	}
	return model, job
}
