package main

import (
	"context"
	"errors"
	"fmt"
	"io/fs"

	"github.com/spf13/cobra"

	"lookalike/api"
	"lookalike/encoder"
	"lookalike/engine"
	"lookalike/models"
	"lookalike/store"
)

func newModelUse(a *app) *cobra.Command {
	var opts useOptions
	cmd := &cobra.Command{
		Use:   "use NAME|starter",
		Short: "Choose the model of the data folder",
		Long: `Makes an installed model, or the starter, the one that the commands use on this
data folder unless --model says otherwise. --size, --descriptor and --preprocess
say how it is opened; the library remembers them.

Vectors of different models cannot be compared, so a library with pictures is
re-embedded: each of them gets a vector by the new model, from its file, or from
its thumbnail where no file is left, and then the library changes over at once.
Until then searches and adds go on with the model before it. A server that owns
the data folder does this in the background ("lookalike model status" tells how
far it is); without one this command does. Ctrl-C or a crash loses nothing:
"lookalike model use NAME", or a server, goes on, with the flags that it began
with. Others are refused; --restart gives up what is under way and begins anew
with them. Pictures that cannot be embedded are listed with the reason and keep
their record; they are found again once their file is back and added. Exit code
1 then.

--whiten learns from the library's own vectors what all of its pictures share,
and has that count for less (PCA whitening, as DINO's evaluation of copy
detection does with --descriptor copy). It takes at least twice as many pictures
as a vector has numbers. Where the library has the model's vectors already, they
are whitened without the pictures.`,
		Example: `  lookalike model use dino-vitb16
  lookalike model use dino-vitb16 --wait    # also where a server does it
  lookalike model use dino-vitb16 --descriptor copy --whiten
  lookalike model use dino-vitb16 --size 448 --restart    # instead of a change under way
  lookalike model use starter`,
		Args:              cobra.ExactArgs(1),
		ValidArgsFunction: a.modelNames(models.Starter),
		RunE: func(cmd *cobra.Command, args []string) error {
			return a.useModel(cmd.Context(), args[0], opts)
		},
	}
	cmd.Flags().BoolVar(&opts.wait, "wait", false, "wait until a server has changed over")
	cmd.Flags().BoolVar(&opts.whiten, "whiten", false, "whiten the vectors, by what is learned from the library")
	cmd.Flags().BoolVar(&opts.restart, "restart", false, "give up a change to another model, or with other flags, that is under way")
	return cmd
}

// useOptions are the flags of `model use`.
type useOptions struct{ wait, whiten, restart bool }

func (a *app) useModel(ctx context.Context, name string, opts useOptions) error {
	if name != models.Starter {
		if _, err := a.models().Get(name); err != nil {
			return modelError(fmt.Errorf("model use: %w; see \"lookalike model list\"", err))
		}
	}
	// The library opens as it is: what is asked for is of the model that it is to have.
	asked, lib := a.askedSpec(), *a
	lib.model, lib.preprocess, lib.size, lib.descriptor = "", "", sizeFlag{}, descriptorFlag{Descriptor: encoder.CLS}
	h, err := lib.held(ctx)
	if err != nil {
		return unusable(fmt.Errorf("model use: %w", err))
	}
	if h.images == 0 && h.target == "" && !h.served && !opts.whiten {
		asked.Name = name
		return lib.useForNew(ctx, asked)
	}
	return lib.reembed(ctx, api.ReembeddingRequest{Model: name, Size: asked.Size, Preprocess: asked.Preprocess, Descriptor: asked.Descriptor,
		Whiten: opts.whiten, Restart: opts.restart}, opts.wait)
}

// useForNew writes down the model of a library without pictures.
func (a *app) useForNew(ctx context.Context, spec engine.Spec) error {
	enc, err := a.openSpec(spec)
	if err != nil {
		return unusable(fmt.Errorf("model use: %w", err))
	}
	m := enc.Model()
	err = enc.Close()
	if err == nil {
		err = a.models().Use(ctx, spec.Name)
	}
	if err != nil {
		return modelError(fmt.Errorf("model use: %w", err))
	}
	if err := a.pinSpec(ctx, spec); err != nil {
		return unusable(fmt.Errorf("model use: %w", err))
	}
	return a.printUse(spec.Name, m.Dim, m.Fingerprint)
}

// pinSpec has a library without pictures remember how its model is opened.
func (a *app) pinSpec(ctx context.Context, spec engine.Spec) error {
	eng, err := engine.Open(ctx, engine.Config{Dir: a.data, Log: a.log(), Spec: spec, Fixed: true, OpenModel: a.openSpec})
	if err != nil {
		return err
	}
	return eng.Close()
}

// printUse says which model is in use.
func (a *app) printUse(name string, dim int, fingerprint string) error {
	if a.json {
		return a.printJSON(map[string]any{"name": name, "dim": dim, "fingerprint": fingerprint})
	}
	_, err := fmt.Fprintf(a.stdout, "%s is in use: %d dimensions\n", name, dim)
	return err
}

// held is what `model use` and `model rm` have to know about the library.
type held struct {
	fingerprint string // of the model that made its vectors
	name        string // by which it is opened
	images      int
	target      string // of the re-embedding under way
	served      bool   // a server has it open
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
		h.fingerprint, h.images, h.name, h.served = stats.Model.Fingerprint, stats.Images, stats.Model.Name, true
		return h, err
	}
	s, err := store.Open(a.data, store.Options{ReadOnly: true})
	if errors.Is(err, fs.ErrNotExist) {
		return h, nil // no library yet
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
	h = held{images: int(stats.Images), target: under.Spec.Name}
	if h.fingerprint, _, err = s.Model(); err != nil {
		return h, err
	}
	spec, err := s.Spec(h.fingerprint)
	h.name = spec.Name
	return h, err
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
	case inUse == name, installed && h.images > 0 && (h.fingerprint == m.Fingerprint || h.name == name):
		return fmt.Errorf("%s is in use: choose another with \"lookalike model use\", or add --force", name)
	}
	return nil
}
