package main

import (
	"context"
	"fmt"
	"path/filepath"
	"slices"
	"strconv"
	"strings"

	"github.com/spf13/cobra"

	"lookalike/api"
)

func newLabel(a *app) *cobra.Command {
	var folders string
	cmd := &cobra.Command{
		Use:   "label ID|PATH... LABEL",
		Short: "Put labels on pictures, or list them",
		Long: `Puts a label on pictures of the library, by ID or path. A picture may have
several. Labels live in the data folder; files are not touched.

With --from-folders each picture added from below DIR is labelled with the name
of the folder that it lies in.`,
		Example: `  lookalike label 42 43 cat
  lookalike label ~/Pictures/tom.jpg "family/cats"
  lookalike label --from-folders ~/Pictures/sorted
  lookalike label remove 42 cat
  lookalike label list`,
		Args: func(cmd *cobra.Command, args []string) error {
			if folders != "" {
				return cobra.NoArgs(cmd, args)
			}
			return cobra.MinimumNArgs(2)(cmd, args)
		},
		RunE: func(cmd *cobra.Command, args []string) error {
			if folders != "" {
				return a.labelFolders(cmd.Context(), folders)
			}
			return a.label(cmd.Context(), args, "given")
		},
	}
	cmd.Flags().StringVar(&folders, "from-folders", "", "label pictures below `DIR` with the name of their folder")
	cmd.AddCommand(
		&cobra.Command{
			Use: "add ID|PATH... LABEL", Short: "The same as label without add", Args: usageArgs(cobra.MinimumNArgs(2)),
			Example: "  lookalike label add 42 43 cat",
			RunE:    func(cmd *cobra.Command, args []string) error { return a.label(cmd.Context(), args, "given") },
		},
		&cobra.Command{
			Use: "remove ID|PATH... LABEL", Short: "Take a label off pictures", Args: usageArgs(cobra.MinimumNArgs(2)),
			Example: "  lookalike label remove 42 cat",
			RunE:    func(cmd *cobra.Command, args []string) error { return a.label(cmd.Context(), args, "none") },
		},
		&cobra.Command{
			Use: "list [ID|PATH...]", Short: "List all labels, or those of pictures", Args: usageArgs(cobra.ArbitraryArgs),
			Example: "  lookalike label list\n  lookalike label list 42 --json",
			RunE:    func(cmd *cobra.Command, args []string) error { return a.listLabels(cmd.Context(), args) },
		},
	)
	return cmd
}

// labelling is what the commands that change labels print with --json.
type labelling struct {
	Changed  int       `json:"changed"` // what had been so already is not counted
	Failures []failure `json:"failures"`
}

// label decides about the last argument for all the others.
func (a *app) label(ctx context.Context, args []string, decision string) error {
	lib, err := a.openLibrary(ctx)
	if err != nil {
		return err
	}
	defer lib.close()
	out := labelling{Failures: []failure{}}
	var changes []api.LabelChange
	images, label := args[:len(args)-1], args[len(args)-1]
	for _, arg := range images {
		img, err := lib.image(ctx, arg)
		if err != nil {
			out.Failures = append(out.Failures, failure{arg, err.Error()})
			continue
		}
		changes = append(changes, api.LabelChange{ID: img.ID, Label: label, Decision: decision})
	}
	if out.Changed, err = lib.setLabels(ctx, changes); err != nil {
		return fmt.Errorf("label: %w", err)
	}
	return a.printLabelling(out)
}

// image gives the image of an ID or path.
func (l *library) image(ctx context.Context, idOrPath string) (api.Image, error) {
	id, err := l.resolve(ctx, idOrPath)
	if err != nil {
		return api.Image{}, err
	}
	return l.Image(ctx, id)
}

// labelBatch is how many labels are stored in one transaction.
const labelBatch = 1000

// setLabels stores decisions, a batch after the other, and gives how many were new.
func (l *library) setLabels(ctx context.Context, changes []api.LabelChange) (changed int, err error) {
	for batch := range slices.Chunk(changes, labelBatch) {
		n, err := l.SetLabels(ctx, batch)
		if err != nil {
			return changed, err
		}
		changed += n
	}
	return changed, nil
}

