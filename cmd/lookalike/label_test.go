package main

import (
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/disintegration/imaging"

	"lookalike/api"
	"lookalike/internal/imageio"
	"lookalike/internal/pictures"
)

// families writes three pictures, in five editions each, into a folder of their
// name, and one beside the folders.
func families(t *testing.T) (dir string) {
	t.Helper()
	dir = filepath.Join(t.TempDir(), "sorted")
	for seed, name := range []string{"ash", "birch", "cedar"} {
		if err := os.MkdirAll(filepath.Join(dir, "trees", name), 0o755); err != nil {
			t.Fatal(err)
		}
		picture := pictures.Make(uint64(seed), 96, 72)
		for i := range 5 {
			file := filepath.Join(dir, "trees", name, fmt.Sprintf("%d.png", i))
			if err := imaging.Save(imaging.AdjustBrightness(picture, float64(4*i)), file); err != nil {
				t.Fatal(err)
			}
		}
	}
	if err := imaging.Save(pictures.Make(9, 96, 72), filepath.Join(dir, "loose.png")); err != nil {
		t.Fatal(err)
	}
	return dir
}

// TestLabelAndClassify labels, classifies, trains and evaluates as a user does.
func TestLabelAndClassify(t *testing.T) {
	data, dir := filepath.Join(t.TempDir(), "data"), families(t)
	lookalike(t, data, "add", dir).want(t, 0)
	lookalike(t, data, "label", "list").want(t, 0, "no labels yet")
	lookalike(t, data, "classify", "train").want(t, 1, "too few labelled images")
	lookalike(t, data, "classify", "--unlabelled").want(t, 0, "nothing to suggest")
	lookalike(t, data, "label", "--from-folders", filepath.Join(dir, "nowhere")).want(t, 1, "no picture of the library lies in a folder below")

	sum := into[labelling](t, lookalike(t, data, "label", "--from-folders", dir, "--json").want(t, 0))
	if sum.Changed != 15 {
		t.Errorf("%d labels from folders, want 15", sum.Changed)
	}
	lookalike(t, data, "label", "--from-folders", dir).want(t, 0, "0 labels changed")
	list := into[api.LabelList](t, lookalike(t, data, "label", "list", "--json").want(t, 0))
	want := []api.LabelCount{{Label: "ash", Images: 5}, {Label: "birch", Images: 5}, {Label: "cedar", Images: 5}}
	if !slices.Equal(list.Labels, want) {
		t.Errorf("labels %+v, want %+v", list.Labels, want)
	}
	checkLabelChanges(t, data, dir)
	checkClassify(t, data, dir)
}

// checkLabelChanges puts a label on, lists it, and takes it off.
func checkLabelChanges(t *testing.T, data, dir string) {
	t.Helper()
	loose := filepath.Join(dir, "loose.png")
	o := lookalike(t, data, "label", loose, "nowhere.png", "99999", " odd ", "--json").want(t, 1, "nowhere.png", "99999")
	if sum := into[labelling](t, o); sum.Changed != 1 || len(sum.Failures) != 2 {
		t.Errorf("%+v", sum)
	}
	lookalike(t, data, "label", "add", loose, "second").want(t, 0, "1 labels changed, 0 failed")
	page := into[api.ImageList](t, lookalike(t, data, "list", "--label", "odd", "--json").want(t, 0))
	if len(page.Images) != 1 || !slices.Equal(page.Images[0].Labels, []string{"odd", "second"}) {
		t.Errorf("labelled odd: %+v", page.Images)
	}
	lookalike(t, data, "label", "list", loose).want(t, 0, "odd", "second", "given", page.Images[0].ID)
	lookalike(t, data, "label", "remove", loose, "odd").want(t, 0, "1 labels changed")
	lookalike(t, data, "label", "remove", page.Images[0].ID, "second").want(t, 0, "1 labels changed")
	lookalike(t, data, "label", loose, "a\nb").want(t, 1, "control characters")
	lookalike(t, data, "label", loose).want(t, 2, "requires at least 2 arg")
	lookalike(t, data, "label", "--from-folders", dir, "x").want(t, 2, "unknown command")
}

