package main

import (
	"context"
	"errors"
	"fmt"
	"net"
	"os"
	"path/filepath"

	"github.com/spf13/cobra"

	"lookalike/internal/pictures"
)

func newDemo(a *app) *cobra.Command {
	d := demo{app: a}
	cmd := &cobra.Command{
		Use:   "demo",
		Short: "Show it all on a gallery of made-up pictures",
		Long: `Makes some hundred pictures with edited copies among them, adds them, prints a
search and the duplicates it found, and serves the gallery. Everything lives in
one folder (--dir) that can be deleted afterwards; no network is used.`,
		Example: `  lookalike demo
  lookalike demo --once --pictures 40`,
		Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, args []string) error { return d.run(cmd.Context()) },
	}
	cmd.Flags().StringVar(&d.dir, "dir", filepath.Join(os.TempDir(), "lookalike-demo"), "`folder` for the pictures and their library")
	cmd.Flags().StringVar(&d.listen, "listen", "127.0.0.1:8080", "`address` of the gallery; a free port when it is taken")
	cmd.Flags().IntVar(&d.count, "pictures", 120, "how many originals to make; about half as many edited copies come with them")
	cmd.Flags().BoolVar(&d.once, "once", false, "end after printing instead of serving the gallery")
	return cmd
}

// demo is the guided tour: each step uses the command that a user would.
type demo struct {
	*app
	dir, listen string
	count       int
	once        bool
}

func (d *demo) run(ctx context.Context) error {
	gallery := filepath.Join(d.dir, "pictures")
	if err := d.chooseData(); err != nil {
		return err
	}
	fmt.Fprintf(d.stdout, "1. Making pictures in %s\n", gallery)
	made, err := pictures.WriteGallery(gallery, d.count, 1)
	if err != nil {
		return fmt.Errorf("demo: %w", err)
	}
	fmt.Fprintf(d.stdout, "   %d files\n\n2. lookalike add %s\n   ", len(made), gallery)
	if err := d.add(ctx, []string{gallery}, nil); err != nil {
		return err
	}
	lib, err := d.openLibrary(ctx)
	if err != nil {
		return err
	}
	err = errors.Join(d.showSearch(ctx, lib, made), d.showDuplicates(ctx, lib), lib.close())
	if err != nil || d.once {
		return err
	}
	return d.showGallery(ctx)
}

// chooseData gives each model a library of its own: another version of this program may bring another starter model.
func (d *demo) chooseData() error {
	enc, err := d.openEncoder(d.precision.Precision)
	if err != nil {
		return err
	}
	d.data = filepath.Join(d.dir, fmt.Sprintf("data-%.12s", enc.Model().Fingerprint))
	return enc.Close()
}

// showSearch looks for the original of an edited copy.
func (d *demo) showSearch(ctx context.Context, lib *library, made []pictures.Made) error {
	for _, m := range made {
		if m.Edit == "" || m.Edit == pictures.ExactCopy {
			continue
		}
		fmt.Fprintf(d.stdout, "\n3. lookalike search %s -k 5\n   (made from %s by: %s)\n", m.Path, filepath.Base(m.Original), m.Edit)
		f, err := os.Open(m.Path)
		if err != nil {
			return err
		}
		defer f.Close()
		found, err := lib.Search(ctx, m.Path, f, 5, 0, "")
		if err != nil {
			return err
		}
		return d.printResults(found)
	}
	return errors.New("demo: the gallery has no edited copy")
}

func (d *demo) showDuplicates(ctx context.Context, lib *library) error {
	fmt.Fprintf(d.stdout, "\n4. lookalike dedup\n")
	found, err := lib.Duplicates(ctx, 0, 1000)
	if err != nil {
		return err
	}
	return d.printDuplicates(found)
}

func (d *demo) showGallery(ctx context.Context) error {
	ln, err := listenOn(d.listen, "")
	if err != nil {
		if ln, err = net.Listen("tcp", "127.0.0.1:0"); err != nil {
			return err
		}
		fmt.Fprintf(d.stdout, "\n(%s is taken; using a free port)", d.listen)
	}
	defer ln.Close()
	eng, closeAll, err := d.openEngine(ctx, true)
	if err != nil {
		return err
	}
	fmt.Fprintf(d.stdout, "\n5. lookalike serve\n   Open http://%s in a browser.\n", ln.Addr())
	return errors.Join(d.serve(ctx, ln, eng, nil), closeAll())
}
