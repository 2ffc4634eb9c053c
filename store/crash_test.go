package store

import (
	"errors"
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"time"
)

// crashBatch is the most entries that the child adds in one transaction: so many images may appear unacknowledged.
const crashBatch = 3

// crashChild adds and deletes until it is killed, and says what was acknowledged, a line each, ended by "." because the
// last may be cut off. Its contents are numbered from the seed up, so that no two rounds have the same.
func crashChild(dir, seed string) {
	round, _ := strconv.Atoi(seed)
	s, err := Open(dir, Options{})
	if err != nil {
		fmt.Println("error", err, ".")
		return
	}
	c := crasher{Store: s, random: rand.New(rand.NewPCG(uint64(round), 1)), content: round * 100_000}
	s.EachImage(func(m Image) error {
		c.ids = append(c.ids, m.ID)
		return nil
	})
	fmt.Println("open .")
	for err == nil {
		switch n := c.random.IntN(10); {
		case n < 6:
			err = c.addSome()
		case n < 9:
			err = c.deleteSome()
		default:
			err = c.saveGraph()
		}
	}
	fmt.Println("error", err, ".")
}

type crasher struct {
	*Store
	random  *rand.Rand
	content int
	ids     []uint64
}

// addSome adds a few images in one transaction, uploads among them, and now and then moves the path of the last one.
func (c *crasher) addSome() error {
	var batch []Entry
	for range 1 + c.random.IntN(crashBatch) {
		if c.random.IntN(4) > 0 {
			c.content++
		}
		f := pathFile(fmt.Sprint("/", c.content), c.content, 0)
		if c.random.IntN(3) == 0 {
			f = uploadFile(fmt.Sprint(c.content), c.content, 0)
			if err := c.PutOriginal(f.SHA256, bytesOf(c.content, 0)); err != nil {
				return err
			}
		}
		batch = append(batch, entryOf(c.content, f))
	}
	added, err := c.Add(batch...)
	for i, a := range added {
		fmt.Println("add", a.ID, batch[i].Image.Width-640, ".")
		if !a.Already {
			c.ids = append(c.ids, a.ID)
		}
	}
	if err == nil && len(added) > 0 {
		err = c.label(added[0].ID)
	}
	return err
}

// label labels an image, which may be there since an earlier child.
func (c *crasher) label(id uint64) error {
	_, err := c.SetLabels(LabelChange{id, crashLabel, Given})
	if err == nil {
		fmt.Println("label", id, ".")
	}
	return err
}

const crashLabel = "of the crash"

// deleteSome deletes a few images in one transaction, about as many as addSome adds.
func (c *crasher) deleteSome() error {
	n := min(1+c.random.IntN(crashBatch+1), len(c.ids))
	c.random.Shuffle(len(c.ids), func(i, j int) { c.ids[i], c.ids[j] = c.ids[j], c.ids[i] })
	ids := c.ids[:n]
	c.ids = c.ids[n:]
	for _, id := range ids {
		fmt.Println("deleting", id, ".")
	}
	deleted, _, err := c.Delete(ids...)
	for _, id := range deleted {
		fmt.Println("deleted", id, ".")
	}
	return err
}

func (c *crasher) saveGraph() error {
	st, err := c.Stats()
	if err != nil {
		return err
	}
	mark := strconv.FormatUint(st.Seq, 10)
	no := uint32(c.random.IntN(4))
	err = c.SaveGraph(Graph{Header: []byte(mark), Chunks: []Chunk{{no, []byte(mark)}}, Watermark: st.Seq})
	if err == nil {
		fmt.Println("graph", mark, ".")
	}
	return err
}

// acknowledged is what children have said.
type acknowledged struct {
	alive     map[uint64]int // content by number
	deleting  map[uint64]bool
	deleted   map[uint64]bool
	labelled  map[uint64]bool
	watermark uint64
}

