package main

import (
	"fmt"
	"io"
	"os"

	"github.com/spf13/cobra"

	"lookalike/api"
)

// queryFlags are shared by the commands that ask for neighbours.
type queryFlags struct {
	k         int
	threshold float32
	region    string
	recall    float64
	filterFlags
}

func (q *queryFlags) register(cmd *cobra.Command) {
	q.filterFlags.register(cmd)
	cmd.Flags().Float64Var(&q.recall, "recall", 0, "find this `share` of the true neighbours, such as 0.99; measured on the library itself")
	cmd.Flags().IntVarP(&q.k, "k", "k", 10, "how many results at most")
	cmd.Flags().Float32Var(&q.threshold, "threshold", 0, "lowest cosine `score` to show, -1 to 1; 0 shows any")
	cmd.Flags().StringVar(&q.region, "region", "", "search by a part of the picture: `x,y,width,height` in pixels, or in fractions of its sides such as 0.5,0,0.5,1")
}

func newSearch(a *app) *cobra.Command {
	var q queryFlags
	cmd := &cobra.Command{
		Use:   "search IMAGE",
		Short: "Find what looks like a picture on disk",
		Long:  "Finds the pictures that look most like IMAGE, which need not be in the library.\nIMAGE is a file, or - for standard input.",
		Example: `  lookalike search holiday.jpg
  lookalike search holiday.jpg --region 0.5,0.25,0.5,0.5   # what is in this part of it?
  lookalike search holiday.jpg --in ~/Pictures/2023 --min-width 2000
  curl -s https://example.com/cat.png | lookalike search - -k 3 --json`,
		Args: cobra.ExactArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			among, err := q.among()
			if err != nil {
				return err
			}
			name, in, err := a.openInput(args[0])
			if err != nil {
				return err
			}
			defer in.Close()
			lib, err := a.openForPictures(cmd.Context())
			if err != nil {
				return err
			}
			defer lib.close()
			found, err := lib.Search(cmd.Context(), name, in, q.k, q.threshold, q.region, among, api.WithRecall(q.recall))
			if err != nil {
				return fmt.Errorf("search: %w", err)
			}
			return a.printResults(found)
		},
	}
	q.register(cmd)
	return cmd
}

func newSimilar(a *app) *cobra.Command {
	var q queryFlags
	cmd := &cobra.Command{
		Use:   "similar ID",
		Short: "Find what looks like a picture of the library",
		Long:  "Finds the pictures that look most like the one with the given ID (see list) or path.",
		Example: `  lookalike similar 42
  lookalike similar ~/Pictures/cat.jpg --threshold 0.8 --json
  lookalike similar 42 --after 2024-01-01 --format jpeg,png`,
		Args: cobra.ExactArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			among, err := q.among()
			if err != nil {
				return err
			}
			lib, err := a.openLibrary(cmd.Context())
			if err != nil {
				return err
			}
			defer lib.close()
			id, err := lib.resolve(cmd.Context(), args[0])
			if err != nil {
				return err
			}
			found, err := lib.Similar(cmd.Context(), id, q.k, q.threshold, q.region, among, api.WithRecall(q.recall))
			if err != nil {
				return fmt.Errorf("similar: %w", err)
			}
			return a.printResults(found)
		},
	}
	q.register(cmd)
	return cmd
}

// openInput opens a file, or standard input for "-".
func (a *app) openInput(path string) (name string, in io.ReadCloser, err error) {
	if path == "-" {
		return "standard input", io.NopCloser(a.stdin), nil
	}
	f, err := os.Open(path)
	return path, f, err
}

// foundResult is a line of search and similar in JSON.
type foundResult struct {
	ID    string  `json:"id"`
	Path  string  `json:"path"`
	Score float32 `json:"score"`
}

func (a *app) printResults(found api.Results) error {
	if found.Model.Note != "" {
		fmt.Fprintln(a.stderr, found.Model.Note)
	}
	if a.json {
		out := struct {
			Results []foundResult `json:"results"`
			Model   api.Model     `json:"model"`
		}{Results: []foundResult{}, Model: found.Model}
		for _, r := range found.Results {
			out.Results = append(out.Results, foundResult{r.ID, r.Path, r.Score})
		}
		return a.printJSON(out)
	}
	if len(found.Results) == 0 {
		fmt.Fprintln(a.stdout, "nothing found; is anything added, and do --threshold and the filters let it through?")
		return nil
	}
	rows := [][]string{}
	for _, r := range found.Results {
		rows = append(rows, []string{fmt.Sprintf("%.4f", r.Score), r.ID, r.Path})
	}
	return a.table([]string{"SCORE", "ID", "PATH"}, rows)
}
