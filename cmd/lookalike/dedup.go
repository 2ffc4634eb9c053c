package main

import (
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
chains of ever less similar pictures. Nothing is deleted.`,
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
			found, err := lib.Duplicates(cmd.Context(), threshold, limit)
			if err != nil {
				return fmt.Errorf("dedup: %w", err)
			}
			return a.printDuplicates(found, asCSV)
		},
	}
	cmd.Flags().Float32Var(&threshold, "threshold", 0, "lowest cosine `score` against the group's medoid; 0 is the model's default")
	cmd.Flags().IntVar(&limit, "limit", 1000, "how many groups at most")
	cmd.Flags().BoolVar(&asCSV, "csv", false, "print CSV")
	return cmd
}

// duplicateHeader names the columns of the table and of the CSV.
var duplicateHeader = []string{"group", "role", "score", "id", "path"}

func (a *app) printDuplicates(found api.Duplicates, asCSV bool) error {
	if found.Model.Note != "" {
		fmt.Fprintln(a.stderr, found.Model.Note)
	}
	switch rows := duplicateRows(found); {
	case a.json:
		return a.printJSON(found)
	case asCSV:
		w := csv.NewWriter(a.stdout)
		return w.WriteAll(append([][]string{duplicateHeader}, rows...))
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
		for _, f := range e.Image.Files {
			rows = append(rows, []string{"exact-" + strconv.Itoa(i+1), "copy", "1.0000", e.Image.ID, f.Path})
		}
	}
	for i, g := range found.Groups {
		group := "near-" + strconv.Itoa(i+1)
		rows = append(rows, []string{group, "medoid", "1.0000", g.Medoid.ID, g.Medoid.Path})
		for _, m := range g.Members {
			rows = append(rows, []string{group, "member", fmt.Sprintf("%.4f", m.Score), m.Image.ID, m.Image.Path})
		}
	}
	return rows
}
