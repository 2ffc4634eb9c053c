package main

import (
	"encoding/csv"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"lookalike/api"
	"lookalike/internal/pictures"
	"lookalike/internal/testutil"
)

// found is the JSON of search and similar.
type found struct{ Results []foundResult }

// TestLibrary walks through the life of a library, one command after another.
func TestLibrary(t *testing.T) {
	data := filepath.Join(t.TempDir(), "data")
	dir, made := gallery(t, 12)
	copies := 0
	for _, m := range made {
		if m.Edit == pictures.ExactCopy {
			copies++
		}
	}

	sum := into[addSummary](t, lookalike(t, data, "add", dir, "--json").want(t, 0))
	if sum.Added != len(made)-copies || sum.Already != copies || sum.Failed != 0 {
		t.Fatalf("added %+v of %d files with %d copies", sum, len(made), copies)
	}
	sum = into[addSummary](t, lookalike(t, data, "add", dir, "--json").want(t, 0))
	if sum.Added != 0 || sum.Already != len(made) {
		t.Errorf("adding again: %+v", sum)
	}

	list := into[api.ImageList](t, lookalike(t, data, "list", "--json").want(t, 0))
	if len(list.Images) != len(made)-copies || list.Total != len(list.Images) {
		t.Errorf("list has %d of %d images", len(list.Images), list.Total)
	}
	lookalike(t, data, "list", "--limit", "2").want(t, 0, "ID", "PIXELS", fmt.Sprintf("2 of %d", list.Total))

	checkSearch(t, data, made)
	checkDedup(t, data, copies)

	lookalike(t, data, "stats").want(t, 0, "starter", "M 16, efConstruction 200", "for meaning, install DINO")
	lookalike(t, data, "stats", "--recall").want(t, 0, "RECALL@10", "chosen", "reaches 0.99")
	if r := into[api.Recall](t, lookalike(t, data, "stats", "--recall=0.9", "--json").want(t, 0)); r.Want != 0.9 || !r.Reached || r.Sample == 0 {
		t.Errorf("recall %+v", r)
	}
	lookalike(t, data, "check").want(t, 0, "0 problems, 0 missing files")
	checkBackup(t, data, list.Total)
	checkRemove(t, data, dir, list)
}

// checkSearch looks for an edited copy's original by file, ID and path.
func checkSearch(t *testing.T, data string, made []pictures.Made) {
	t.Helper()
	at := slices.IndexFunc(made, func(m pictures.Made) bool { return m.Edit != "" && m.Edit != pictures.ExactCopy })
	edited := made[at]
	o := lookalike(t, data, "search", edited.Path, "-k", "2", "--recall", "0.99", "--json").want(t, 0, "starter model: finds edited copies; for meaning, install DINO")
	results := into[found](t, o).Results
	if len(results) != 2 || results[0].Path != edited.Path || !(results[0].Score > 0.999) {
		t.Fatalf("search found %+v", results)
	}
	byID := lookalike(t, data, "similar", results[0].ID, "--json").want(t, 0)
	byPath := lookalike(t, data, "similar", edited.Path, "--json").want(t, 0)
	if byID.stdout != byPath.stdout || into[found](t, byID).Results[0].ID == results[0].ID {
		t.Errorf("similar by ID and by path differ, or found itself:\n%s%s", byID.stdout, byPath.stdout)
	}
	lookalike(t, data, "similar", "999999").want(t, 1, "999999")
	lookalike(t, data, "similar", "nowhere.jpg").want(t, 1, "neither an ID nor the path")
	lookalike(t, data, "search", "nowhere.jpg").want(t, 1, "nowhere.jpg", "no such file")
}

func checkDedup(t *testing.T, data string, copies int) {
	t.Helper()
	dups := into[api.Duplicates](t, lookalike(t, data, "dedup", "--json").want(t, 0))
	files := 0
	for _, e := range dups.Exact {
		files += len(e.Image.Files) - 1
	}
	if files != copies || len(dups.Groups) == 0 {
		t.Errorf("%d exact copies of %d, %d groups", files, copies, len(dups.Groups))
	}
	rows, err := csv.NewReader(strings.NewReader(lookalike(t, data, "dedup", "--csv").want(t, 0).stdout)).ReadAll()
	if err != nil || !slices.Equal(rows[0], duplicateHeader) || len(rows) < 3 {
		t.Errorf("csv: %v, %d rows", err, len(rows))
	}
	lookalike(t, data, "dedup", "--csv", "--json").want(t, 2, "exclude each other")
	lookalike(t, data, "dedup").want(t, 0, "GROUP", "medoid")
}

