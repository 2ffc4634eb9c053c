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
	var wait bool
	cmd := &cobra.Command{
		Use:   "use NAME|starter",
		Short: "Choose the model of the data folder",
		Long: `Makes an installed model, or the starter, the one that the commands use on this
data folder unless --model says otherwise.

Vectors of different models cannot be compared, so a library with pictures is
re-embedded: each of them gets a vector by the new model, from its file, or from
its thumbnail where no file is left, and then the library changes over at once.
Until then searches and adds go on with the model before it. A server that owns
the data folder does this in the background ("lookalike model status" tells how
far it is); without one this command does. Ctrl-C or a crash loses nothing: the
same command, or a server, goes on. Pictures that cannot be embedded are listed
with the reason and keep their record; they are found again once their file is
back and added. Exit code 1 then.`,
		Example: `  lookalike model use dino-vitb16
  lookalike model use dino-vitb16 --wait    # also where a server does it
  lookalike model use starter`,
		Args:              cobra.ExactArgs(1),
		ValidArgsFunction: a.modelNames(models.Starter),
		RunE: func(cmd *cobra.Command, args []string) error {
			return a.useModel(cmd.Context(), args[0], wait)
		},
	}
	cmd.Flags().BoolVar(&wait, "wait", false, "wait until a server has changed over")
	return cmd
}

func (a *app) useModel(ctx context.Context, name string, wait bool) error {
	if name != models.Starter {
		if _, err := a.models().Get(name); err != nil {
			return modelError(fmt.Errorf("model use: %w; see \"lookalike model list\"", err))
		}
	}
	fits, err := a.fitsLibrary(name)
	if err != nil {
		return unusable(fmt.Errorf("model use: %w", err))
	}
	if !fits {
		return a.reembed(ctx, name, wait)
	}
	if err := a.models().Use(ctx, name); err != nil {
		return modelError(fmt.Errorf("model use: %w", err))
	}
	return a.printUse(name)
}

// printUse says which model is in use.
func (a *app) printUse(name string) error {
	enc, err := a.openNamed(name)
	if err != nil {
		return unusable(fmt.Errorf("model use: %w", err))
	}
	m := enc.Model()
	if err := enc.Close(); err != nil {
		return err
	}
	if a.json {
		return a.printJSON(map[string]any{"name": name, "dim": m.Dim, "fingerprint": m.Fingerprint})
	}
	_, err = fmt.Fprintf(a.stdout, "%s is in use: %d dimensions\n", name, m.Dim)
	return err
}

// openNamed opens an installed model, or the starter, with the flags of this command.
func (a *app) openNamed(name string) (*encoder.Encoder, error) {
	named := *a
	named.model = name
	if name != models.Starter {
		m, err := a.models().Get(name)
		if err != nil {
			return nil, err
		}
		named.model = a.models().Path(m)
	}
	return named.openEncoder(a.precision.Precision)
}

// held is what `model use` and `model rm` have to know about the library.
type held struct {
	fingerprint string // of the model that made its vectors
	images      int
	complete    bool   // every image has a vector
	target      string // of the re-embedding under way
}

// held asks the server, or looks into the database where nobody has it.
func (a *app) held(ctx context.Context) (h held, err error) {
	if owner, err := store.ReadOwner(a.data); err == nil && owner.URL != "" {
		client := api.NewClient(owner.URL, owner.Token, nil)
		r, err := client.Reembedding(ctx)
		if err != nil {
			return h, err
		}
		stats, err := client.Stats(ctx)
		if r.Target != nil {
			h.target = r.Target.Name
		}
		h.fingerprint, h.images, h.complete = stats.Model.Fingerprint, stats.Images, stats.NotEmbedded == 0
		return h, err
	}
	s, err := store.Open(a.data, store.Options{ReadOnly: true})
	if errors.Is(err, fs.ErrNotExist) {
		return held{complete: true}, nil // no library yet
	}
	if err != nil {
		return h, err
	}
	defer func() { err = errors.Join(err, s.Close()) }()
	stats, err := s.Stats()
	if err != nil {
		return h, err
	}
	under, _, err := s.Reembedding()
	if err != nil {
		return h, err
	}
	h = held{images: int(stats.Images), complete: stats.NotEmbedded == 0, target: under.Name}
	h.fingerprint, _, err = s.Model()
	return h, err
}

// fitsLibrary reports whether there is nothing to do but to write the choice down: no server that would go on with its own
// model, nothing under way, and no vectors but the model's own.
func (a *app) fitsLibrary(name string) (bool, error) {
	if owner, err := store.ReadOwner(a.data); err == nil && owner.URL != "" {
		return false, nil
	}
	h, err := a.held(context.Background())
	if err != nil || h.target != "" || !h.complete {
		return false, err
	}
	enc, err := a.openNamed(name)
	if err != nil {
		return false, err
	}
	return h.images == 0 || h.fingerprint == enc.Model().Fingerprint, enc.Close()
}

func newModelRemove(a *app) *cobra.Command {
	var force bool
	cmd := &cobra.Command{
		Use:   "rm NAME",
		Short: "Delete an installed model",
		Long: `Deletes an installed model. Downloads in the Hugging Face cache stay. The model
in use is refused without --force; afterwards the starter is in use. One that the
library is being re-embedded with is refused: cancel that first.`,
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
	err := a.removable(ctx, name, force)
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

// removable refuses the model that the library is of, or is to be of.
func (a *app) removable(ctx context.Context, name string, force bool) error {
	m, err := a.models().Get(name)
	if errors.Is(err, models.ErrNotInstalled) || errors.Is(err, models.ErrName) {
		return err
	}
	installed := err == nil // a damaged one may go
	inUse, err := a.models().InUse()
	if err != nil {
		return err
	}
	h, err := a.held(ctx)
	switch {
	case err != nil && !force:
		return err
	case err == nil && h.target == name:
		return fmt.Errorf("the library is being re-embedded with %s: run \"lookalike model cancel\" first", name)
	case force:
		return nil
	case inUse == name, installed && h.images > 0 && h.fingerprint == m.Fingerprint:
		return fmt.Errorf("%s is in use: choose another with \"lookalike model use\", or add --force", name)
	}
	return nil
}
