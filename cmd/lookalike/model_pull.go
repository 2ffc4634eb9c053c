package main

import (
	"context"
	"errors"
	"fmt"

	"github.com/spf13/cobra"

	"lookalike/models"
)

// dinoModel is what `model pull` gets unless told otherwise.
const dinoModel = "facebook/dino-vitb16"

const modelPullLong = `Downloads a model from a Hugging Face style hub, or a file of weights (.pth, .bin,
.safetensors) from any http(s) URL, verifies it and installs it in the data folder.

A download that was cut off goes on where it stopped, also after a crash. Every
file's size and checksum must be those that the hub lists, and the model must open,
before it gets its name. The commit that was taken is recorded; --revision pins one.

  HF_ENDPOINT     a mirror, instead of https://huggingface.co
  HF_TOKEN        for models that need one; only the hub itself gets to see it
  HF_HOME, HF_HUB_CACHE
                  where downloads are kept and shared with other programs
  HTTPS_PROXY, HTTP_PROXY, NO_PROXY
                  proxies

Where there is no network, carry the files here: see "lookalike model import".`

const modelPullExample = `  lookalike model pull && lookalike model use dino-vitb16
  lookalike model pull facebook/dino-vits16
  lookalike model pull facebook/dino-vitb16 --revision f205d5d8e640a89a2b8ef0369670dfc37cc07fc2
  lookalike model pull https://dl.fbaipublicfiles.com/dino/dino_vitbase16_pretrain/dino_vitbase16_pretrain.pth`

func newModelPull(a *app) *cobra.Command {
	q := models.Request{Source: dinoModel}
	cmd := &cobra.Command{
		Use:     "pull [ORG/NAME|URL]",
		Short:   "Download a model; without an argument, DINO ViT-B/16",
		Long:    modelPullLong,
		Example: modelPullExample,
		Args:    cobra.MaximumNArgs(1),
		ValidArgsFunction: func(*cobra.Command, []string, string) ([]cobra.Completion, cobra.ShellCompDirective) {
			return []cobra.Completion{dinoModel}, cobra.ShellCompDirectiveNoFileComp
		},
		RunE: func(cmd *cobra.Command, args []string) error {
			if len(args) > 0 {
				q.Source = args[0]
			}
			if url := models.IsURL(q.Source); url && q.Revision != "" || !url && q.SHA256 != "" {
				return usage(errors.New("--revision goes with ORG/NAME, --sha256 with a URL"))
			}
			return a.pullModel(cmd.Context(), q)
		},
	}
	cmd.Flags().StringVar(&q.Revision, "revision", "", "branch, tag or `commit` of ORG/NAME; default main")
	cmd.Flags().StringVar(&q.SHA256, "sha256", "", "`checksum` that the file at a URL must have")
	cmd.Flags().StringVar(&q.Name, "name", "", "`name` to install it under; default the last part of its source")
	return cmd
}

func (a *app) pullModel(ctx context.Context, q models.Request) error {
	hub, err := models.HubFromEnv()
	if err != nil {
		return modelError(err)
	}
	hub.Progress = &transfer{app: a}
	m, already, err := a.models().Pull(ctx, hub, q, a.probe)
	if err != nil {
		return modelError(fmt.Errorf("model pull: %w%s", err, pullAdvice(ctx, err)))
	}
	return a.printInstalled(m, already)
}

// pullAdvice says what to do after a failed download.
func pullAdvice(ctx context.Context, err error) string {
	const carry = "\n  without a network: get the files elsewhere, carry them here, and run \"lookalike model import DIR|FILE\""
	switch {
	case ctx.Err() != nil:
		return "\n  the same command goes on from where it stopped"
	case errors.Is(err, models.ErrName):
		return "\n  ORG/NAME is a model of the hub, a URL a file of weights; files that are here already: \"lookalike model import\""
	case errors.Is(err, models.ErrExists):
		return "\n  --name gives the new one another name, \"lookalike model rm\" makes room"
	case errors.Is(err, models.ErrDenied):
		return "\n  set HF_TOKEN to a token that may read it; the hub answers so too when there is no such model" + carry
	case errors.Is(err, models.ErrNotFound):
		return "\n  check the name, --revision and HF_ENDPOINT" + carry
	case errors.Is(err, models.ErrNetwork), errors.Is(err, models.ErrBusy):
		return "\n  the same command goes on from where it stopped; HTTPS_PROXY names a proxy, HF_ENDPOINT a mirror" + carry
	case errors.Is(err, models.ErrContent):
		return "\n  nothing of it was installed; HF_ENDPOINT names another mirror" + carry
	case errors.Is(err, models.ErrUnusable):
		return "\n  nothing was installed: lookalike opens vision transformers (ViT) in the Hugging Face layout"
	}
	return "\n  what came is kept: once that is mended, the same command goes on from where it stopped" // a full disk, a permission
}

func newModelImport(a *app) *cobra.Command {
	var name string
	cmd := &cobra.Command{
		Use:   "import DIR|FILE",
		Short: "Install a model from files that are here",
		Long: `Installs a model from a folder (its weights, with config.json and
preprocessor_config.json where there are such) or from a file of weights (.pth,
.bin, .safetensors) and those two beside it, after it has been opened once. Where the file system can, the
files are cloned or get a second name and take no further space: change the
originals by replacing them, not in place. A snapshot in a Hugging Face cache
(models--ORG--NAME/snapshots/COMMIT) and another data folder's models/NAME keep
their origin.`,
		Example: `  lookalike model import /media/stick/dino-vitb16
  lookalike model import dino_vitbase16_pretrain.pth --name dino-original
  lookalike model import ~/other-library/models/dino-vitb16 --data ~/this-library`,
		Args: cobra.ExactArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			return a.importModel(cmd.Context(), args[0], name)
		},
	}
	cmd.Flags().StringVar(&name, "name", "", "`name` to install it under; default that of the folder or file")
	return cmd
}

func (a *app) importModel(ctx context.Context, path, name string) error {
	found, its, err := models.Local(path)
	if name == "" {
		name = its
	}
	var m models.Manifest
	var already bool
	if err == nil {
		m, already, err = a.models().Install(ctx, name, found, a.probe, &transfer{app: a})
	}
	switch {
	case errors.Is(err, models.ErrExists), errors.Is(err, models.ErrName):
		err = fmt.Errorf("%w\n  --name gives it another name", err)
	case errors.Is(err, models.ErrUnusable):
		err = fmt.Errorf("%w\n  a model is a folder with model.safetensors or a PyTorch checkpoint, or such a file; docs/models.md has the formats", err)
	}
	if err != nil {
		return modelError(fmt.Errorf("model import: %w", err))
	}
	return a.printInstalled(m, already)
}

// installed is what `model pull --json` and `model import --json` print.
type installed struct {
	models.Manifest
	Already bool `json:"already"`
}

func (a *app) printInstalled(m models.Manifest, already bool) error {
	if a.json {
		return a.printJSON(installed{m, already})
	}
	what := "installed"
	if already {
		what = "already installed"
	}
	if _, err := fmt.Fprintf(a.stdout, "%s %s: %s, %d dimensions, from %s\n", m.Name, what, size(m.Size()), m.Dim, m.Origin); err != nil {
		return err
	}
	if c, err := a.chooseModel(); err != nil || c.name != m.Name {
		fmt.Fprintf(a.stderr, "to use it: lookalike model use %s\n", m.Name)
	}
	return nil
}