func checkBackup(t *testing.T, data string, images int) {
	t.Helper()
	tar, restored := filepath.Join(t.TempDir(), "backup.tar"), filepath.Join(t.TempDir(), "restored")
	lookalike(t, data, "backup", tar).want(t, 0, "written")
	lookalike(t, restored, "restore", tar).want(t, 0, "restored into")
	list := into[api.ImageList](t, lookalike(t, restored, "list", "--json").want(t, 0))
	if list.Total != images {
		t.Errorf("restored %d images of %d", list.Total, images)
	}
	lookalike(t, restored, "check").want(t, 0, "0 problems")
	lookalike(t, restored, "restore", tar).want(t, 3, "restore")
	piped := command(t, filepath.Join(t.TempDir(), "piped"), "restore", "-")
	piped.Stdin = strings.NewReader(lookalike(t, data, "backup", "-").want(t, 0).stdout)
	finish(t, piped).want(t, 0, "restored into")
}

func checkRemove(t *testing.T, data, dir string, list api.ImageList) {
	t.Helper()
	first, second := list.Images[0], list.Images[1]
	lookalike(t, data, "rm", first.ID, second.Path).want(t, 0, "2 removed, 0 failed")
	lookalike(t, data, "rm", first.ID, "--json").want(t, 1, `"removed": []`, first.ID)
	if _, err := os.Stat(first.Path); err != nil {
		t.Error("rm touched the file:", err)
	}
	after := into[api.ImageList](t, lookalike(t, data, "list", "--json").want(t, 0))
	if after.Total != list.Total-2 {
		t.Errorf("%d images after removing 2 of %d", after.Total, list.Total)
	}
	lookalike(t, data, "rm", dir).want(t, 1, "add --recursive", fmt.Sprintf("%d pictures", after.Total))
	lookalike(t, data, "rm", "-r", filepath.Join(dir, "nowhere")).want(t, 1, "or of a folder with some")
	done := into[api.Compacted](t, lookalike(t, data, "compact", "--json").want(t, 0))
	if info, err := os.Stat(filepath.Join(data, "lookalike.db")); err != nil || done.BytesAfter <= 0 || done.BytesAfter > done.BytesBefore || info.Size() < done.BytesAfter {
		t.Errorf("compacted: %+v, %v", done, err)
	}
	if after := into[api.ImageList](t, lookalike(t, data, "list", "--json").want(t, 0)); after.Total != list.Total-2 {
		t.Errorf("%d images after compacting", after.Total)
	}
	out := into[removal](t, lookalike(t, data, "rm", "-r", dir, list.Images[2].ID, "0999", "--json").want(t, 1))
	if len(out.Removed) != after.Total || len(out.Failures) != 1 || out.Failures[0].Path != "0999" {
		t.Errorf("%d removed of %d, failures %+v", len(out.Removed), after.Total, out.Failures)
	}
	lookalike(t, data, "check").want(t, 0, "0 problems")
}

// TestAddBadInputs mixes every kind of bad file with good ones.
func TestAddBadInputs(t *testing.T) {
	data := filepath.Join(t.TempDir(), "data")
	dir, made := gallery(t, 4)
	good, err := os.ReadFile(made[0].Path)
	if err != nil {
		t.Fatal(err)
	}
	for i := range 30 {
		write(t, filepath.Join(dir, "bad", fmt.Sprintf("text %d.jpg", i)), "this is no picture")
		write(t, filepath.Join(dir, "bad", fmt.Sprintf("cut %d", i)), string(good[:len(good)*(i+1)/40]))
	}
	write(t, filepath.Join(dir, "bad", "empty.png"), "")
	write(t, filepath.Join(dir, "Thumbs.db"), "litter")
	write(t, filepath.Join(dir, ".git", "config"), "hidden")
	o := lookalike(t, data, "add", dir, filepath.Join(dir, "nowhere"), "--json").want(t, 1)
	sum := into[addSummary](t, o)
	if sum.Failed != 62 || len(sum.Failures) != 62 || sum.Added+sum.Already != len(made) {
		t.Errorf("%d failed, %d added, %d already; want 62 and %d", sum.Failed, sum.Added, sum.Already, len(made))
	}
	for _, f := range sum.Failures {
		if f.Path == "" || f.Error == "" || !strings.Contains(o.stderr, f.Path) && !strings.Contains(f.Path, "nowhere") {
			t.Errorf("failure %+v is not told", f)
		}
	}
	lookalike(t, data, "check").want(t, 0, "0 problems")
}

