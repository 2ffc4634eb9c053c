package main

import (
	"context"
	"fmt"
	"strings"

	"github.com/spf13/cobra"

	"lookalike/api"
)

// classifyFlags say how to classify.
type classifyFlags struct{ api.ClassifyOptions }

func (f *classifyFlags) register(cmd *cobra.Command, method string) {
	cmd.Flags().StringVar(&f.Method, "method", method, "\"knn\", the vote of the nearest labelled pictures, or \"probe\", which classify train has trained")
	cmd.Flags().IntVar(&f.K, "k", 20, "how many neighbours vote")
	cmd.Flags().Float64Var(&f.Temperature, "temperature", 0.07, "a neighbour of `score` s votes with weight exp(s/temperature)")
}

func (f *classifyFlags) check() error {
	switch {
	case f.Method != "" && f.Method != "knn" && f.Method != "probe":
		return usage(fmt.Errorf("--method %s: knn or probe", f.Method))
	case f.K < 1 || f.K > 1000:
		return usage(fmt.Errorf("--k %d: 1 to 1000", f.K))
	case !(f.Temperature >= 1e-4 && f.Temperature <= 100):
		return usage(fmt.Errorf("--temperature %v: 0.0001 to 100", f.Temperature))
	}
	return nil
}

const classifyLong = `Tells what pictures may be from those that have labels (see label).

IMAGE is the ID of a picture of the library, a file, or - for standard input.
With --unlabelled it goes through all pictures without a label, the surest
suggestion first; the gallery shows the same, to accept or reject.

How good that is depends on the model: the starter finds edited copies and
knows little of meaning. "classify evaluate" measures it on your labels.`

func newClassify(a *app) *cobra.Command {
	var f classifyFlags
	var unlabelled bool
	var limit int
	cmd := &cobra.Command{
		Use:   "classify IMAGE...|--unlabelled",
		Short: "Suggest labels for pictures",
		Long:  classifyLong,
		Example: `  lookalike classify new.jpg
  lookalike classify --unlabelled --limit 20
  lookalike classify train && lookalike classify new.jpg --method probe
  lookalike classify evaluate`,
		Args: func(cmd *cobra.Command, args []string) error {
			if unlabelled {
				return cobra.NoArgs(cmd, args)
			}
			return cobra.MinimumNArgs(1)(cmd, args)
		},
		RunE: func(cmd *cobra.Command, args []string) error {
			if err := f.check(); err != nil {
				return err
			}
			lib, err := a.openLibrary(cmd.Context())
			if err != nil {
				return err
			}
			defer lib.close()
			if unlabelled {
				return a.classifyUnlabelled(cmd.Context(), lib, f.ClassifyOptions, limit)
			}
			return a.classify(cmd.Context(), lib, f.ClassifyOptions, args)
		},
	}
	f.register(cmd, "knn")
	cmd.Flags().BoolVar(&unlabelled, "unlabelled", false, "all pictures without a label, the surest first")
	cmd.Flags().IntVar(&limit, "limit", 0, "how many of --unlabelled at most; 0 is all")
	cmd.AddCommand(newClassifyTrain(a), newClassifyEvaluate(a))
	return cmd
}

// classified is a picture and what it may be, in JSON.
type classified struct {
	ID          string           `json:"id,omitempty"`
	Path        string           `json:"path"`
	Suggestions []api.Suggestion `json:"suggestions"`
}

// classifications is what classify prints with --json.
type classifications struct {
	Images   []classified `json:"images"`
	Failures []failure    `json:"failures"`
	Method   string       `json:"method"`
	Model    api.Model    `json:"model"`
}

// classify goes through pictures one by one. One that cannot be read is told and passed over.
func (a *app) classify(ctx context.Context, lib *library, o api.ClassifyOptions, args []string) error {
	out := classifications{Images: []classified{}, Failures: []failure{}, Method: o.Method}
	bar := lateProgress(a.barWriter(), int64(len(args)), "classifying", "images")
	defer bar.finish()
	for _, arg := range args {
		one, answer, err := a.classifyOne(ctx, lib, o, arg)
		if ctx.Err() != nil {
			return ctx.Err()
		}
		bar.add(1)
		if err != nil {
			out.Failures = append(out.Failures, failure{arg, err.Error()})
			continue
		}
		out.Images, out.Model = append(out.Images, one), answer.Model
	}
	bar.finish()
	return a.printClassified(out)
}

func (a *app) classifyOne(ctx context.Context, lib *library, o api.ClassifyOptions, arg string) (one classified, answer api.Suggestions, err error) {
	one = classified{Path: arg}
	if strings.Trim(arg, "0123456789") == "" {
		img, err := lib.Image(ctx, arg)
		if err != nil {
			return one, answer, err
		}
		one.ID, one.Path = img.ID, img.Path
		answer, err = lib.Suggestions(ctx, arg, o)
		one.Suggestions = answer.Suggestions
		return one, answer, err
	}
	name, in, err := a.openInput(arg)
	if err != nil {
		return one, answer, err
	}
	defer in.Close()
	answer, err = lib.Classify(ctx, name, in, o)
	one.Suggestions = answer.Suggestions
	return one, answer, err
}

// classifyUnlabelled goes through the pages.
func (a *app) classifyUnlabelled(ctx context.Context, lib *library, o api.ClassifyOptions, limit int) error {
	out := classifications{Images: []classified{}, Failures: []failure{}, Method: o.Method}
	bar := lateProgress(a.barWriter(), -1, "classifying", "images")
	defer bar.finish()
	for cursor := ""; limit <= 0 || len(out.Images) < limit; {
		want := listPage
		if limit > 0 {
			want = min(want, limit-len(out.Images))
		}
		page, err := lib.Unlabelled(ctx, o, cursor, want, func(p api.Progress) { bar.set(p.Done, p.Of) })
		if err != nil {
			return fmt.Errorf("classify: %w", err)
		}
		for _, one := range page.Images {
			out.Images = append(out.Images, classified{one.Image.ID, one.Image.Path, one.Suggestions})
		}
		out.Model = page.Model
		if cursor = page.Next; cursor == "" {
			break
		}
	}
	bar.finish()
	return a.printClassified(out)
}

func (a *app) printClassified(out classifications) error {
	a.modelNote(out.Model)
	for _, f := range out.Failures {
		fmt.Fprintln(a.stderr, "failed:", failureLine(f))
	}
	if err := a.printSuggestions(out); err != nil {
		return err
	}
	if len(out.Failures) > 0 {
		return fmt.Errorf("%w: %d", errReported, len(out.Failures))
	}
	return nil
}

// shownSuggestions is how many labels of a picture the table has room for.
const shownSuggestions = 3

func (a *app) printSuggestions(out classifications) error {
	if a.json {
		return a.printJSON(out)
	}
	rows := [][]string{}
	for _, one := range out.Images {
		var list []string
		for _, s := range one.Suggestions[:min(shownSuggestions, len(one.Suggestions))] {
			list = append(list, fmt.Sprintf("%s %.2f", s.Label, s.Share))
		}
		text := strings.Join(list, ", ")
		if text == "" {
			text = "(nothing: are other pictures labelled?)"
		}
		rows = append(rows, []string{one.ID, text, one.Path})
	}
	if len(rows) == 0 {
		fmt.Fprintln(a.stderr, "nothing to suggest: every picture has a label, or none has")
		return nil
	}
	return a.table([]string{"ID", "SUGGESTED", "PATH"}, rows)
}
