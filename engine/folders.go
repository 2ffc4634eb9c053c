package engine

import (
	"cmp"
	"path/filepath"
	"slices"
	"strings"
)

// FolderCount is a folder, and how many images have an imported file in it or in one below it.
type FolderCount struct {
	Folder string
	Images int
}

// ListFolders gives the folders that Filter.Folder is good for, those of the most images first: each that imported files
// lie in, and above these each where ways part. Others have the same images as the one below them.
func (e *Engine) ListFolders() ([]FolderCount, error) {
	a := &e.attributes
	if err := a.load(e.records); err != nil {
		return nil, err
	}
	a.mu.RLock()
	defer a.mu.RUnlock()
	direct, images := a.folderCounts()
	below := map[string]int{} // folders right below that have images
	for name := range images {
		if up := filepath.Dir(name); up != name {
			below[up]++
		}
	}
	var all []FolderCount
	for name, n := range images {
		if direct[name] || below[name] > 1 {
			all = append(all, FolderCount{name, n})
		}
	}
	slices.SortFunc(all, func(a, b FolderCount) int {
		return cmp.Or(cmp.Compare(b.Images, a.Images), strings.Compare(a.Folder, b.Folder))
	})
	return all, nil
}

// folderCounts tells which folders files lie in, and of each and all above how many images are in it or below. The caller
// holds the lock.
func (a *attributes) folderCounts() (direct map[string]bool, images map[string]int) {
	direct, images = map[string]bool{}, map[string]int{}
	single := make([]int, len(a.folders.names)) // images with one file, by its folder
	for id := range uint64(len(a.pages)) * pageRows {
		switch r := a.row(id); {
		case r == nil:
		case r.more:
			for name := range a.foldersOf(id, r, direct) {
				images[name]++
			}
		default:
			single[r.first.folder]++
		}
	}
	for i, n := range single {
		if name := a.folders.names[i]; n > 0 && name != "" { // "" is of uploads
			direct[name] = true
			eachUp(name, func(up string) { images[up] += n })
		}
	}
	return direct, images
}

// foldersOf are the folders of an image's files and all above them; those of the files go into direct.
func (a *attributes) foldersOf(id uint64, r *row, direct map[string]bool) map[string]bool {
	found := map[string]bool{}
	for _, p := range append([]place{r.first}, a.more[id]...) {
		if name := a.folders.names[p.folder]; name != "" {
			direct[name] = true
			eachUp(name, func(up string) { found[up] = true })
		}
	}
	return found
}

// eachUp calls fn with a folder and each above it.
func eachUp(name string, fn func(string)) {
	for {
		fn(name)
		up := filepath.Dir(name)
		if up == name {
			return
		}
		name = up
	}
}
