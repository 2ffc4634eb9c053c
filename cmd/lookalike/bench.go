package main

import (
	"errors"
	"fmt"
	"maps"
	"runtime"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"lookalike/encoder"
)

func newBench(a *app) *cobra.Command {
	cmd := &cobra.Command{
		Use:     "bench",
		Short:   "Measure how fast this machine is",
		Long:    "Measures parts of lookalike on this machine. No data folder is opened.",
		Example: "  lookalike bench encoder --seeded\n  lookalike bench index --set hard-50000",
		Args:    cobra.NoArgs,
		RunE:    func(cmd *cobra.Command, _ []string) error { return cmd.Help() },
	}
	cmd.AddCommand(newBenchEncoder(a), newBenchIndex(a))
	return cmd
}

const benchEncoderLong = `Measures what one embedding costs, on input that is preprocessed already.

A round embeds --batch images at once on --threads cores; the figures are medians
over --rounds rounds after a warm-up. CPU time is that of the whole process,
summed over its cores: load from others disturbs it far less than wall time.

GFLOP/s are the matrix products of the nominal model (two operations per
multiply-add; ViT-B/16 at 224x224 has 35.1 GFLOP an image) over CPU time, so they
are per core. The encoder skips what an embedding does not need of the last
block, about 7% of ViT-B/16, and the skipped part is counted: the figure compares
with programs that do compute it. The peak is what one core of this machine does
in the same run with multiply-adds on registers alone, in the same precision and
vector width. The stages are those of one image on one core, in its CPU time
(Linux; elsewhere in wall time), and count what is computed.`

const benchEncoderExample = `  lookalike bench encoder --seeded                   # ViT-B/16, all cores, no files needed
  lookalike bench encoder --seeded --threads 1       # beside one thread of another program
  lookalike bench encoder --seeded --batch 8 --json
  lookalike bench encoder --seeded --shape vits16 --size 448
  lookalike bench encoder --model ~/models/dino-vitb16 --precision float32`

func newBenchEncoder(a *app) *cobra.Command {
	b := encoderBench{app: a}
	cmd := &cobra.Command{
		Use:     "encoder",
		Short:   "Measure what one embedding costs",
		Long:    benchEncoderLong,
		Example: benchEncoderExample,
		Args:    usageArgs(cobra.NoArgs),
		RunE: func(cmd *cobra.Command, _ []string) error {
			switch {
			case b.seeded && cmd.Flags().Changed("model"):
				return usage(errors.New("--seeded and --model exclude each other"))
			case !b.seeded && cmd.Flags().Changed("shape"):
				return usage(errors.New("--shape is the seeded model's: add --seeded"))
			}
			return b.run(cmd.Context())
		},
	}
	cmd.Flags().BoolVar(&b.seeded, "seeded", false, "a full-size model with weights made of a seed, instead of --model")
	cmd.Flags().StringVar(&b.shape, "shape", defaultShape, "of --seeded: "+strings.Join(slices.Sorted(maps.Keys(shapes)), ", "))
	cmd.Flags().IntVar(&b.threads, "threads", runtime.GOMAXPROCS(0), "cores to use")
	cmd.Flags().IntVar(&b.batch, "batch", 1, "images in a round")
	cmd.Flags().IntVar(&b.rounds, "rounds", 10, "how often to measure")
	cmd.Flags().BoolVar(&b.onRequest, "on-request", false,
		"measure a round for each line on standard input, a number of images; for runs side by side with other programs")
	return cmd
}

// shapes are DINO's, for --seeded.
var shapes = map[string]encoder.Config{
	"vits16": encoder.ViT(384, 6, 16), "vits8": encoder.ViT(384, 6, 8), defaultShape: encoder.ViTB16(), "vitb8": encoder.ViT(768, 12, 8),
}

const defaultShape = "vitb16"

// maxBatch bounds the images of a round, which are listed before it starts.
const maxBatch = 1_000_000

// encoderBench is `bench encoder`.
type encoderBench struct {
	*app
	seeded, onRequest      bool
	shape                  string // of the seeded model
	threads, batch, rounds int
}

// validate refuses counts that measure nothing.
func (b *encoderBench) validate() error {
	for flag, n := range map[string]int{"threads": b.threads, "batch": b.batch, "rounds": b.rounds} {
		if n < 1 {
			return usage(fmt.Errorf("--%s %d: at least 1 is needed", flag, n))
		}
	}
	if _, ok := shapes[b.shape]; !ok {
		return usage(fmt.Errorf("--shape %s is none of %s", b.shape, strings.Join(slices.Sorted(maps.Keys(shapes)), ", ")))
	}
	if b.batch > maxBatch {
		return usage(fmt.Errorf("--batch %d: at most %d", b.batch, maxBatch))
	}
	if b.threads > encoder.MaxWorkers {
		return usage(fmt.Errorf("--threads %d: at most %d", b.threads, encoder.MaxWorkers))
	}
	return nil
}

func (b *encoderBench) open() (*encoder.Encoder, error) {
	workers := encoder.WithWorkers(b.threads)
	if !b.seeded {
		return b.openEncoder(b.precision.Precision, workers)
	}
	opts := append(b.size.options(), workers, encoder.WithPrecision(b.precision.Precision))
	enc, err := encoder.Seeded(shapes[b.shape], 1, opts...)
	if err == nil {
		b.notePrecision(enc.PrecisionNote())
	}
	return enc, err
}
