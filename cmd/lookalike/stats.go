package main

import (
	"context"
	"errors"
	"fmt"
	"strings"

	"github.com/spf13/cobra"

	"lookalike/api"
)

const statsLong = `Shows how much the library holds, and with which model.

--recall searches for up to 200 of the library's own pictures with several efs,
and exactly, and shows what share of the true ten nearest each ef found, what a
search took, and the least ef that finds the share given (0.99).`

func newStats(a *app) *cobra.Command {
	var recall float64
	cmd := &cobra.Command{
		Use:     "stats",
		Short:   "Show how much the library holds, and with which model",
		Long:    statsLong,
		Example: "  lookalike stats --json\n  lookalike stats --recall          # what do searches find of the true neighbours?\n  lookalike stats --recall=0.999",
		Args:    cobra.NoArgs,
		RunE: func(cmd *cobra.Command, args []string) error {
			lib, err := a.openLibrary(cmd.Context())
			if err != nil {
				return err
			}
			defer lib.close()
			if cmd.Flags().Changed("recall") {
				return a.showRecall(cmd.Context(), lib, recall)
			}
			s, err := lib.Stats(cmd.Context())
			if err != nil {
				return fmt.Errorf("stats: %w", err)
			}
			if a.json {
				return a.printJSON(s)
			}
			rows := [][]string{
				{"data", a.data},
				{"images", fmt.Sprint(s.Images)},
				{"files", fmt.Sprint(s.Files)},
				{"distinct vectors", fmt.Sprint(s.Nodes)},
				{"database", databaseSize(s)},
				{"originals", size(s.BytesOriginals)},
				{"model", strings.TrimSpace(fmt.Sprintf("%s (%d dimensions, %.12s) %s", s.Model.Name, s.Model.Dim, s.Model.Fingerprint, s.Model.Options))},
				{"index", fmt.Sprintf("M %d, efConstruction %d, ef %d", s.Index.M, s.Index.EfConstruction, s.Index.Ef)},
				{"kernels", strings.TrimSuffix(s.Kernel+", "+s.Precision, ", ")},
				{"version", s.Version},
			}
			if s.Model.Note != "" {
				rows = append(rows, []string{"note", s.Model.Note})
			}
			if s.Model.Unavailable != "" {
				rows = append(rows, []string{"model is gone", s.Model.Unavailable})
			}
			return a.table([]string{"WHAT", "VALUE"}, rows)
		},
	}
	cmd.Flags().Float64Var(&recall, "recall", 0, "measure what searches find, and the ef that this `share` of the true neighbours takes")
	cmd.Flags().Lookup("recall").NoOptDefVal = "0.99"
	return cmd
}

// databaseSize says also what "lookalike compact" would give back.
func databaseSize(s api.Stats) string {
	if s.BytesFree == 0 {
		return size(s.BytesStore)
	}
	return fmt.Sprintf("%s, %s of it free for what comes", size(s.BytesStore), size(s.BytesFree))
}

// showRecall has recall measured and prints it.
func (a *app) showRecall(ctx context.Context, lib *library, want float64) error {
	if want == 0 {
		return usage(errors.New("--recall 0: a share from 0.5 to 1 is needed, such as --recall=0.99"))
	}
	r, err := lib.Recall(ctx, want)
	if err != nil {
		return fmt.Errorf("stats: %w", err)
	}
	if a.json {
		return a.printJSON(r)
	}
	rows := [][]string{}
	for _, p := range r.Points {
		mark := ""
		if p.Ef == r.Ef {
			mark = "chosen"
		}
		rows = append(rows, []string{fmt.Sprint(p.Ef), fmt.Sprintf("%.4f", p.Recall), fmt.Sprintf("%.0f us", p.Micros), mark})
	}
	rows = append(rows, []string{"exact", "1.0000", fmt.Sprintf("%.0f us", r.ExactMicros), ""})
	if err := a.table([]string{"EF", "RECALL@10", "A SEARCH", ""}, rows); err != nil {
		return err
	}
	reaches := "reaches"
	if !r.Reached {
		reaches = "is the best, and does not reach"
	}
	if r.Unread > 0 {
		fmt.Fprintf(a.stderr, "%d pictures are left out, since they or neighbours of theirs cannot be read; see %q\n", r.Unread, "lookalike check")
	}
	fmt.Fprintf(a.stderr, "%d of %d distinct vectors searched for; ef %d %s %v\n", r.Sample, r.Nodes, r.Ef, reaches, r.Want)
	return nil
}

func newCheck(a *app) *cobra.Command {
	return &cobra.Command{
		Use:   "check",
		Short: "Verify everything in the data folder",
		Long: `Reads every record, vector, thumbnail and graph chunk, verifies checksums and
that they agree, and lists added files that are no longer on disk. Exit code 1
when something is wrong.`,
		Example: "  lookalike check && echo all is well",
		Args:    cobra.NoArgs,
		RunE: func(cmd *cobra.Command, args []string) error {
			lib, err := a.openLibrary(cmd.Context())
			if err != nil {
				return err
			}
			defer lib.close()
			report, err := lib.Check(cmd.Context())
			if err != nil {
				return fmt.Errorf("check: %w", err)
			}
			if a.json {
				if err := a.printJSON(report); err != nil {
					return err
				}
			} else {
				for _, path := range report.MissingFiles {
					fmt.Fprintln(a.stdout, "missing:", path)
				}
				for _, p := range report.Problems {
					fmt.Fprintln(a.stdout, "problem:", p)
				}
				fmt.Fprintf(a.stdout, "%d problems, %d missing files\n", len(report.Problems), len(report.MissingFiles))
			}
			if !report.OK {
				return errReported
			}
			return nil
		},
	}
}
