package main

import (
	"errors"
	"fmt"
	"time"

	"github.com/spf13/cobra"

	"lookalike/encoder"
	"lookalike/models"
)

func newModelList(a *app) *cobra.Command {
	return &cobra.Command{
		Use:   "list",
		Short: "List the models of the data folder",
		Example: `  lookalike model list
  lookalike model list --json | jq -r '.models[] | select(.in_use).name'`,
		Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			list, err := a.listModels()
			if err != nil {
				return unusable(fmt.Errorf("model list: %w", err))
			}
			return a.printModels(list)
		},
	}
}

// modelEntry is a row of `model list`.
type modelEntry struct {
	Name        string     `json:"name"`
	InUse       bool       `json:"in_use"`
	Size        int64      `json:"size,omitempty"` // bytes; 0 for the starter
	Dim         int        `json:"dim,omitempty"`
	Fingerprint string     `json:"fingerprint,omitempty"`
	Source      string     `json:"source"`
	Commit      string     `json:"commit,omitempty"`
	Installed   *time.Time `json:"installed,omitempty"`
}

// modelList is what `model list --json` prints.
type modelList struct {
	Models  []modelEntry `json:"models"`
	Damaged []string     `json:"damaged"`
}

func (a *app) listModels() (modelList, error) {
	list := modelList{Damaged: []string{}}
	chosen, err := a.chooseModel()
	if err != nil {
		list.Damaged = append(list.Damaged, err.Error())
	}
	starter, err := starterEntry()
	if err != nil {
		return list, err
	}
	list.Models = []modelEntry{starter}
	if c := a.fallbackModel(); c.path != "" {
		list.Models = append(list.Models, modelEntry{Name: "model/", Source: c.path, InUse: chosen.path == c.path})
	}
	manifests, err := a.models().List()
	if err != nil {
		list.Damaged = append(list.Damaged, err.Error())
	}
	for _, m := range manifests {
		list.Models = append(list.Models, modelEntry{Name: m.Name, Size: m.Size(), Dim: m.Dim, Fingerprint: m.Fingerprint,
			Source: m.Source, Commit: m.Commit, Installed: &m.Installed})
	}
	for i := range list.Models {
		e := &list.Models[i]
		e.InUse = e.InUse || chosen.name != "" && e.Name == chosen.name
	}
	return list, nil
}

// starterEntry describes the model inside the program.
func starterEntry() (modelEntry, error) {
	enc, err := encoder.Starter(encoder.WithWorkers(1))
	if err != nil {
		return modelEntry{}, err
	}
	m := enc.Model()
	return modelEntry{Name: m.Name, Dim: m.Dim, Fingerprint: m.Fingerprint, Source: "inside the program"}, enc.Close()
}

func (a *app) printModels(list modelList) error {
	if a.json {
		return a.printJSON(list)
	}
	var rows [][]string
	for _, e := range list.Models {
		row := []string{e.Name, "-", "-", e.Source, "-", "-"}
		if e.Size > 0 {
			row[1] = size(e.Size)
		}
		if e.Dim > 0 {
			row[2] = fmt.Sprint(e.Dim)
		}
		if e.Commit != "" {
			row[4] = fmt.Sprintf("%.12s", e.Commit)
		}
		if e.InUse {
			row[5] = "in use"
		}
		rows = append(rows, row)
	}
	for _, text := range list.Damaged {
		fmt.Fprintln(a.stderr, "damaged:", text)
	}
	return a.table([]string{"NAME", "SIZE", "DIMENSION", "SOURCE", "COMMIT", "USE"}, rows)
}

func newModelInfo(a *app) *cobra.Command {
	return &cobra.Command{
		Use:   "info NAME",
		Short: "Show where a model came from and what it consists of",
		Example: `  lookalike model info dino-vitb16
  lookalike model info dino-vitb16 --json`,
		Args:              cobra.ExactArgs(1),
		ValidArgsFunction: a.modelNames(),
		RunE: func(cmd *cobra.Command, args []string) error {
			m, err := a.installed(args[0])
			if err != nil {
				return modelError(fmt.Errorf("model info: %w; see \"lookalike model list\"", err))
			}
			return a.printModel(m)
		},
	}
}

// installed finds a model that has files.
func (a *app) installed(name string) (models.Manifest, error) {
	if name == models.Starter {
		return models.Manifest{}, fmt.Errorf("%w: the starter model is inside the program and has no files to show or check", models.ErrNotInstalled)
	}
	return a.models().Get(name)
}

func (a *app) printModel(m models.Manifest) error {
	if a.json {
		return a.printJSON(m)
	}
	rows := [][]string{
		{"name", m.Name},
		{"source", m.Source},
		{"endpoint", m.Endpoint},
		{"revision", m.Revision},
		{"commit", m.Commit},
		{"installed", m.Installed.Local().Format("2006-01-02 15:04")},
		{"size", size(m.Size())},
		{"dimension", fmt.Sprint(m.Dim)},
		{"fingerprint", m.Fingerprint},
		{"path", a.models().Path(m)},
	}
	for _, f := range m.Files {
		rows = append(rows, []string{f.Name, fmt.Sprintf("%s, SHA-256 %s", size(f.Size), f.SHA256)})
	}
	var known [][]string
	for _, row := range rows {
		if row[1] != "" {
			known = append(known, row)
		}
	}
	return a.table([]string{"WHAT", "VALUE"}, known)
}

func newModelVerify(a *app) *cobra.Command {
	return &cobra.Command{
		Use:   "verify NAME",
		Short: "Check that a model is what was installed",
		Long: `Compares every file with the SHA-256 that was recorded when the model was
installed, then opens the model. Exit code 1 when something is wrong.`,
		Example:           "  lookalike model verify dino-vitb16",
		Args:              cobra.ExactArgs(1),
		ValidArgsFunction: a.modelNames(),
		RunE: func(cmd *cobra.Command, args []string) error {
			m, err := a.installed(args[0])
			if err == nil {
				err = a.models().Verify(cmd.Context(), m)
			}
			if err == nil {
				_, err = a.probe(a.models().Path(m))
			}
			return a.printVerified(args[0], m, err)
		},
	}
}

// verified is what `model verify --json` prints.
type verified struct {
	Name  string `json:"name"`
	OK    bool   `json:"ok"`
	Error string `json:"error,omitempty"`
}

func (a *app) printVerified(name string, m models.Manifest, err error) error {
	switch {
	case errors.Is(err, models.ErrNotInstalled), errors.Is(err, models.ErrName):
		return modelError(fmt.Errorf("model verify: %w; see \"lookalike model list\"", err))
	case err != nil:
		err = fmt.Errorf("model verify: %w\n  to repair it, repeat the pull or import that installed it", err) // exit code 1: a check found problems
	}
	if a.json {
		v := verified{Name: name, OK: err == nil}
		if err != nil {
			v.Error = err.Error()
		}
		return errors.Join(a.printJSON(v), err)
	}
	if err == nil {
		_, err = fmt.Fprintf(a.stdout, "%s: %d files, %s, all as recorded; it opens\n", name, len(m.Files), size(m.Size()))
	}
	return err
}
