package main

import (
	"context"
	"fmt"
	"path/filepath"
	"strings"

	"github.com/spf13/cobra"
)

func newRemove(a *app) *cobra.Command {
	return &cobra.Command{
		Use:   "rm ID|PATH...",
		Short: "Take pictures out of the library",
		Long:  "Forgets pictures by ID or path. Files that were added from disk are not touched;\nuploaded originals are deleted with their record.",
		Example: `  lookalike rm 42 43
  lookalike rm ~/Pictures/cat.jpg`,
		Args: cobra.MinimumNArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			lib, err := a.openLibrary(cmd.Context())
			if err != nil {
				return err
			}
			defer lib.close()
			out := removal{Removed: []string{}, Failures: []failure{}}
			for _, arg := range args {
				id, err := lib.resolve(cmd.Context(), arg)
				if err == nil {
					err = lib.Delete(cmd.Context(), id)
				}
				if err != nil {
					out.Failures = append(out.Failures, failure{arg, err.Error()})
					continue
				}
				out.Removed = append(out.Removed, id)
			}
			return a.printRemoval(out)
		},
	}
}

// removal is what `rm --json` prints.
type removal struct {
	Removed  []string  `json:"removed"`
	Failures []failure `json:"failures"`
}

func (a *app) printRemoval(out removal) error {
	for _, f := range out.Failures {
		fmt.Fprintln(a.stderr, "failed:", failureLine(f))
	}
	if a.json {
		if err := a.printJSON(out); err != nil {
			return err
		}
	} else {
		fmt.Fprintf(a.stdout, "%d removed, %d failed\n", len(out.Removed), len(out.Failures))
	}
	if len(out.Failures) > 0 {
		return fmt.Errorf("%w: %d", errReported, len(out.Failures))
	}
	return nil
}

// resolve turns an ID or the path of an added file into an ID.
func (l *library) resolve(ctx context.Context, idOrPath string) (string, error) {
	if strings.Trim(idOrPath, "0123456789") == "" {
		return idOrPath, nil
	}
	path, err := filepath.Abs(idOrPath)
	if err != nil {
		return "", err
	}
	img, found, err := l.ImageByPath(ctx, path)
	if err == nil && !found {
		err = fmt.Errorf("%s is neither an ID nor the path of an added picture; see %q", idOrPath, "lookalike list")
	}
	return img.ID, err
}
