package main

import (
	"fmt"
	"io"
	"os"
	"path/filepath"

	"github.com/spf13/cobra"

	"lookalike/encoder"
)

// app holds the streams and the flags that the commands share.
type app struct {
	stdin          io.Reader
	stdout, stderr io.Writer

	data       string // data folder
	model      string // "starter" or a folder with a Hugging Face ViT
	preprocess string // "hf" or "eval"; "" where neither was asked for
	size       sizeFlag
	descriptor descriptorFlag
	precision  precisionFlag
	json       bool // print JSON instead of a table
	verbose    bool // log at debug level

	recall         float64 // of searches that name none; 0 is the engine's ef
	precisionNoted bool    // notePrecision has spoken
}

const rootLong = `lookalike finds images that look alike: duplicates among your photos, reverse
image search, and "similar images" for other services.

Each picture becomes a unit vector by a vision transformer, and vectors live in
an HNSW graph in the data folder (--data, or LOOKALIKE_DATA; default
~/.local/share/lookalike). Pictures added from disk are referenced where they
are and never changed or moved.`

const rootExample = `  lookalike demo                      # a gallery it makes itself, in the browser
  lookalike add ~/Pictures            # make a folder searchable
  lookalike search holiday.jpg        # what looks like this picture?
  lookalike dedup                     # exact and near duplicates
  lookalike serve                     # gallery and REST API at http://127.0.0.1:8080

Exit codes:
  0    done
  1    some inputs failed (they are listed), or a check found problems
  2    unknown command, flag or argument
  3    the data folder or the model cannot be used
  130  interrupted: what was reported as added is kept`

func newRoot(a *app) *cobra.Command {
	root := &cobra.Command{
		Use:           "lookalike",
		Short:         "Finds images that look alike",
		Long:          rootLong,
		Example:       rootExample,
		Version:       version,
		SilenceUsage:  true,
		SilenceErrors: true,
		Args:          usageArgs(cobra.NoArgs), // an unknown command
		RunE:          func(cmd *cobra.Command, _ []string) error { return cmd.Help() },
	}
	root.SetIn(a.stdin)
	root.SetOut(a.stdout)
	root.SetErr(a.stderr)
	root.SetFlagErrorFunc(func(c *cobra.Command, err error) error {
		return usage(fmt.Errorf("%w; see %q", err, c.CommandPath()+" --help"))
	})
	flags := root.PersistentFlags()
	flags.StringVar(&a.data, "data", defaultData(), "data `folder`; LOOKALIKE_DATA sets the default")
	flags.StringVar(&a.model, "model", os.Getenv("LOOKALIKE_MODEL"),
		"a model's `folder` or file, an installed model's name, or \"starter\"; LOOKALIKE_MODEL sets the default")
	flags.StringVar(&a.preprocess, "preprocess", "", "`mode`: \"hf\" as preprocessor_config.json says (the default), \"eval\" resize 256 bicubic and crop 224")
	flags.Var(&a.size, "size", "what the model sees of a picture, in pixels: a side or WIDTHxHEIGHT, multiples of its patches (448 instead of 224 shows it finer details); vectors of different sizes do not compare")
	a.descriptor = descriptorFlag{Descriptor: encoder.CLS}
	flags.Var(&a.descriptor, "descriptor", "what becomes the vector: \"cls\", the class token, or \"copy\", with the mean of the patches beside it, twice as long; they do not compare; a library remembers this, --size, --preprocess and its model")
	a.precision = precisionFlag{Precision: libraryPrecision}
	flags.Var(&a.precision, "precision", "arithmetic of the matrix products: "+precisionNames("|")+"; a server that owns the data folder keeps its own")
	flags.BoolVar(&a.json, "json", false, "print JSON")
	flags.BoolVarP(&a.verbose, "verbose", "v", false, "log what the engine does")
	root.AddCommand(
		newServe(a), newAdd(a), newSearch(a), newSimilar(a), newDedup(a), newList(a), newRemove(a),
		newLabel(a), newClassify(a), newStats(a), newCheck(a), newCompact(a), newBackup(a), newRestore(a), newEmbed(a), newAttention(a), newMatch(a), newModel(a), newDemo(a), newBench(a),
	)
	for _, c := range root.Commands() {
		c.Args = usageArgs(c.Args)
	}
	return root
}

// usageArgs gives a wrong number of arguments the exit code of a usage error.
func usageArgs(check cobra.PositionalArgs) cobra.PositionalArgs {
	return func(c *cobra.Command, args []string) error {
		if check == nil {
			check = cobra.NoArgs
		}
		if err := check(c, args); err != nil {
			return usage(fmt.Errorf("%w; see %q", err, c.CommandPath()+" --help"))
		}
		return nil
	}
}

// defaultData is LOOKALIKE_DATA, or lookalike under the XDG data folder.
func defaultData() string {
	if dir := os.Getenv("LOOKALIKE_DATA"); dir != "" {
		return dir
	}
	if dir := os.Getenv("XDG_DATA_HOME"); filepath.IsAbs(dir) {
		return filepath.Join(dir, "lookalike")
	}
	home, err := os.UserHomeDir()
	if err != nil {
		return "lookalike-data" // no home: beside the caller
	}
	return filepath.Join(home, ".local", "share", "lookalike")
}
