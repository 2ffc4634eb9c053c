package engine

import (
	"math/rand/v2"
	"os"
	"path/filepath"
	"syscall"
	"testing"
	"time"

	"lookalike/store"
)

// childStage is the environment variable that tells a child where in a checkpoint it kills itself.
const childStage = "LOOKALIKE_ENGINE_CHILD_STAGE"

// killingJournal ends the process at a stage of one of the next checkpoints.
type killingJournal struct {
	journal
	stage string
	left  int // checkpoints before that one
}

func (j *killingJournal) SaveGraph(g store.Graph) error {
	now := j.left == 0
	j.left--
	switch {
	case now && j.stage == "taken": // the changes are taken from the index, and nothing is written
		kill()
	case now && j.stage == "writing":
		time.AfterFunc(time.Duration(rand.IntN(3000))*time.Microsecond, kill)
	}
	err := j.journal.SaveGraph(g)
	if now && j.stage == "written" { // on disk, and the engine does not know it
		kill()
	}
	return err
}

func kill() {
	_ = syscall.Kill(os.Getpid(), syscall.SIGKILL)
	select {}
}

// killAtStage has the engine's checkpoints go through a killingJournal, if the environment says so.
func killAtStage(e *Engine, rng *rand.Rand) {
	stage := os.Getenv(childStage)
	if stage == "" {
		return
	}
	e.saving.Lock()
	defer e.saving.Unlock()
	e.writes.Lock()
	defer e.writes.Unlock()
	e.journal = &killingJournal{journal: e.journal, stage: stage, left: rng.IntN(4)}
}

// TestCrashInCheckpoint kills a child at each stage of a checkpoint: what it left opens with the graph of the last
// checkpoint or of this one, never rebuilt, and holds what was acknowledged.
func TestCrashInCheckpoint(t *testing.T) {
	rounds := 4
	if os.Getenv("LOOKALIKE_SOAK") != "" {
		rounds = 100
	}
	dir := t.TempDir()
	for i := range uint64(crashPictures) {
		write(t, dir, filepath.Base(crashPicture(dir, i)), madePNG(i))
	}
	l := &ledger{there: map[uint64]uint64{}, maybe: map[uint64]bool{}, gone: map[uint64]bool{}}
	for round := range rounds {
		for i, stage := range []string{"taken", "writing", "written"} {
			t.Setenv(childStage, stage)
			l.read(t, killChild(t, dir, uint64(3*round+i), 0, time.Minute))
			l.verify(t, filepath.Join(dir, "data"))
			if t.Failed() {
				t.Fatalf("killed when the graph was %s, round %d", stage, round)
			}
		}
	}
	t.Logf("%d kills: %d images deleted, %d there, all as acknowledged", 3*rounds, len(l.gone), len(l.there))
}
