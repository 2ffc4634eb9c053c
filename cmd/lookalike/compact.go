package main

import (
	"fmt"

	"github.com/spf13/cobra"

	"lookalike/api"
)

func newCompact(a *app) *cobra.Command {
	return &cobra.Command{
		Use:   "compact",
		Short: "Give back the disk space that deletes have left",
		Long: `Writes the database anew without what is free in it, and puts the new file in the
place of the old one. Space that deleted pictures leave is used for new ones, so
this is only for a library that has shrunk for good; "lookalike stats" shows what
is free. It takes as much room again as the database will have. Searches go on
meanwhile, also in a server; adds and deletes wait. Ctrl-C, or a crash, leaves
the database as it was.`,
		Example: `  lookalike compact
  lookalike compact --json`,
		Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			lib, err := a.openLibrary(cmd.Context())
			if err != nil {
				return err
			}
			defer lib.close()
			bar := lateProgress(a.barWriter(), -1, "compacting", "bytes")
			done, err := lib.Compact(cmd.Context(), func(p api.Progress) { bar.set(p.Done, p.Of) })
			bar.finish()
			if err != nil {
				return fmt.Errorf("compact: %w", err)
			}
			if a.json {
				return a.printJSON(done)
			}
			_, err = fmt.Fprintf(a.stdout, "the database had %s and has %s\n", size(done.BytesBefore), size(done.BytesAfter))
			return err
		},
	}
}
