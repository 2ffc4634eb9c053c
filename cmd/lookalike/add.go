package main

import (
	"context"
	"fmt"
	"path/filepath"

	"github.com/spf13/cobra"

	"lookalike/api"
)

func newAdd(a *app) *cobra.Command {
	var exclude []string
	cmd := &cobra.Command{
		Use:   "add PATH...",
		Short: "Make pictures and folders of pictures searchable",
		Long: `Adds every file under the given files and folders. JPEG, PNG, GIF, WebP, TIFF and
BMP are told by their content, not by their names. The files stay where they
are. What is already there is recognised (by path, content or pixels) and not
computed again, so an interrupted add goes on where it stopped when it is
repeated. Files that cannot be used are listed with the reason, the rest is
added, and the exit code is 1.`,
		Example: `  lookalike add ~/Pictures
  lookalike add --exclude '*.xmp' --exclude '@eaDir' /mnt/nas/photos --json`,
		Args: cobra.MinimumNArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			for _, glob := range exclude {
				if _, err := filepath.Match(glob, ""); err != nil {
					return usage(fmt.Errorf("--exclude %q: %w", glob, err))
				}
			}
			a.modelHint()
			return a.add(cmd.Context(), args, exclude)
		},
	}
	cmd.Flags().StringArrayVar(&exclude, "exclude", nil, "pass over files and folders whose name matches the `glob` (repeatable)")
	return cmd
}

// addSummary is what `add --json` ends with.
type addSummary struct {
	Added    int       `json:"added"`
	Already  int       `json:"already"`
	Failed   int       `json:"failed"`
	Failures []failure `json:"failures"`
}

func (s *addSummary) fail(path, why string) {
	s.Failed++
	s.Failures = append(s.Failures, failure{path, why})
}

func (a *app) add(ctx context.Context, roots, exclude []string) error {
	lib, err := a.openForPictures(ctx)
	if err != nil {
		return err
	}
	defer lib.close()
	paths, failures := walk(roots, exclude)
	sum := &addSummary{Failures: []failure{}}
	for _, f := range failures {
		sum.fail(f.Path, f.Error)
	}
	err = a.importAll(ctx, lib, paths, sum)
	if cerr := lib.close(); err == nil {
		err = cerr
	}
	if perr := a.printSummary(ctx, sum, len(paths)); err == nil {
		err = perr
	}
	return err
}

func (a *app) importAll(ctx context.Context, lib *library, paths []string, sum *addSummary) error {
	bar := newProgress(a.barWriter(), int64(len(paths)), "adding", "pictures")
	defer bar.finish()
	err := lib.Import(ctx, paths, func(r api.ImportResult) {
		bar.add(1)
		switch {
		case r.Error != "":
			sum.fail(r.Path, r.Error)
			bar.note(a.stderr, "failed: %s", failureLine(failure{r.Path, r.Error}))
		case r.Status == api.StatusAlready:
			sum.Already++
		default:
			sum.Added++
		}
	})
	if err != nil {
		return fmt.Errorf("add: %w", err)
	}
	return nil
}

// printSummary tells what became of the inputs, also of an interrupted add.
func (a *app) printSummary(ctx context.Context, sum *addSummary, inputs int) error {
	if a.json {
		if err := a.printJSON(sum); err != nil {
			return err
		}
	} else {
		fmt.Fprintf(a.stdout, "%d added, %d already there, %d failed\n", sum.Added, sum.Already, sum.Failed)
	}
	if done := sum.Added + sum.Already + sum.Failed; ctx.Err() != nil && done < inputs {
		fmt.Fprintf(a.stderr, "interrupted: %d of %d files not looked at; the same command goes on from here\n", inputs-done, inputs)
	}
	if sum.Failed > 0 {
		return fmt.Errorf("%w: %d", errReported, sum.Failed)
	}
	return nil
}
