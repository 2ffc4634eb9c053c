package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"image"
	"io/fs"
	"os"
	"strconv"

	"github.com/google/renameio/v2"
	"github.com/spf13/cobra"

	"lookalike/encoder"
	"lookalike/internal/attention"
	"lookalike/internal/imageio"
)

// attentionFlags say what is drawn, and where to.
type attentionFlags struct {
	output    string
	force     bool
	head      string // "mean" or a number
	allHeads  bool
	mask      bool
	precision precisionFlag
}

func newAttention(a *app) *cobra.Command {
	f := attentionFlags{precision: precisionFlag{Precision: encoder.Float32}}
	cmd := &cobra.Command{
		Use:   "attention IMAGE -o FILE",
		Short: "Show what the model looks at in a picture",
		Long: `Draws the attention of the model's class token (CLS) to each patch in its last
layer over the picture, as a PNG of at most 1024 pixels: dark violet is least,
yellow most, and grey what the model does not see (--preprocess eval crops).
--mask keeps the fewest patches that hold 60% of the attention instead, and
shows the rest in grey. No data folder is touched.

With --json the numbers are printed: heads, rows and columns of patches, the
window in which they lie in the picture, and attention[head][row][column].`,
		Example: `  lookalike attention cat.jpg -o attention.png --model ~/models/dino-vitb16
  lookalike attention cat.jpg -o heads.png --all-heads --mask
  lookalike attention cat.jpg --json | jq '.attention[0]'`,
		Args: cobra.ExactArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			if err := f.check(a.json, cmd.Flags().Changed("head")); err != nil {
				return usage(err)
			}
			return a.attention(cmd.Context(), args[0], f)
		},
	}
	cmd.Flags().StringVarP(&f.output, "output", "o", "", "PNG `file` to write, - for standard output")
	cmd.Flags().BoolVar(&f.force, "force", false, "replace a file that is there")
	cmd.Flags().StringVar(&f.head, "head", "mean", "`which` attention head, counted from 0, or mean")
	cmd.Flags().BoolVar(&f.allHeads, "all-heads", false, "every head, side by side")
	cmd.Flags().BoolVar(&f.mask, "mask", false, "the patches that hold 60% of the attention")
	cmd.Flags().Var(&f.precision, "precision", "arithmetic of the matrix products: "+precisionNames("|"))
	return cmd
}

// check refuses what does not go together, before any work is done.
func (f attentionFlags) check(asJSON, headGiven bool) error {
	_, err := strconv.ParseUint(f.head, 10, 16)
	switch {
	case asJSON && (f.output != "" || headGiven || f.allHeads || f.mask):
		return errors.New("--json prints every head's numbers and draws nothing: it excludes -o, --head, --all-heads and --mask")
	case !asJSON && f.output == "":
		return errors.New("-o FILE is missing: where to write the PNG, - for standard output")
	case headGiven && f.allHeads:
		return errors.New("--head and --all-heads exclude each other")
	case f.head != "mean" && err != nil:
		return fmt.Errorf("--head %s: neither mean nor the number of a head", f.head)
	}
	return mayWrite(f.output, f.force)
}

// mayWrite keeps the command from replacing what it was not told to, such as
// the picture itself.
func mayWrite(output string, force bool) error {
	if force || output == "" || output == "-" {
		return nil
	}
	switch _, err := os.Lstat(output); {
	case err == nil:
		return fmt.Errorf("%s is there already; --force replaces it", output)
	case !errors.Is(err, fs.ErrNotExist):
		return err
	}
	return nil
}

func (a *app) attention(ctx context.Context, path string, f attentionFlags) error {
	data, err := imageio.ReadFile(path, imageio.Limits{})
	if err != nil {
		return err
	}
	img, _, err := imageio.Decode(path, data, imageio.Limits{})
	if err != nil {
		return err
	}
	enc, err := a.openEncoder(f.precision.Precision)
	if err != nil {
		return err
	}
	defer enc.Close()
	a.starterNote(enc.Model())
	m, err := enc.Attention(ctx, img)
	if err != nil {
		return fmt.Errorf("%s: %w", path, err)
	}
	if a.json {
		return json.NewEncoder(a.stdout).Encode(attentionJSON(path, enc.Model(), m)) // one line: indented, each number has its own
	}
	drawing, err := f.draw(attention.NewView(img, m))
	if err != nil {
		return usage(err)
	}
	return a.writePNG(f.output, drawing)
}

// draw makes the picture that the flags ask for.
func (f attentionFlags) draw(view attention.View) (image.Image, error) {
	paint := attention.View.Heat
	if f.mask {
		paint = attention.View.Foreground
	}
	switch {
	case f.allHeads:
		return view.Sheet(paint), nil
	case f.head == "mean":
		return paint(view, view.Map.Mean()), nil
	}
	n, err := strconv.Atoi(f.head)
	if err != nil || n >= view.Map.Heads {
		return nil, fmt.Errorf("--head %s: the model has %d heads, 0 to %d", f.head, view.Map.Heads, view.Map.Heads-1)
	}
	return paint(view, view.Map.Head(n)), nil
}

// writePNG writes to a file, in one step when all of it is there, or for - to
// standard output.
func (a *app) writePNG(path string, img image.Image) error {
	file, err := attention.PNG(img)
	if err != nil {
		return err
	}
	if path == "-" {
		_, err := a.stdout.Write(file)
		return err
	}
	if err := renameio.WriteFile(path, file, 0o644); err != nil {
		return err
	}
	_, err = fmt.Fprintf(a.stdout, "%s written, %dx%d pixels\n", path, img.Bounds().Dx(), img.Bounds().Dy())
	return err
}

// attentionNumbers is the JSON of a Map.
type attentionNumbers struct {
	Path      string           `json:"path"`
	Model     string           `json:"model"`
	Heads     int              `json:"heads"`
	Rows      int              `json:"rows"`
	Columns   int              `json:"columns"`
	Window    attention.Window `json:"window"`
	Attention [][][]float32    `json:"attention"` // [head][row][column]
}

func attentionJSON(path string, model encoder.Model, m attention.Map) attentionNumbers {
	out := attentionNumbers{Path: path, Model: model.Name, Heads: m.Heads, Rows: m.Rows, Columns: m.Columns, Window: m.Window}
	for i := range m.Heads {
		var rows [][]float32
		for y := range m.Rows {
			rows = append(rows, m.Head(i)[y*m.Columns:(y+1)*m.Columns])
		}
		out.Attention = append(out.Attention, rows)
	}
	return out
}
