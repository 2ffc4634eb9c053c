package main

import (
	"context"
	"errors"
	"fmt"
	"io/fs"

	"github.com/spf13/cobra"

	"lookalike/api"
	"lookalike/encoder"
	"lookalike/models"
	"lookalike/store"
)

func newModelUse(a *app) *cobra.Command {
	return &cobra.Command{
		Use:   "use NAME|starter",
		Short: "Choose the model of the data folder",
		Long: `Makes an installed model, or the starter, the one that the commands use on this
data folder unless --model says otherwise. The library must be empty or hold this
model's vectors already: those of different models cannot be compared.`,
		Example: `  lookalike model use dino-vitb16
  lookalike model use starter`,
		Args:              cobra.ExactArgs(1),
		ValidArgsFunction: a.modelNames(models.Starter),
		RunE: func(cmd *cobra.Command, args []string) error {
			return a.useModel(cmd.Context(), args[0])
		},
	}
}

func (a *app) useModel(ctx context.Context, name string) error {
	if name != models.Starter {
		if _, err := a.models().Get(name); err != nil {
			return modelError(fmt.Errorf("model use: %w; see \"lookalike model list\"", err))
		}
	}
	a.model = name
	enc, err := a.openEncoder(a.precision.Precision)
	if err != nil {
		return err
	}
	m := enc.Model()
	if err := errors.Join(enc.Close(), a.fitsLibrary(ctx, name, m)); err != nil {
		return unusable(fmt.Errorf("model use: %w", err))
	}
	if err := a.models().Use(ctx, name); err != nil {
		return modelError(fmt.Errorf("model use: %w", err))
	}
	if a.json {
		return a.printJSON(map[string]any{"name": name, "dim": m.Dim, "fingerprint": m.Fingerprint})
	}
	_, err = fmt.Fprintf(a.stdout, "%s is in use: %d dimensions\n", name, m.Dim)
	return err
}

// fitsLibrary refuses a model whose vectors cannot be compared with those of the library. A server that owns the data
// folder would go on with its own model, so it must have this one.
func (a *app) fitsLibrary(ctx context.Context, name string, m encoder.Model) error {
	if owner, err := store.ReadOwner(a.data); err == nil && owner.URL != "" {
		stats, err := api.NewClient(owner.URL, owner.Token, nil).Stats(ctx)
		switch {
		case err != nil || stats.Model.Fingerprint == m.Fingerprint:
			return err
		case stats.Images == 0:
			return fmt.Errorf("a server runs on this data folder with another model (%s): stop it first", stats.Model.Name)
		}
		return otherVectors(name, stats.Model.Fingerprint, uint64(stats.Images))
	}
	s, err := store.Open(a.data, store.Options{ReadOnly: true})
	if errors.Is(err, fs.ErrNotExist) {
		return nil // no library yet
	}
	if err != nil {
		return err
	}
	pinned, _, err := s.Model()
	stats, err2 := s.Stats()
	if err := errors.Join(err, err2, s.Close()); err != nil {
		return err
	}
	if stats.Images > 0 && pinned != m.Fingerprint {
		return otherVectors(name, pinned, stats.Images)
	}
	return nil
}

func otherVectors(name, fingerprint string, images uint64) error {
	return fmt.Errorf(`the library holds the vectors of %d pictures by another model (fingerprint %.12s), which %s's cannot be compared with
  computing them anew in the background is still to come; until then give %s a data folder of its own:
  lookalike model import FOLDER --data NEW, lookalike model use %s --data NEW, lookalike add ... --data NEW`,
		images, fingerprint, name, name, name)
}

func newModelRemove(a *app) *cobra.Command {
	var force bool
	cmd := &cobra.Command{
		Use:   "rm NAME",
		Short: "Delete an installed model",
		Long: `Deletes an installed model. Downloads in the Hugging Face cache stay. The model
in use is refused without --force; afterwards the starter is in use.`,
		Example: `  lookalike model rm dino-vits16
  lookalike model rm dino-vitb16 --force`,
		Args:              cobra.ExactArgs(1),
		ValidArgsFunction: a.modelNames(),
		RunE: func(cmd *cobra.Command, args []string) error {
			return a.removeModel(cmd.Context(), args[0], force)
		},
	}
	cmd.Flags().BoolVar(&force, "force", false, "also the model in use")
	return cmd
}

func (a *app) removeModel(ctx context.Context, name string, force bool) error {
	inUse, err := a.models().InUse()
	if err == nil && inUse == name && !force {
		err = fmt.Errorf("%s is in use: choose another with \"lookalike model use\", or add --force", name)
	}
	if err == nil {
		err = a.models().Remove(ctx, name)
	}
	if err != nil {
		return modelError(fmt.Errorf("model rm: %w", err))
	}
	if a.json {
		return a.printJSON(map[string]any{"removed": name})
	}
	_, err = fmt.Fprintf(a.stdout, "%s removed\n", name)
	return err
}
