package main

import (
	"bufio"
	"context"
	"encoding/json"
	"fmt"
	"runtime"

	"github.com/spf13/cobra"

	"lookalike/encoder"
	"lookalike/internal/imageio"
)

func newEmbed(a *app) *cobra.Command {
	precision := precisionFlag{Precision: encoder.Float32} // not the library's: these vectors leave the house
	var workers int
	cmd := &cobra.Command{
		Use:   "embed FILE...",
		Short: "Print the embeddings of pictures as JSON lines",
		Long: `Prints one JSON object a line, in the order of the arguments:
{"path","model","dim","embedding"}, or {"path","error"} for a file that cannot
be used (exit code 1). No data folder is touched.`,
		Example: `  lookalike embed cat.jpg dog.png > vectors.jsonl
  lookalike embed --model ~/models/dino-vitb16 --preprocess eval cat.jpg`,
		Args: cobra.MinimumNArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			return a.embed(cmd.Context(), args, precision.Precision, workers)
		},
	}
	cmd.Flags().Var(&precision, "precision", "arithmetic of the matrix products: "+precisionNames("|"))
	cmd.Flags().IntVar(&workers, "workers", runtime.GOMAXPROCS(0), "pictures in flight, one core each")
	return cmd
}

// embedding is one line of the output.
type embedding struct {
	Path      string    `json:"path"`
	Model     string    `json:"model,omitempty"`
	Dim       int       `json:"dim,omitempty"`
	Embedding []float32 `json:"embedding,omitempty"`
	Error     string    `json:"error,omitempty"`
}

func (a *app) embed(ctx context.Context, paths []string, precision encoder.Precision, workers int) error {
	if workers < 1 || workers > encoder.MaxWorkers {
		return usage(fmt.Errorf("--workers %d: 1 to %d are possible", workers, encoder.MaxWorkers))
	}
	enc, err := a.openEncoder(precision, encoder.WithWorkers(workers))
	if err != nil {
		return err
	}
	defer enc.Close()
	bar := newProgress(a.barWriter(), int64(len(paths)), "embedding", "pictures")
	defer bar.finish()
	a.starterNote(enc.Model())
	out := bufio.NewWriter(a.stdout)
	lines, failed := json.NewEncoder(out), 0
	for e := range inOrder(ctx, workers, paths, func(path string) embedding { return embedFile(ctx, enc, path) }) {
		if e.Error != "" {
			failed++
		}
		if err := lines.Encode(e); err != nil {
			return err
		}
		bar.add(1)
		if err := out.Flush(); err != nil {
			return err
		}
	}
	if ctx.Err() != nil {
		return ctx.Err()
	}
	if failed > 0 {
		return fmt.Errorf("%w: %d of %d files could not be embedded", errReported, failed, len(paths))
	}
	return nil
}

func embedFile(ctx context.Context, enc *encoder.Encoder, path string) embedding {
	data, err := imageio.ReadFile(path, imageio.Limits{})
	if err != nil {
		return embedding{Path: path, Error: err.Error()}
	}
	img, _, err := imageio.Decode(path, data, imageio.Limits{})
	if err != nil {
		return embedding{Path: path, Error: err.Error()}
	}
	vectors, err := enc.Embed(ctx, img)
	if err != nil {
		return embedding{Path: path, Error: err.Error()}
	}
	m := enc.Model()
	return embedding{Path: path, Model: m.Name, Dim: m.Dim, Embedding: vectors[0]}
}
