package main

import (
	"context"
	"errors"
	"fmt"
	"image"
	"math"

	"github.com/spf13/cobra"

	"lookalike/encoder"
	"lookalike/internal/attention"
	"lookalike/internal/imageio"
	"lookalike/internal/patches"
)

// matchFlags say how many pairs are shown, and where.
type matchFlags struct {
	output    string
	force     bool
	pairs     int
	precision precisionFlag
}

func newMatch(a *app) *cobra.Command {
	f := matchFlags{precision: precisionFlag{Precision: encoder.Float32}}
	cmd := &cobra.Command{
		Use:   "match IMAGE_A IMAGE_B [-o FILE]",
		Short: "Show which parts of two pictures answer each other",
		Long: `Cuts both pictures into the model's patches and pairs those that are each
other's nearest, best first. With -o it draws the pictures side by side, with a
line for each pair. No data folder is touched.

The table has the centres of the patches, in pixels of the upright pictures.
With --json every pair is printed as numbers of patches, in reading order from
0, with the grids that they are counted in.`,
		Example: `  lookalike match cat.jpg cat-cropped.jpg -o match.png --model ~/models/dino-vitb16
  lookalike match cat.jpg dog.jpg --size 448 --pairs 100 -o match.png
  lookalike match cat.jpg dog.jpg --json | jq '.pairs[0]'`,
		Args: cobra.ExactArgs(2),
		RunE: func(cmd *cobra.Command, args []string) error {
			if err := f.check(a.json); err != nil {
				return usage(err)
			}
			return a.match(cmd.Context(), args[0], args[1], f)
		},
	}
	cmd.Flags().StringVarP(&f.output, "output", "o", "", "PNG `file` to write, - for standard output")
	cmd.Flags().BoolVar(&f.force, "force", false, "replace a file that is there")
	cmd.Flags().IntVar(&f.pairs, "pairs", 30, "how many pairs to show, best first")
	cmd.Flags().Var(&f.precision, "precision", "arithmetic of the matrix products: "+precisionNames("|"))
	return cmd
}

// check refuses what does not go together, before any work is done.
func (f matchFlags) check(asJSON bool) error {
	switch {
	case asJSON && f.output != "":
		return errors.New("--json prints the pairs and draws nothing: it excludes -o")
	case f.pairs < 1:
		return fmt.Errorf("--pairs %d: at least 1", f.pairs)
	}
	return mayWrite(f.output, f.force)
}

// described is a picture with its patches.
type described struct {
	path string
	img  *imageio.RGB
	grid patches.Grid
}

func (a *app) match(ctx context.Context, pathA, pathB string, f matchFlags) error {
	enc, err := a.openEncoder(f.precision.Precision)
	if err != nil {
		return err
	}
	defer enc.Close()
	a.starterNote(enc.Model())
	var both [2]described
	for i, path := range []string{pathA, pathB} {
		if both[i], err = describe(ctx, enc, path); err != nil {
			return err
		}
	}
	m, err := patches.Mutual(ctx, both[0].grid, both[1].grid)
	if err != nil {
		return err
	}
	switch {
	case a.json:
		return a.printJSON(matchJSON(both, enc.Model(), m))
	case f.output != "":
		return a.writePNG(f.output, patches.Draw(both[0].img, both[1].img, m, f.pairs))
	}
	return a.printPairs(both, m, f.pairs)
}

// describe reads a picture and runs the model on it.
func describe(ctx context.Context, enc *encoder.Encoder, path string) (described, error) {
	data, err := imageio.ReadFile(path, imageio.Limits{})
	if err != nil {
		return described{}, err
	}
	img, _, err := imageio.Decode(path, data, imageio.Limits{})
	if err != nil {
		return described{}, err
	}
	grid, err := enc.Patches(ctx, img)
	if err != nil {
		return described{}, fmt.Errorf("%s: %w", path, err)
	}
	return described{path, img, grid}, nil
}

// printPairs shows the best pairs to people.
func (a *app) printPairs(both [2]described, m patches.Match, most int) error {
	shown := m.Pairs[:min(most, len(m.Pairs))]
	rows := [][]string{}
	for _, p := range shown {
		rows = append(rows, []string{fmt.Sprintf("%.4f", p.Score), both[0].centre(p.A), both[1].centre(p.B)})
	}
	if err := a.table([]string{"SCORE", "A", "B"}, rows); err != nil {
		return err
	}
	_, err := fmt.Fprintf(a.stdout, "\n%d of %d pairs; A %s, %dx%d patches; B %s, %dx%d patches\n", len(shown), len(m.Pairs),
		both[0].path, m.A.Columns, m.A.Rows, both[1].path, m.B.Columns, m.B.Rows)
	return err
}

// centre is where a patch has its centre, in pixels.
func (d described) centre(patch int) string {
	x, y := d.grid.Centre(patch)
	at := image.Pt(int(math.Round(x*float64(d.img.Width))), int(math.Round(y*float64(d.img.Height))))
	return fmt.Sprintf("%d,%d", at.X, at.Y)
}

// matchNumbers is the JSON of a Match.
type matchNumbers struct {
	A     matchedPicture `json:"a"`
	B     matchedPicture `json:"b"`
	Model string         `json:"model"`
	Pairs []matchedPair  `json:"pairs"`
}

type matchedPicture struct {
	Path    string           `json:"path"`
	Rows    int              `json:"rows"`
	Columns int              `json:"columns"`
	Window  attention.Window `json:"window"`
}

type matchedPair struct {
	A     int     `json:"a"`
	B     int     `json:"b"`
	Score float32 `json:"score"`
}

func matchJSON(both [2]described, model encoder.Model, m patches.Match) matchNumbers {
	side := func(d described) matchedPicture {
		return matchedPicture{d.path, d.grid.Rows, d.grid.Columns, d.grid.Window}
	}
	out := matchNumbers{A: side(both[0]), B: side(both[1]), Model: model.Name, Pairs: []matchedPair{}}
	for _, p := range m.Pairs {
		out.Pairs = append(out.Pairs, matchedPair(p))
	}
	return out
}
