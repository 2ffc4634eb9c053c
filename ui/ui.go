package ui

import (
	"embed"
	"io/fs"
)

//go:embed web
var files embed.FS

// FS returns the gallery's files, with index.html at the root.
func FS() fs.FS {
	web, err := fs.Sub(files, "web")
	if err != nil {
		panic(err) // the folder's name is a constant: only a programmer's error gets here
	}
	return web
}