// read takes one line. Half a line acknowledges nothing.
func (a *acknowledged) read(t *testing.T, line string) {
	words := strings.Fields(line)
	if len(words) == 0 || words[len(words)-1] != "." {
		return
	}
	number := func(i int) uint64 {
		n, err := strconv.ParseUint(words[i], 10, 64)
		if err != nil {
			t.Fatalf("child says %q", line)
		}
		return n
	}
	switch words[0] {
	case "open":
	case "add":
		a.alive[number(1)] = int(number(2))
	case "label":
		a.labelled[number(1)] = true
	case "deleting":
		a.deleting[number(1)] = true
	case "deleted":
		a.deleted[number(1)] = true
	case "graph":
		a.watermark = number(1)
	default:
		t.Fatalf("child says %q", line)
	}
}

// TestCrash kills a child at random moments of adding, deleting and saving the graph, or while it opens the folder, and
// then looks for all that it has acknowledged. LOOKALIKE_SOAK makes it a thousand rounds.
func TestCrash(t *testing.T) {
	rounds := 50
	if os.Getenv("LOOKALIKE_SOAK") != "" {
		rounds = 1000
	}
	seed := uint64(time.Now().UnixNano())
	t.Logf("seed %d", seed)
	random := rand.New(rand.NewPCG(seed, 1))
	dir := filepath.Join(t.TempDir(), "data")
	known := acknowledged{map[uint64]int{}, map[uint64]bool{}, map[uint64]bool{}, map[uint64]bool{}, 0}
	acks := 0
	for round := 1; round <= rounds; round++ {
		cmd, out := child(t, "crash", dir, strconv.Itoa(round))
		if round%5 != 0 { // else it may die while it opens
			out.Scan()
			known.read(t, out.Text())
		}
		time.AfterFunc(time.Duration(random.IntN(60_000))*time.Microsecond, func() { cmd.Process.Kill() })
		for out.Scan() {
			known.read(t, out.Text())
			acks++
		}
		cmd.Wait()
		verifyAcknowledged(t, dir, &known)
	}
	t.Logf("%d lines acknowledged in %d rounds, %d images at the end", acks, rounds, len(known.alive))
	if acks < rounds {
		t.Error("the children hardly came to anything: the test shows little")
	}
}

// verifyAcknowledged opens the folder that a killed child left. Afterwards known is what is there.
func verifyAcknowledged(t *testing.T, dir string, known *acknowledged) {
	t.Helper()
	s, err := Open(dir, Options{})
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	if err := s.Check(); err != nil {
		t.Fatal(err)
	}
	for id, content := range known.alive {
		switch m, err := s.Image(id); {
		case known.deleting[id] && errors.Is(err, ErrNotFound):
		case known.deleted[id]:
			t.Fatalf("image %d, deleted, is back: %+v, %v", id, m, err)
		case err != nil:
			t.Fatalf("acknowledged image %d: %v", id, err)
		default:
			same(t, "pixels", m.PixelHash, digest("pixels", content))
			if known.labelled[id] && len(m.Labels) == 0 {
				t.Fatalf("the acknowledged label of image %d is gone", id)
			}
		}
	}
	unknown := 0
	there := map[uint64]int{}
	err = s.EachImage(func(m Image) error {
		there[m.ID] = m.Width - 640
		if _, ok := known.alive[m.ID]; !ok {
			unknown++
		}
		x, err := s.Vector(m.ID)
		same(t, "vector", x, vectorOf(m.Width-640))
		return err
	})
	if err != nil || unknown > crashBatch {
		t.Fatalf("%d images that nobody acknowledged, %v", unknown, err)
	}
	if _, watermark, err := s.LoadGraph(); err != nil || watermark < known.watermark {
		t.Fatalf("watermark is %d, %v, acknowledged was %d", watermark, err, known.watermark)
	}
	*known = acknowledged{there, map[uint64]bool{}, map[uint64]bool{}, known.labelled, known.watermark}
}
