package main

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"

	"github.com/spf13/cobra"

	"lookalike/encoder"
	"lookalike/models"
	"lookalike/store"
)

const modelLong = `Gets models and says which one a data folder uses. Installed models live in
models/ in the data folder. Without one, the starter model inside the program is
used: it finds edited copies of a picture and does not know what is in it.`

const modelExample = `  lookalike model pull                        # DINO ViT-B/16, facebook/dino-vitb16
  lookalike model use dino-vitb16
  lookalike model import /media/stick/dino    # without a network
  lookalike model list`

func newModel(a *app) *cobra.Command {
	cmd := &cobra.Command{
		Use:     "model",
		Short:   "Get models and choose one",
		Long:    modelLong,
		Example: modelExample,
		Args:    cobra.NoArgs,
		RunE:    func(cmd *cobra.Command, _ []string) error { return cmd.Help() },
	}
	cmd.AddCommand(newModelPull(a), newModelImport(a), newModelList(a), newModelInfo(a), newModelVerify(a), newModelRemove(a), newModelUse(a),
		newModelStatus(a), newModelCancel(a))
	for _, c := range cmd.Commands() {
		c.Args = usageArgs(c.Args)
	}
	return cmd
}

// models is the data folder's models folder.
func (a *app) models() models.Folder { return models.Folder{Dir: filepath.Join(a.data, "models")} }

// legacyModel is where a model was put by hand before there was a command for it.
func (a *app) legacyModel() string { return filepath.Join(a.data, "model") }

// choice is the model that the commands open.
type choice struct {
	name      string // of an installed model, or "starter"; else empty
	path      string // empty for the starter
	byDefault bool   // nobody asked for the starter
}

// chooseModel returns the model of --model; without one, the model that `model use` set, then the folder from before
// there was that command, and else the starter.
func (a *app) chooseModel() (choice, error) {
	name := a.model
	if name == "" {
		var err error
		if name, err = a.models().InUse(); err != nil {
			return choice{}, err
		}
		if name == "" {
			return a.fallbackModel(), nil
		}
	}
	if name == models.Starter {
		return choice{name: name}, nil
	}
	if _, err := os.Stat(name); err == nil && name == a.model {
		return choice{path: name}, nil
	}
	m, err := a.models().Get(name)
	switch {
	case err == nil:
		return choice{name: name, path: a.models().Path(m)}, nil
	case name == a.model: // neither a path nor installed: the encoder says so
		return choice{path: name}, nil
	}
	return choice{}, fmt.Errorf("%w\n  it is in use by this data folder: install it again, or choose another with \"lookalike model use\"", err)
}

// fallbackModel is what there is when nothing was chosen. Whatever lies in the old folder was meant: if it is no model, that
// is an error and not a reason for the starter.
func (a *app) fallbackModel() choice {
	if files, err := os.ReadDir(a.legacyModel()); err == nil && len(files) > 0 {
		return choice{path: a.legacyModel()}
	}
	return choice{name: models.Starter, byDefault: true}
}

// modelHint says how to get more than the starter, where no model was ever chosen or installed. A server that owns the
// data folder has said it when it started.
func (a *app) modelHint() {
	if owner, err := store.ReadOwner(a.data); err == nil && owner.URL != "" {
		return
	}
	c, err := a.chooseModel()
	if err != nil || !c.byDefault {
		return
	}
	if installed, err := a.models().List(); err == nil && len(installed) == 0 {
		fmt.Fprintln(a.stderr, "no model is installed; for DINO: lookalike model pull; then lookalike model use dino-vitb16")
	}
}

// probe opens a model as the library would, so that what is computed once is kept beside it.
func (a *app) probe(path string) (models.Facts, error) {
	enc, err := encoder.Open(path, encoder.WithPrecision(a.precision.Precision))
	if err != nil {
		return models.Facts{}, err
	}
	m := enc.Model()
	return models.Facts{Dim: m.Dim, Fingerprint: m.Fingerprint}, enc.Close()
}

// modelNames completes the names of installed models, and of those in more.
func (a *app) modelNames(more ...string) cobra.CompletionFunc {
	return func(_ *cobra.Command, args []string, _ string) ([]cobra.Completion, cobra.ShellCompDirective) {
		if len(args) > 0 {
			return nil, cobra.ShellCompDirectiveNoFileComp
		}
		names := append([]cobra.Completion{}, more...)
		list, _ := a.models().List() // what is damaged cannot be completed
		for _, m := range list {
			names = append(names, m.Name)
		}
		return names, cobra.ShellCompDirectiveNoFileComp
	}
}

// modelError gives an error of the models folder its exit code.
func modelError(err error) error {
	var system *fs.PathError
	switch {
	case err == nil:
		return nil
	case errors.Is(err, models.ErrName):
		return usage(err)
	case errors.Is(err, models.ErrUnusable), errors.As(err, &system):
		return unusable(err)
	}
	return err
}
