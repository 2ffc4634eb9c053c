package main

import (
	"context"
	"fmt"

	"github.com/spf13/cobra"

	"lookalike/api"
)

func newList(a *app) *cobra.Command {
	var limit int
	var cursor, label string
	cmd := &cobra.Command{
		Use:   "list",
		Short: "List the pictures of the library, newest first",
		Example: `  lookalike list --limit 20
  lookalike list --label cat
  lookalike list --json | jq -r '.images[].path'`,
		Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, args []string) error {
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
				page, err := lib.imagesOf(cmd.Context(), label, cursor, want)
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
	cmd.Flags().IntVar(&limit, "limit", 0, "how many at most; 0 is all")
	cmd.Flags().StringVar(&label, "label", "", "only pictures with this `label`")
	cmd.Flags().StringVar(&cursor, "cursor", "", "go on from the \"next\" of an earlier --json list")
	return cmd
}

// imagesOf lists a page of all images, or of those with a label.
func (l *library) imagesOf(ctx context.Context, label, cursor string, limit int) (api.ImageList, error) {
	if label != "" {
		return l.ImagesLabelled(ctx, label, cursor, limit)
	}
	return l.Images(ctx, cursor, limit)
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
