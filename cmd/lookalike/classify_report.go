package main

import (
	"cmp"
	"context"
	"fmt"
	"slices"
	"strconv"

	"github.com/spf13/cobra"

	"lookalike/api"
)

func newClassifyTrain(a *app) *cobra.Command {
	return &cobra.Command{
		Use:   "train",
		Short: "Train a linear probe on the labelled pictures",
		Long: `Trains softmax regression on the vectors of the labelled pictures. A fifth of
each label is kept aside to choose the strength of regularisation by; the
accuracy and the confusion matrix are about these, which that fit had not seen.
The probe is then trained on all of them and kept in the data folder, for this
model. The same labels give the same probe.`,
		Example: "  lookalike classify train\n  lookalike classify --unlabelled --method probe",
		Args:    usageArgs(cobra.NoArgs),
		RunE: func(cmd *cobra.Command, args []string) error {
			lib, err := a.openLibrary(cmd.Context())
			if err != nil {
				return err
			}
			defer lib.close()
			bar := lateProgress(a.barWriter(), -1, "training", "fits")
			probe, err := lib.TrainProbe(cmd.Context(), func(p api.Progress) { bar.set(p.Done, p.Of) })
			bar.finish()
			if err != nil {
				return fmt.Errorf("classify train: %w", err)
			}
			return a.printProbe(probe)
		},
	}
}

func (a *app) printProbe(p api.Probe) error {
	a.modelNote(p.Model)
	if a.json {
		return a.printJSON(p)
	}
	rows := [][]string{}
	for _, try := range p.Tries {
		mark := ""
		if try.Lambda == p.Lambda { //nolint:staticcheck // one of them, not computed
			mark = "chosen"
		}
		rows = append(rows, []string{fmt.Sprintf("%g", try.Lambda), fmt.Sprintf("%.3f", try.Accuracy), fmt.Sprintf("%.3f", try.Loss), mark})
	}
	if err := a.table([]string{"LAMBDA", "ACCURACY", "LOSS", ""}, rows); err != nil {
		return err
	}
	fmt.Fprintln(a.stdout)
	if err := a.printJudgement(p.Validation); err != nil {
		return err
	}
	_, err := fmt.Fprintf(a.stdout, "\ntrained on %d pictures, %d labels\n", p.Images, len(p.Labels))
	return err
}

func newClassifyEvaluate(a *app) *cobra.Command {
	var f classifyFlags
	cmd := &cobra.Command{
		Use:   "evaluate",
		Short: "Measure how well labelled pictures are told from the others",
		Long: `Classifies every labelled picture by the others (leave-one-out), by the vote of
neighbours and by a linear probe, and compares. With the probe, and more than
200 pictures, a tenth of them is left out at a time.`,
		Example: "  lookalike classify evaluate\n  lookalike classify evaluate --method knn --k 5 --json",
		Args:    usageArgs(cobra.NoArgs),
		RunE: func(cmd *cobra.Command, args []string) error {
			if err := f.check(); err != nil {
				return err
			}
			lib, err := a.openLibrary(cmd.Context())
			if err != nil {
				return err
			}
			defer lib.close()
			return a.evaluate(cmd.Context(), lib, f.ClassifyOptions)
		},
	}
	f.register(cmd, "")
	cmd.Flags().Lookup("method").Usage = "\"knn\" or \"probe\"; without it both"
	return cmd
}

// evaluate measures one method, or both.
func (a *app) evaluate(ctx context.Context, lib *library, o api.ClassifyOptions) error {
	methods := []string{o.Method}
	if o.Method == "" {
		methods = []string{"knn", "probe"}
	}
	var found []api.Evaluation
	for _, method := range methods {
		o.Method = method
		bar := lateProgress(a.barWriter(), -1, method, "images")
		e, err := lib.Evaluate(ctx, o, func(p api.Progress) { bar.set(p.Done, p.Of) })
		bar.finish()
		if err != nil {
			return fmt.Errorf("classify evaluate: %w", err)
		}
		found = append(found, e)
	}
	a.modelNote(found[0].Model)
	if a.json {
		return a.printJSON(struct {
			Evaluations []api.Evaluation `json:"evaluations"`
		}{found})
	}
	for _, e := range found {
		fmt.Fprintln(a.stdout, evaluationTitle(e))
		if err := a.printJudgement(e.Judgement); err != nil {
			return err
		}
		fmt.Fprintln(a.stdout)
	}
	return nil
}

// evaluationTitle says what was measured, and how.
func evaluationTitle(e api.Evaluation) string {
	how := fmt.Sprintf("%d folds", e.Folds)
	if e.Folds == e.Judgement.Examples {
		how = "leave-one-out"
	}
	if e.Method == "knn" {
		return fmt.Sprintf("k-NN, k %d, temperature %g, %s", e.K, e.Temperature, how)
	}
	return fmt.Sprintf("linear probe, lambda %g, %s", e.Lambda, how)
}

// A confusion matrix of more labels than this is wider than a terminal.
const matrixLabels = 12

func (a *app) printJudgement(j api.Judgement) error {
	fmt.Fprintf(a.stdout, "accuracy %.3f (%d of %d), mean over labels %.3f, always the most frequent label %.3f\n\n",
		j.Accuracy, j.Right, j.Examples, j.Balanced, j.Majority)
	rows := [][]string{}
	for _, l := range j.Labels {
		share := "-"
		if l.Examples > 0 {
			share = fmt.Sprintf("%.3f", float64(l.Right)/float64(l.Examples))
		}
		rows = append(rows, []string{l.Label, strconv.Itoa(l.Examples), strconv.Itoa(l.Right), strconv.Itoa(l.Predicted), share})
	}
	if err := a.table([]string{"LABEL", "PICTURES", "RIGHT", "PREDICTED", "ACCURACY"}, rows); err != nil {
		return err
	}
	fmt.Fprintln(a.stdout)
	if len(j.Labels) <= matrixLabels {
		return a.printMatrix(j)
	}
	return a.printMistakes(j)
}

// printMatrix has a row for each label and a column for each that was predicted, by number.
func (a *app) printMatrix(j api.Judgement) error {
	counts := map[[2]string]int{}
	for _, c := range j.Confusion {
		counts[[2]string{c.Label, c.Predicted}] = c.Count
	}
	header, rows := []string{"CONFUSION"}, [][]string{}
	for i, row := range j.Labels {
		header = append(header, strconv.Itoa(i+1))
		cells := []string{fmt.Sprintf("%d %s", i+1, row.Label)}
		for _, column := range j.Labels {
			cells = append(cells, strconv.Itoa(counts[[2]string{row.Label, column.Label}]))
		}
		rows = append(rows, cells)
	}
	return a.table(header, rows)
}

// shownMistakes is how many a table shows.
const shownMistakes = 20

// printMistakes lists the most frequent ones, where a matrix would be too wide.
func (a *app) printMistakes(j api.Judgement) error {
	wrong := slices.DeleteFunc(slices.Clone(j.Confusion), func(c api.Confusion) bool { return c.Label == c.Predicted })
	slices.SortStableFunc(wrong, func(a, b api.Confusion) int { return cmp.Compare(b.Count, a.Count) })
	rows := [][]string{}
	for _, c := range wrong[:min(shownMistakes, len(wrong))] {
		rows = append(rows, []string{strconv.Itoa(c.Count), c.Label, c.Predicted})
	}
	return a.table([]string{"MISTAKES", "LABEL", "PREDICTED"}, rows)
}
