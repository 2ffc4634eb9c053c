package main

import (
	"context"
	"encoding/csv"
	"fmt"
	"strconv"

	"github.com/spf13/cobra"

	"lookalike/api"
)

func newDedup(a *app) *cobra.Command {
	var threshold float32
	var limit int
	var asCSV bool
	cmd := &cobra.Command{
		Use:   "dedup",
		Short: "List exact and near duplicates",
		Long: `Lists pictures that several files hold (exact: the same pixels, whatever the
file format) and groups of pictures that look alike. Every member of a group
scores at least the threshold against the group's medoid, so there are no
chains of ever less similar pictures. Nothing is deleted. Pictures whose vector
cannot be read are listed, and the exit code is 1.`,
		Example: `  lookalike dedup
  lookalike dedup --threshold 0.95 --csv > duplicates.csv`,
		Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, args []string) error {
			if a.json && asCSV {
				return usage(fmt.Errorf("--json and --csv exclude each other"))
			}
			lib, err := a.openLibrary(cmd.Context())
			if err != nil {
				return err
			}
			defer lib.close()
			return a.dedup(cmd.Context(), lib, threshold, limit, asCSV)
		},
	}
	cmd.Flags().Float32Var(&threshold, "threshold", 0, "lowest cosine `score` against the group's medoid; 0 is the model's default")
	cmd.Flags().IntVar(&limit, "limit", 0, "how many exact copies and groups at most, the largest first; 0 is all")
	cmd.Flags().BoolVar(&asCSV, "csv", false, "print CSV")
	return cmd
}

// duplicateHeader names the columns of the table and of the CSV.
var duplicateHeader = []string{"group", "role", "score", "id", "path"}

// dedup asks for duplicates in lines, so that CSV of any length is printed as it is
// found. A table and JSON are printed as a whole.
func (a *app) dedup(ctx context.Context, lib *library, threshold float32, limit int, asCSV bool) error {
	bar := lateProgress(a.barWriter(), -1, "comparing", "images")
	defer bar.finish()
	rows := csv.NewWriter(a.stdout)
	found := api.Duplicates{Exact: []api.Exact{}, Groups: []api.Group{}, Unread: []api.Unread{}}
	exact, groups := 0, 0
	if asCSV {
		_ = rows.Write(duplicateHeader) // Error tells below
	}
	err := lib.EachDuplicate(ctx, threshold, limit, func(l api.DuplicateLine) error {
		switch {
		case l.Progress != nil:
			bar.set(l.Progress.Done, l.Progress.Of)
		case l.Unread != nil:
			found.Unread = append(found.Unread, *l.Unread)
		case l.Model != nil:
			found.Threshold, found.Model = l.Threshold, *l.Model
		case !asCSV && l.Exact != nil:
			found.Exact = append(found.Exact, *l.Exact)
		case !asCSV && l.Group != nil:
			found.Groups = append(found.Groups, *l.Group)
		case l.Exact != nil:
			exact++
			_ = rows.WriteAll(exactRows(exact, *l.Exact))
		case l.Group != nil:
			groups++
			_ = rows.WriteAll(groupRows(groups, *l.Group))
		}
		return rows.Error()
	})
	bar.finish()
	switch rows.Flush(); {
	case err != nil:
		return fmt.Errorf("dedup: %w", err)
	case asCSV:
		a.modelNote(found.Model)
		err = rows.Error()
	default:
		err = a.printDuplicates(found)
	}
	if err == nil {
		err = a.unread(found.Unread)
	}
	return err
}

// unread lists the pictures that were not compared: what was found is not all there may be.
func (a *app) unread(left []api.Unread) error {
	for _, u := range left {
		fmt.Fprintf(a.stderr, "not compared: %s (id %s): %s\n", u.Path, u.ID, u.Error)
	}
	if len(left) == 0 {
		return nil
	}
	fmt.Fprintf(a.stderr, "%d pictures were not compared\n", len(left))
	return errReported
}

// modelNote says on standard error what there is to say about a model's results.
func (a *app) modelNote(m api.Model) {
	if m.Note != "" {
		fmt.Fprintln(a.stderr, m.Note)
	}
}

func (a *app) printDuplicates(found api.Duplicates) error {
	a.modelNote(found.Model)
	switch rows := duplicateRows(found); {
	case a.json:
		return a.printJSON(found)
	case len(rows) == 0:
		_, err := fmt.Fprintf(a.stdout, "no duplicates at threshold %.2f\n", found.Threshold)
		return err
	default:
		if err := a.table([]string{"GROUP", "ROLE", "SCORE", "ID", "PATH"}, rows); err != nil {
			return err
		}
		fmt.Fprintf(a.stderr, "%d pictures in several files, %d groups at threshold %.2f\n", len(found.Exact), len(found.Groups), found.Threshold)
		return nil
	}
}

// duplicateRows is one row a file: first the exact copies, then the groups.
func duplicateRows(found api.Duplicates) (rows [][]string) {
	for i, e := range found.Exact {
		rows = append(rows, exactRows(i+1, e)...)
	}
	for i, g := range found.Groups {
		rows = append(rows, groupRows(i+1, g)...)
	}
	return rows
}

// exactRows are the files of one image.
func exactRows(number int, e api.Exact) (rows [][]string) {
	for _, f := range e.Image.Files {
		rows = append(rows, []string{"exact-" + strconv.Itoa(number), "copy", "1.0000", e.Image.ID, f.Path})
	}
	return rows
}

// groupRows are a medoid and its members.
func groupRows(number int, g api.Group) [][]string {
	group := "near-" + strconv.Itoa(number)
	rows := [][]string{{group, "medoid", "1.0000", g.Medoid.ID, g.Medoid.Path}}
	for _, m := range g.Members {
		rows = append(rows, []string{group, "member", fmt.Sprintf("%.4f", m.Score), m.Image.ID, m.Image.Path})
	}
	return rows
}
