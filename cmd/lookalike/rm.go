package main

import (
	"context"
	"fmt"
	"path/filepath"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"lookalike/api"
)

func newRemove(a *app) *cobra.Command {
	var recursive bool
	cmd := &cobra.Command{
		Use:   "rm ID|PATH...",
		Short: "Take pictures out of the library",
		Long: `Forgets pictures by ID or path, and with --recursive all that were added from a
folder and those below it. Files that were added from disk are not touched;
uploaded originals are deleted with their record. A picture with several files
goes with all of them. Ctrl-C stops it between pictures.`,
		Example: `  lookalike rm 42 43
  lookalike rm ~/Pictures/cat.jpg
  lookalike rm --recursive ~/Pictures/2009`,
		Args: cobra.MinimumNArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			lib, err := a.openLibrary(cmd.Context())
			if err != nil {
				return err
			}
			defer lib.close()
			r := &remover{library: lib, recursive: recursive, removal: removal{Removed: []string{}, Failures: []failure{}}}
			for _, arg := range args {
				if err := r.find(cmd.Context(), arg); err != nil {
					r.Failures = append(r.Failures, failure{arg, err.Error()})
				}
			}
			bar := lateProgress(a.barWriter(), int64(len(r.ids)), "removing", "pictures")
			err = r.remove(cmd.Context(), bar.add)
			bar.finish()
			if printed := a.printRemoval(r.removal); err == nil {
				err = printed
			}
			return err
		},
	}
	cmd.Flags().BoolVarP(&recursive, "recursive", "r", false, "remove all pictures of a folder, and of those below it")
	return cmd
}

// removeGroup is how many pictures one request removes.
const removeGroup = 64

// remover finds out what is to be removed, and removes it.
type remover struct {
	*library
	removal
	recursive bool
	ids       []string
}

// find adds what an argument means.
func (r *remover) find(ctx context.Context, arg string) error {
	id, found, err := r.lookUp(ctx, arg)
	if err != nil {
		return err
	}
	if found {
		r.ids = append(r.ids, id)
		return nil
	}
	folder, err := filepath.Abs(arg)
	if err != nil {
		return err
	}
	in := api.Among(api.Filter{Folder: folder})
	page, err := r.Images(ctx, "", listPage, in)
	switch {
	case err != nil:
		return err
	case page.Total == 0:
		return fmt.Errorf("%s is neither an ID nor the path of an added picture, or of a folder with some; see %q", arg, "lookalike list")
	case !r.recursive:
		return fmt.Errorf("%s is a folder with %d pictures of the library: add --recursive to remove them all", arg, page.Total)
	}
	for {
		for _, img := range page.Images {
			r.ids = append(r.ids, img.ID)
		}
		if page.Next == "" {
			return nil
		}
		if page, err = r.Images(ctx, page.Next, listPage, in); err != nil {
			return err
		}
	}
}

// remove removes what was found, a group after the other. One that has begun is ended, so that what is gone is told.
func (r *remover) remove(ctx context.Context, progress func(int)) error {
	for group := range slices.Chunk(distinct(r.ids), removeGroup) {
		if err := ctx.Err(); err != nil {
			return err
		}
		done, err := r.DeleteAll(context.WithoutCancel(ctx), group)
		if err != nil {
			return fmt.Errorf("rm: %w", err)
		}
		r.Removed = append(r.Removed, done.Deleted...)
		for _, id := range done.Missing {
			r.Failures = append(r.Failures, failure{id, "no picture has the id " + id})
		}
		progress(len(group))
	}
	return nil
}

// distinct leaves out what has come before.
func distinct(ids []string) (out []string) {
	seen := map[string]bool{}
	for _, id := range ids {
		if !seen[id] {
			seen[id] = true
			out = append(out, id)
		}
	}
	return out
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

// lookUp turns an ID or the path of an added file into an ID.
func (l *library) lookUp(ctx context.Context, idOrPath string) (id string, found bool, err error) {
	if strings.Trim(idOrPath, "0123456789") == "" {
		return idOrPath, true, nil
	}
	path, err := filepath.Abs(idOrPath)
	if err != nil {
		return "", false, err
	}
	img, found, err := l.ImageByPath(ctx, path)
	return img.ID, found, err
}

// resolve is lookUp for what must be there.
func (l *library) resolve(ctx context.Context, idOrPath string) (string, error) {
	id, found, err := l.lookUp(ctx, idOrPath)
	if err == nil && !found {
		err = fmt.Errorf("%s is neither an ID nor the path of an added picture; see %q", idOrPath, "lookalike list")
	}
	return id, err
}