// checkClassify asks in every way about pictures whose label is known.
func checkClassify(t *testing.T, data, dir string) {
	t.Helper()
	edited := filepath.Join(t.TempDir(), "new.jpg")
	original, err := os.ReadFile(filepath.Join(dir, "trees", "birch", "2.png"))
	if err != nil {
		t.Fatal(err)
	}
	img, _, err := imageio.Decode("2.png", original, imageio.Limits{})
	if err != nil {
		t.Fatal(err)
	}
	if err := imaging.Save(imaging.AdjustContrast(img, 10), edited); err != nil {
		t.Fatal(err)
	}
	trained := into[api.Probe](t, lookalike(t, data, "classify", "train", "--json").want(t, 0, "starter model"))
	if trained.Images != 15 || trained.Validation.Examples != 3 || len(trained.Tries) != 5 {
		t.Errorf("%+v", trained)
	}
	for _, method := range []string{"knn", "probe"} {
		o := lookalike(t, data, "classify", edited, "nowhere.jpg", "--method", method, "--k", "4", "--json").want(t, 1, "nowhere.jpg")
		got := into[classifications](t, o)
		if len(got.Images) != 1 || got.Images[0].Suggestions[0].Label != "birch" || len(got.Failures) != 1 || got.Method != method {
			t.Errorf("%s: %+v", method, got)
		}
		lookalike(t, data, "classify", edited, "--method", method).want(t, 0, "SUGGESTED", "birch")
		lookalike(t, data, "classify", "--unlabelled", "--method", method).want(t, 0, "loose.png")
	}
	one := into[classifications](t, lookalike(t, data, "classify", "1", "--json").want(t, 0))
	if len(one.Images) != 1 || one.Images[0].ID != "1" || one.Images[0].Path == "1" {
		t.Errorf("by ID: %+v", one)
	}
	lookalike(t, data, "classify", "train").want(t, 0, "chosen", "CONFUSION", "trained on 15 pictures, 3 labels")
	o := lookalike(t, data, "classify", "evaluate").want(t, 0, "k-NN, k 20, temperature 0.07, leave-one-out", "linear probe, lambda", "always the most frequent label 0.333", "cedar")
	if strings.Count(o.stdout, "leave-one-out") != 2 {
		t.Errorf("not both by leave-one-out:\n%s", o.stdout)
	}
	for _, args := range []string{"--method tea", "--k 0", "--temperature 0"} {
		lookalike(t, data, append([]string{"classify", "evaluate"}, strings.Fields(args)...)...).want(t, 2)
	}
	lookalike(t, data, "classify").want(t, 2, "requires at least 1 arg")
	lookalike(t, data, "classify", "--unlabelled", "x").want(t, 2, "unknown command")
}

// TestPrintJudgement: with few labels there is a matrix, with many a list of mistakes.
func TestPrintJudgement(t *testing.T) {
	var out strings.Builder
	a := &app{stdout: &out}
	j := api.Judgement{Examples: 3, Right: 2, Accuracy: 2.0 / 3, Balanced: 0.75, Majority: 2.0 / 3,
		Labels:    []api.LabelReport{{Label: "a", Examples: 2, Right: 1, Predicted: 1}, {Label: "b", Examples: 1, Right: 1, Predicted: 2}, {Label: "c"}},
		Confusion: []api.Confusion{{Label: "a", Predicted: "a", Count: 1}, {Label: "a", Predicted: "b", Count: 1}, {Label: "b", Predicted: "b", Count: 1}}}
	if err := a.printJudgement(j); err != nil {
		t.Fatal(err)
	}
	want := `accuracy 0.667 (2 of 3), mean over labels 0.750, always the most frequent label 0.667

LABEL  PICTURES  RIGHT  PREDICTED  ACCURACY
a      2         1      1          0.500
b      1         1      2          1.000
c      0         0      0          -

CONFUSION  1  2  3
1 a        1  1  0
2 b        0  1  0
3 c        0  0  0
`
	if out.String() != want {
		t.Errorf("printed\n%swant\n%s", out.String(), want)
	}
	for i := range matrixLabels {
		j.Labels = append(j.Labels, api.LabelReport{Label: fmt.Sprint("more ", i)})
	}
	out.Reset()
	if err := a.printJudgement(j); err != nil || !strings.HasSuffix(out.String(), "\n\nMISTAKES  LABEL  PREDICTED\n1         a      b\n") {
		t.Errorf("%v, printed\n%s", err, out.String())
	}
}

func TestFoldersOf(t *testing.T) {
	img := api.Image{Files: []api.File{
		{Path: "/photos/cats/1.jpg"}, {Path: "/photos/animals/cats/1.jpg"}, {Path: "/photos/animals/dogs/1.jpg"},
		{Path: "/photos/loose.jpg"}, {Path: "/elsewhere/x/1.jpg"}, {Path: "/photos2/y/1.jpg"}, {Path: "cats/z.jpg", Uploaded: true},
		{Path: "/photos/..odd/1.jpg"},
	}}
	if got := foldersOf(img, "/photos"); !slices.Equal(got, []string{"cats", "dogs", "..odd"}) {
		t.Errorf("folders %q", got)
	}
}
