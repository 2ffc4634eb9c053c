package main

import (
	"fmt"

	"github.com/spf13/cobra"
)

func newStats(a *app) *cobra.Command {
	return &cobra.Command{
		Use:     "stats",
		Short:   "Show how much the library holds, and with which model",
		Example: "  lookalike stats --json",
		Args:    cobra.NoArgs,
		RunE: func(cmd *cobra.Command, args []string) error {
			lib, err := a.openLibrary(cmd.Context())
			if err != nil {
				return err
			}
			defer lib.close()
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
				{"database", size(s.BytesStore)},
				{"originals", size(s.BytesOriginals)},
				{"model", fmt.Sprintf("%s (%d dimensions, %.12s)", s.Model.Name, s.Model.Dim, s.Model.Fingerprint)},
				{"index", fmt.Sprintf("M %d, efConstruction %d, ef %d", s.Index.M, s.Index.EfConstruction, s.Index.Ef)},
				{"kernels", s.Kernel + ", " + s.Precision},
				{"version", s.Version},
			}
			if s.Model.Note != "" {
				rows = append(rows, []string{"note", s.Model.Note})
			}
			return a.table([]string{"WHAT", "VALUE"}, rows)
		},
	}
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
