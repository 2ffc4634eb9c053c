package main

import (
	"fmt"

	"github.com/spf13/cobra"

	"lookalike/api"
)

func newList(a *app) *cobra.Command {
	var limit int
	var cursor string
	var filter filterFlags
	cmd := &cobra.Command{
		Use:   "list",
		Short: "List the pictures of the library, newest first",
		Example: `  lookalike list --limit 20
  lookalike list --label cat
  lookalike list --in ~/Pictures --before 2020-01-01 --min-size 5MB
  lookalike list --json | jq -r '.images[].path'`,
		Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, args []string) error {
			among, err := filter.among()
			if err != nil {
				return err
			}
			lib, err := a.openLibrary(cmd.Context())
			if err != nil {
				return err
			}
			defer lib.close()
			list := api.ImageList{Images: []api.Image{}}
			for limit <= 0 || len(list.Images) < limit {
				want := listPage
				if limit > 0 {
					want = min(want, limit-len(list.Images))
				}
				page, err := lib.Images(cmd.Context(), cursor, want, among)
				if err != nil {
					return fmt.Errorf("list: %w", err)
				}
				list.Images = append(list.Images, page.Images...)
				list.Total, list.Model, list.Next = page.Total, page.Model, page.Next
				if cursor = page.Next; cursor == "" {
					break
				}
			}
			return a.printList(list)
		},
	}
	filter.register(cmd)
	cmd.Flags().IntVar(&limit, "limit", 0, "how many at most; 0 is all")
	cmd.Flags().StringVar(&cursor, "cursor", "", "go on from the \"next\" of an earlier --json list")
	return cmd
}

// listPage is how many images one request asks for.
const listPage = 200

func (a *app) printList(list api.ImageList) error {
	if a.json {
		return a.printJSON(list)
	}
	rows := [][]string{}
	for _, img := range list.Images {
		path := img.Path
		if more := len(img.Files) - 1; more > 0 {
			path += fmt.Sprintf(" (+%d)", more)
		}
		rows = append(rows, []string{img.ID, fmt.Sprintf("%dx%d", img.Width, img.Height), img.Format, size(img.Bytes),
			img.AddedAt.Local().Format("2006-01-02 15:04"), path})
	}
	if err := a.table([]string{"ID", "PIXELS", "FORMAT", "SIZE", "ADDED", "PATH"}, rows); err != nil {
		return err
	}
	fmt.Fprintf(a.stderr, "%d of %d\n", len(list.Images), list.Total)
	return nil
}
