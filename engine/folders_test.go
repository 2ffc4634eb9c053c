package engine

import (
	"math/rand/v2"
	"slices"
	"strings"
	"testing"

	gocmp "github.com/google/go-cmp/cmp"

	"lookalike/store"
)

// TestListFolders compares with what filters find, while images and files come and go.
func TestListFolders(t *testing.T) {
	e := openAt(t, t.TempDir(), unhurried)
	rng := rand.New(rand.NewPCG(3, 3))
	if got, err := e.ListFolders(); err != nil || len(got) != 0 {
		t.Fatalf("of an empty library: %v, %v", got, err)
	}
	var ids []uint64
	for i := range 60 {
		folder := append(folders, "/photos/long/way/down")[rng.IntN(5)]
		added, err := e.store([]store.Entry{variedEntry(t, e, rng, folder+"/"+string(rune('a'+i))+".png")})
		if err != nil {
			t.Fatal(err)
		}
		ids = append(ids, added[0].ID)
		if i%4 == 0 {
			file := variedFile(rng, folders[rng.IntN(4)]+"/more"+string(rune('a'+i)), [32]byte{1: byte(i)})
			if err := e.attach(&intake{file: file}, ids[rng.IntN(len(ids))]); err != nil {
				t.Fatal(err)
			}
		}
	}
	checkFolders(t, e, "/ /other /photos /photos/a /photos/a/deep /photos/ab /photos/long/way/down")
	gone, _, _, err := e.ListIn(Filter{Folder: "/other"}, 0, 100)
	if err != nil {
		t.Fatal(err)
	}
	for _, m := range gone {
		if _, err := e.Delete(t.Context(), m.ID); err != nil {
			t.Fatal(err)
		}
	}
	checkFolders(t, e, "/photos /photos/a /photos/a/deep /photos/ab /photos/long/way/down")
}

// checkFolders wants these folders, each with as many images as a filter finds, the most first.
func checkFolders(t *testing.T, e *Engine, want string) {
	t.Helper()
	all, err := e.ListFolders()
	if err != nil {
		t.Fatal(err)
	}
	var names []string
	for i, f := range all {
		names = append(names, f.Folder)
		_, _, total, err := e.ListIn(Filter{Folder: f.Folder}, 0, 1)
		if err != nil || total != f.Images || total == 0 {
			t.Errorf("%s has %d images, a filter finds %d: %v", f.Folder, f.Images, total, err)
		}
		if i > 0 && f.Images > all[i-1].Images {
			t.Errorf("%v before %v", all[i-1], f)
		}
	}
	slices.Sort(names)
	if diff := gocmp.Diff(strings.Fields(want), names); diff != "" {
		t.Errorf("folders (-want +got):\n%s", diff)
	}
}
