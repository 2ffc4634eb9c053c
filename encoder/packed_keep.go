package encoder

import (
	"cmp"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"
)

// There is a file of packed weights for each precision, input size, descriptor and kind of CPU that a model was opened with, as
// large as the model. Those in use stay: a file's time is when it was last opened, to an hour.
const (
	packedMost  = 4                   // files beside a model
	packedStale = 30 * 24 * time.Hour // one that was not opened for as long goes, unless it is the only one
	packedUsed  = time.Hour           // a file's time is not written again within
	packedLeft  = time.Hour           // how old a temporary file gets that somebody still writes to
)

// usePacked notes that a file was opened, and lets go of others. Where the folder cannot be written both stay undone.
func usePacked(path string, now time.Time) {
	if info, err := os.Stat(path); err != nil || now.Sub(info.ModTime()) < packedUsed {
		return
	}
	if os.Chtimes(path, now, now) == nil {
		prunePacked(filepath.Dir(path), path)
	}
}

// prunePacked removes the temporary files of processes that were killed while they wrote, and of the others those least recently
// used, but for one that is in use or about to be. A process that has one mapped keeps it: the name goes, the bytes go
// when it lets go of them. One that is about to open it packs again.
func prunePacked(dir, inUse string) {
	entries, _ := os.ReadDir(dir) // what cannot be listed cannot be written either
	var files []fs.FileInfo
	for _, e := range entries {
		info, err := e.Info()
		if err != nil || !strings.HasPrefix(e.Name(), packedPrefix) || !info.Mode().IsRegular() || e.Name() == filepath.Base(inUse) {
			continue
		}
		if !strings.HasSuffix(e.Name(), packedTemporary) {
			files = append(files, info)
		} else if time.Since(info.ModTime()) > packedLeft {
			_ = os.Remove(filepath.Join(dir, e.Name()))
		}
	}
	slices.SortFunc(files, func(a, b fs.FileInfo) int {
		return cmp.Or(b.ModTime().Compare(a.ModTime()), strings.Compare(a.Name(), b.Name()))
	})
	for i, info := range files {
		if i >= packedMost-1 || time.Since(info.ModTime()) > packedStale {
			_ = os.Remove(filepath.Join(dir, info.Name()))
		}
	}
}
