package ui_test

import (
	"fmt"
	"io/fs"

	"lookalike/ui"
)

// The gallery is handed to whoever serves files.
func ExampleFS() {
	page, err := fs.ReadFile(ui.FS(), "index.html")
	if err != nil {
		panic(err)
	}
	fmt.Printf("%.15s\n", page)
	scripts, _ := fs.Glob(ui.FS(), "js/main.js")
	fmt.Println(scripts)
	// Output:
	// <!doctype html>
	// [js/main.js]
}