// TestFormats: one picture in six formats. The four lossless files are one
// image; each of the others is found by it.
func TestFormats(t *testing.T) {
	data, dir := filepath.Join(t.TempDir(), "data"), filepath.Join(testutil.Root(t), "testdata", "formats")
	sum := into[addSummary](t, lookalike(t, data, "add", dir, "--json").want(t, 0))
	if sum.Added != 3 || sum.Already != 3 {
		t.Fatalf("six formats: %+v, want 3 added and 3 already", sum)
	}
	results := into[found](t, lookalike(t, data, "search", filepath.Join(dir, "picture.webp"), "--json").want(t, 0)).Results
	if len(results) != 3 || !(results[0].Score > 0.9999) || !(results[2].Score > 0.95) {
		t.Errorf("search by WebP found %+v", results)
	}
}

func TestEmbed(t *testing.T) {
	_, made := gallery(t, 2)
	bad := filepath.Join(t.TempDir(), "bad.jpg")
	write(t, bad, "nothing")
	o := lookalike(t, "", "embed", made[0].Path, bad, made[0].Path).want(t, 1)
	lines := strings.Split(strings.TrimSpace(o.stdout), "\n")
	if len(lines) != 3 || lines[0] != lines[2] {
		t.Fatalf("%d lines, or equal pictures differ", len(lines))
	}
	e := into[embedding](t, outcome{stdout: lines[0]})
	if e.Path != made[0].Path || e.Model != "starter" || e.Dim != 192 || len(e.Embedding) != 192 || e.Error != "" {
		t.Errorf("line 1: %+v", e)
	}
	if e := into[embedding](t, outcome{stdout: lines[1]}); e.Path != bad || e.Error == "" || e.Embedding != nil {
		t.Errorf("line 2: %+v", e)
	}
	eval := lookalike(t, "", "embed", "--preprocess", "eval", made[0].Path).want(t, 0)
	if eval.stdout == lines[0]+"\n" {
		t.Error("--preprocess eval changes nothing")
	}
}

// TestExitCodes holds the documented codes.
func TestExitCodes(t *testing.T) {
	empty := t.TempDir()
	for _, c := range []struct {
		args string
		code int
		text string
	}{
		{"--help", 0, "Exit codes:"},
		{"add --help", 0, "lookalike add ~/Pictures"},
		{"--version", 0, "version"},
		{"completion bash", 0, "complete"},
		{"nonsense", 2, "unknown command"},
		{"add", 2, "requires at least 1 arg"},
		{"list --nonsense", 2, "unknown flag"},
		{"search a b", 2, "accepts 1 arg"},
		{"add --exclude [ x", 2, "syntax error"},
		{"embed --precision double x", 2, "not one of float32, float16, bfloat16, int8, auto"},
		{"stats --precision double", 2, "not one of float32, float16, bfloat16, int8, auto"},
		{"bench", 0, "encoder"},
		{"bench nonsense", 2, "unknown command"},
		{"bench encoder --help", 0, "lookalike bench encoder --seeded"},
		{"bench encoder x", 2, "unknown command"},
		{"bench encoder --seeded --model starter", 2, "exclude each other"},
		{"bench encoder --precision double", 2, "not one of float32, float16, bfloat16, int8, auto"},
		{"bench encoder --threads 0", 2, "--threads 0: at least 1"},
		{"bench encoder --threads 1000000000", 2, "at most 4096"},
		{"embed --workers 0 x", 2, "--workers 0: 1 to 4096"},
		{"embed --workers 1000000000 x", 2, "1 to 4096"},
		{"bench encoder --batch 0", 2, "--batch 0: at least 1"},
		{"bench encoder --rounds -1", 2, "--rounds -1: at least 1"},
		{"bench encoder --model " + empty, 3, "--model takes a folder"},
		{"serve --listen 0.0.0.0:0", 2, "LOOKALIKE_API_KEY"},
		{"serve --listen nowhere", 2, "HOST:PORT"},
		{"embed --model " + empty + " x", 3, "model"},
		{"stats --model " + empty, 3, "--model takes a folder"},
		{"stats --preprocess odd", 3, "hf, eval"},
		{"restore nowhere.tar", 1, "no such file"},
	} {
		t.Run(c.args, func(t *testing.T) {
			lookalike(t, filepath.Join(empty, "data"), strings.Fields(c.args)...).want(t, c.code, c.text)
		})
	}
}

func TestDemo(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "demo")
	o := lookalike(t, "", "demo", "--once", "--pictures", "12", "--dir", dir)
	o.want(t, 0, "0 failed", "lookalike search", "lookalike dedup", "medoid", "exact-1")
	lookalike(t, "", "demo", "--once", "--pictures", "12", "--dir", dir).want(t, 0, "0 added")
	// What another version's model left there is not in the way.
	lookalike(t, "", "demo", "--once", "--pictures", "12", "--dir", dir, "--model", filepath.Join("..", "..", "encoder", "testdata", "tiny")).want(t, 0, "17 added", "0 failed")
}
