package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"

	"github.com/google/renameio/v2"
	"github.com/spf13/cobra"

	"lookalike/engine"
)

func newBackup(a *app) *cobra.Command {
	return &cobra.Command{
		Use:   "backup FILE",
		Short: "Write a consistent copy of the library to a tar file",
		Long: `Writes the database and the uploaded originals to FILE, or to standard output
for -. Works while a server is adding pictures. Files that were added from disk
are referenced, not copied. FILE appears only when it is complete.`,
		Example: `  lookalike backup library.tar
  lookalike backup - | zstd > library.tar.zst`,
		Args: cobra.ExactArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			lib, err := a.openLibrary(cmd.Context())
			if err != nil {
				return err
			}
			defer lib.close()
			if args[0] == "-" {
				return lib.Backup(cmd.Context(), a.stdout)
			}
			n, err := a.backupTo(cmd.Context(), lib, args[0])
			if err != nil {
				return fmt.Errorf("backup: %w", err)
			}
			if a.json {
				return a.printJSON(map[string]any{"path": args[0], "bytes": n})
			}
			_, err = fmt.Fprintf(a.stdout, "%s written, %s\n", args[0], size(n))
			return err
		},
	}
}

// backupTo replaces path in one step when the whole backup is on disk.
func (a *app) backupTo(ctx context.Context, lib *library, path string) (int64, error) {
	file, err := renameio.NewPendingFile(path)
	if err != nil {
		return 0, err
	}
	defer func() { _ = file.Cleanup() }() // nothing is left to clean up after the replacement
	bar := newProgress(a.barWriter(), -1, "writing "+path, "bytes")
	defer bar.finish()
	if err := lib.Backup(ctx, io.MultiWriter(file, bar.bar)); err != nil {
		return 0, err
	}
	n, err := file.Seek(0, io.SeekCurrent)
	return n, errors.Join(err, file.CloseAtomicallyReplace())
}

func newRestore(a *app) *cobra.Command {
	return &cobra.Command{
		Use:   "restore FILE",
		Short: "Restore a backup into a new data folder",
		Long:  "Verifies a backup and unpacks it into the data folder, which must not exist yet\nor be empty. FILE is a tar file, or - for standard input.",
		Example: `  lookalike restore library.tar --data ~/restored
  zstd -dc library.tar.zst | lookalike restore - --data ~/restored`,
		Args: cobra.ExactArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			_, in, err := a.openInput(args[0])
			if err != nil {
				return fmt.Errorf("restore: %w", err)
			}
			defer in.Close()
			total := int64(-1)
			if f, ok := in.(*os.File); ok {
				if info, err := f.Stat(); err == nil {
					total = info.Size()
				}
			}
			bar := newProgress(a.barWriter(), total, "restoring", "bytes")
			defer bar.finish()
			if err := engine.Restore(a.data, io.TeeReader(in, bar.bar)); err != nil {
				return unusable(fmt.Errorf("restore: %w", err))
			}
			if a.json {
				return a.printJSON(map[string]any{"data": a.data})
			}
			_, err = fmt.Fprintf(a.stdout, "restored into %s\n", a.data)
			return err
		},
	}
}