// labelFolders labels each image below a folder with the names of the folders that its files lie in.
func (a *app) labelFolders(ctx context.Context, dir string) error {
	dir, err := filepath.Abs(dir)
	if err != nil {
		return err
	}
	lib, err := a.openLibrary(ctx)
	if err != nil {
		return err
	}
	defer lib.close()
	bar := lateProgress(a.barWriter(), -1, "labelling", "images")
	defer bar.finish()
	seen, found, changed := 0, 0, 0
	for cursor := ""; ; {
		page, err := lib.Images(ctx, cursor, listPage)
		if err != nil {
			return fmt.Errorf("label: %w", err)
		}
		var changes []api.LabelChange
		for _, img := range page.Images {
			for _, name := range foldersOf(img, dir) {
				changes = append(changes, api.LabelChange{ID: img.ID, Label: name, Decision: "given"})
			}
		}
		n, err := lib.setLabels(ctx, changes)
		if err != nil {
			return fmt.Errorf("label: %w", err)
		}
		seen, found, changed = seen+len(page.Images), found+len(changes), changed+n
		bar.set(seen, page.Total)
		if cursor = page.Next; cursor == "" {
			break
		}
	}
	bar.finish()
	if found == 0 {
		return fmt.Errorf("label: no picture of the library lies in a folder below %s; add them first, with %q", dir, "lookalike add")
	}
	return a.printLabelling(labelling{Changed: changed, Failures: []failure{}})
}

// foldersOf gives the names of the folders below dir that an image's files lie in.
func foldersOf(img api.Image, dir string) (names []string) {
	for _, f := range img.Files {
		rel, err := filepath.Rel(dir, filepath.Dir(f.Path))
		if f.Uploaded || err != nil || rel == "." || rel == ".." || strings.HasPrefix(rel, "../") {
			continue
		}
		if name := filepath.Base(rel); !slices.Contains(names, name) {
			names = append(names, name)
		}
	}
	return names
}

func (a *app) printLabelling(out labelling) error {
	for _, f := range out.Failures {
		fmt.Fprintln(a.stderr, "failed:", failureLine(f))
	}
	if a.json {
		if err := a.printJSON(out); err != nil {
			return err
		}
	} else {
		fmt.Fprintf(a.stdout, "%d labels changed, %d failed\n", out.Changed, len(out.Failures))
	}
	if len(out.Failures) > 0 {
		return fmt.Errorf("%w: %d", errReported, len(out.Failures))
	}
	return nil
}

// labelledImage is an image's labels in `label list --json`.
type labelledImage struct {
	ID   string `json:"id"`
	Path string `json:"path"`
	api.Labels
}

// listLabels lists all labels, or what was decided about pictures.
func (a *app) listLabels(ctx context.Context, args []string) error {
	lib, err := a.openLibrary(ctx)
	if err != nil {
		return err
	}
	defer lib.close()
	if len(args) == 0 {
		list, err := lib.Labels(ctx)
		if err != nil {
			return fmt.Errorf("label: %w", err)
		}
		return a.printLabels(list)
	}
	images, rows := []labelledImage{}, [][]string{}
	for _, arg := range args {
		img, err := lib.image(ctx, arg)
		if err != nil {
			return fmt.Errorf("label: %w", err)
		}
		labels, err := lib.LabelsOf(ctx, img.ID)
		if err != nil {
			return fmt.Errorf("label: %w", err)
		}
		images = append(images, labelledImage{img.ID, img.Path, labels})
		for _, d := range labels.Decisions {
			rows = append(rows, []string{img.ID, d.Label, d.Decision, d.At.Local().Format("2006-01-02 15:04"), img.Path})
		}
	}
	if a.json {
		return a.printJSON(struct {
			Images []labelledImage `json:"images"`
		}{images})
	}
	return a.table([]string{"ID", "LABEL", "DECISION", "AT", "PATH"}, rows)
}

func (a *app) printLabels(list api.LabelList) error {
	if a.json {
		return a.printJSON(list)
	}
	if len(list.Labels) == 0 {
		_, err := fmt.Fprintln(a.stdout, `no labels yet; "lookalike label --help" says how to give some`)
		return err
	}
	rows := [][]string{}
	for _, l := range list.Labels {
		rows = append(rows, []string{strconv.Itoa(l.Images), l.Label})
	}
	return a.table([]string{"IMAGES", "LABEL"}, rows)
}
