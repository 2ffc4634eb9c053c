package pictures

import (
	"fmt"
	"image"
	"math/rand/v2"
	"os"
	"path/filepath"
	"runtime"
	"strings"

	"golang.org/x/sync/errgroup"
)

// Made is one file of a gallery: Original is "" for an original, and the path
// it was made from for an edited copy. Edit names the edit; "copy" is an exact
// copy, byte for byte.
type Made struct{ Path, Original, Edit string }

// ExactCopy is the Edit of a byte-exact copy.
const ExactCopy = "copy"

// albums are the folders of the gallery.
var albums = []string{"2021 Harz", "2022 Garden", "2023 Lisbon", "2024 Winter", "2025 Summer", "Phone"}

// work is one original and everything made from it; it is done in one go so
// that the picture is painted once.
type work struct {
	seed          uint64
	width, height int
	path          string // relative to the gallery's folder
	edits         []derived
	copies        []string
}

// derived is an edited copy to be made.
type derived struct {
	edit Edit
	path string
}

// WriteGallery writes n originals under dir, as people keep them: in albums, of
// many sizes and formats. About a third also get an edited copy or two, and a
// few a byte-exact copy, beside it or in a backup. It returns every file, each original
// followed by its copies. Equal arguments write equal files.
func WriteGallery(dir string, n int, seed uint64) ([]Made, error) {
	jobs := plan(n, seed)
	results := make([][]Made, len(jobs))
	var group errgroup.Group
	group.SetLimit(runtime.GOMAXPROCS(0))
	for i, job := range jobs {
		group.Go(func() (err error) {
			results[i], err = job.write(dir)
			return err
		})
	}
	if err := group.Wait(); err != nil {
		return nil, fmt.Errorf("writing a gallery to %s: %w", dir, err)
	}
	var all []Made
	for _, made := range results {
		all = append(all, made...)
	}
	return all, nil
}

// plan decides every file's name, size and format before any is made, so that
// the files can then be made in any order.
func plan(n int, seed uint64) []work {
	r := source(seed)
	first := r.Uint64N(1 << 40)
	jobs := make([]work, n)
	for i := range jobs {
		w := work{seed: first + uint64(i)}
		album := albums[i*len(albums)/n]
		ext := formatOf(r, i)
		w.width, w.height = size(r, ext)
		w.path = filepath.Join(album, fileName(r, w.seed, i)+ext)
		w.planCopies(r, i)
		jobs[i] = w
	}
	return jobs
}

// planCopies gives every third picture one or two edits, and every twelfth an
// exact copy.
func (w *work) planCopies(r *rand.Rand, i int) {
	stem := strings.TrimSuffix(w.path, filepath.Ext(w.path))
	edits := Edits()
	if i%3 == 1 {
		for _, k := range r.Perm(len(edits))[:1+r.IntN(2)] {
			ext := []string{".jpg", ".jpg", ".jpg", ".png"}[r.IntN(4)]
			w.edits = append(w.edits, derived{edits[k], stem + " " + edits[k].Name + ext})
		}
	}
	switch i % 24 {
	case 2:
		w.copies = append(w.copies, filepath.Join("Backup", w.path))
	case 14:
		w.copies = append(w.copies, stem+" (1)"+filepath.Ext(w.path))
	}
}

// formatOf is mostly .jpg, as in every photo folder. The first dozen has every
// format, so that small galleries in tests have them too.
func formatOf(r *rand.Rand, i int) string {
	if i < 12 {
		return []string{".jpg", ".png", ".jpg", ".gif", ".jpg", ".tiff", ".JPG", ".bmp"}[i%8]
	}
	return []string{".jpg", ".jpg", ".jpg", ".JPG", ".jpeg", ".png", ".png", ".gif", ".tiff", ".bmp"}[r.IntN(10)]
}

// size is from about 320x240 to 1200x900, small ones more often, in the shapes
// of cameras and phones. What does not compress well is kept small.
func size(r *rand.Rand, ext string) (width, height int) {
	u := r.Float64()
	long := 320 + int(880*u*u*u)
	if ext == ".gif" || ext == ".bmp" || ext == ".tiff" {
		long = 320 + r.IntN(180)
	}
	short := long * []int{75, 75, 67, 56, 100}[r.IntN(5)] / 100
	if r.IntN(3) == 0 {
		return short, long
	}
	return long, short
}

// fileName is what a camera, a phone or a person would call it. The number i is
// in every one of them, which keeps them unique within a gallery.
func fileName(r *rand.Rand, seed uint64, i int) string {
	switch r.IntN(4) {
	case 0:
		return fmt.Sprintf("IMG_%04d", 2041+3*i)
	case 1:
		return fmt.Sprintf("DSC%05d", 412+7*i)
	case 2:
		return fmt.Sprintf("2024%02d%02d_%02d%02d%02d", 1+r.IntN(12), 1+r.IntN(28), 8+r.IntN(12), i/60%60, i%60)
	default:
		return fmt.Sprintf("%s %d", sceneOf(seed).name, i+1)
	}
}

// write makes the original and all its copies.
func (w work) write(dir string) ([]Made, error) {
	picture := Make(w.seed, w.width, w.height)
	data, err := encode(picture, filepath.Ext(w.path))
	if err != nil {
		return nil, err
	}
	original := filepath.Join(dir, w.path)
	made := []Made{{Path: original}}
	if err := save(original, data); err != nil {
		return nil, err
	}
	for _, d := range w.edits {
		m, err := d.write(dir, original, picture)
		if err != nil {
			return nil, err
		}
		made = append(made, m)
	}
	for _, path := range w.copies {
		m := Made{filepath.Join(dir, path), original, ExactCopy}
		if err := save(m.Path, data); err != nil {
			return nil, err
		}
		made = append(made, m)
	}
	return made, nil
}

// write applies the edit to the painted picture, not to the saved file: an edited
// copy is compressed once, as one made from the camera's own file nearly is.
func (d derived) write(dir, original string, picture image.Image) (Made, error) {
	m := Made{filepath.Join(dir, d.path), original, d.edit.Name}
	data, err := encode(d.edit.Apply(picture), filepath.Ext(d.path))
	if err != nil {
		return m, err
	}
	return m, save(m.Path, data)
}

// save writes one file, and the folders above it.
func save(path string, data []byte) error {
	if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
		return err
	}
	return os.WriteFile(path, data, 0o644)
}
