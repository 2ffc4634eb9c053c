package main

import (
	"context"
	"fmt"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"lookalike/api"
)

// reembedPause is how often the progress is asked for.
const reembedPause = 200 * time.Millisecond

// States of a re-embedding, as in the API.
const (
	stateIdle     = "idle"
	stateLearning = "learning"
	stateStopped  = "stopped"
)

func newModelStatus(a *app) *cobra.Command {
	var wait bool
	cmd := &cobra.Command{
		Use:   "status",
		Short: "Show how far a change to another model is",
		Long: `Shows how far the library's re-embedding with another model is, and the pictures
that have no vector by the library's model, with the reason.`,
		Example: `  lookalike model status
  lookalike model status --wait
  lookalike model status --json | jq .eta_seconds`,
		Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			lib, err := a.openLibrary(cmd.Context())
			if err != nil {
				return err
			}
			defer lib.close()
			r, err := lib.Reembedding(cmd.Context())
			if err == nil && wait {
				r, err = a.follow(cmd.Context(), lib, r)
			}
			if err != nil {
				return fmt.Errorf("model status: %w", err)
			}
			return a.printReembedding(r)
		},
	}
	cmd.Flags().BoolVar(&wait, "wait", false, "wait until it is done")
	return cmd
}

func newModelCancel(a *app) *cobra.Command {
	return &cobra.Command{
		Use:     "cancel",
		Short:   "Give a change to another model up",
		Long:    "Gives up the re-embedding under way: the library stays with the model that it has.",
		Example: "  lookalike model cancel",
		Args:    cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			lib, err := a.openLibrary(cmd.Context())
			if err != nil {
				return err
			}
			defer lib.close()
			r, err := lib.CancelReembedding(cmd.Context())
			if err == nil {
				r, err = a.follow(cmd.Context(), lib, r)
			}
			if err != nil {
				return fmt.Errorf("model cancel: %w", err)
			}
			return a.printReembedding(r)
		},
	}
}

// reembed has the library change its model: in the background where a server owns it, else here.
func (a *app) reembed(ctx context.Context, req api.ReembeddingRequest, wait bool) error {
	lib, err := a.connect(ctx)
	if err != nil {
		return err
	}
	defer lib.close()
	r, err := lib.Reembed(ctx, req)
	if err != nil && ctx.Err() == nil {
		return unusable(fmt.Errorf("model use: %w", err))
	}
	if err == nil && lib.remote && !wait && (r.Target != nil || r.State == stateLearning) {
		if a.json {
			return a.printJSON(r)
		}
		_, err := fmt.Fprintf(a.stdout, "the server re-embeds %d pictures with %s in the background; until it is done all goes on with %s\n"+
			"  how far it is: lookalike model status --wait\n", r.Total, req.Model, r.Model.Name)
		return err
	}
	if err == nil {
		r, err = a.follow(ctx, lib, r)
	}
	switch {
	case ctx.Err() != nil && lib.remote:
		fmt.Fprintln(a.stderr, "interrupted; the server goes on: lookalike model status --wait")
		return ctx.Err()
	case ctx.Err() != nil:
		fmt.Fprintf(a.stderr, "interrupted: %d of %d pictures are done; the same command, or a server, goes on from here\n", r.Done, r.Total)
		return ctx.Err()
	case err != nil:
		return fmt.Errorf("model use: %w", err)
	}
	if err := a.printUse(req.Model, r.Model.Dim, r.Model.Fingerprint); err != nil {
		return err
	}
	return a.printNotEmbedded(r)
}

// follow draws the progress until there is none any more.
func (a *app) follow(ctx context.Context, lib *library, r api.Reembedding) (api.Reembedding, error) {
	bar := lateProgress(a.barWriter(), int64(r.Total), "re-embedding", "pictures")
	defer bar.finish()
	shown := 0
	for r.State != stateIdle && r.State != stateStopped {
		bar.add(r.Done - shown)
		shown = r.Done
		select {
		case <-ctx.Done():
			return r, ctx.Err()
		case <-time.After(reembedPause):
		}
		next, err := lib.Reembedding(ctx)
		if err != nil {
			return r, err
		}
		r = next
	}
	if r.Error != "" {
		return r, fmt.Errorf("it stopped: %s", r.Error)
	}
	return r, nil
}

// printReembedding prints how far it is, and what has no vector.
func (a *app) printReembedding(r api.Reembedding) error {
	if a.json {
		return a.printJSON(r)
	}
	rows := [][]string{{"model", r.Model.Name}, {"state", r.State}}
	if r.Target != nil {
		rows = append(rows, []string{"target", strings.TrimSpace(r.Target.Name + " " + r.Target.Options)}, []string{"done", fmt.Sprintf("%d of %d", r.Done, r.Total)})
	}
	if r.State == stateStopped {
		rows = append(rows, []string{"to go on", fmt.Sprintf("lookalike model use %s, or a server", r.Target.Name)})
	}
	if r.ETASeconds > 0 {
		rows = append(rows, []string{"to go", (time.Duration(r.ETASeconds) * time.Second).String()})
	}
	if r.Error != "" {
		rows = append(rows, []string{"error", r.Error})
	}
	rows = append(rows, []string{"from thumbnails", fmt.Sprint(r.FromThumbnail)}, []string{"not re-embedded", fmt.Sprint(r.NotEmbedded)})
	if err := a.table([]string{"WHAT", "VALUE"}, rows); err != nil {
		return err
	}
	a.listNotEmbedded(r)
	return nil
}

// listNotEmbedded names the pictures without a vector.
func (a *app) listNotEmbedded(r api.Reembedding) {
	for _, f := range r.Failures {
		fmt.Fprintf(a.stderr, "not re-embedded: %s\n", failureLine(failure{f.Path, f.Error}))
	}
	if more := r.NotEmbedded - len(r.Failures); more > 0 {
		fmt.Fprintf(a.stderr, "and %d more\n", more)
	}
}

// printNotEmbedded ends a re-embedding: exit code 1 when a picture is left without a vector.
func (a *app) printNotEmbedded(r api.Reembedding) error {
	a.listNotEmbedded(r)
	if r.FromThumbnail > 0 {
		fmt.Fprintf(a.stderr, "%d pictures were embedded from their thumbnails: their files are gone\n", r.FromThumbnail)
	}
	if r.NotEmbedded > 0 {
		return fmt.Errorf("%w: %d", errReported, r.NotEmbedded)
	}
	return nil
}
