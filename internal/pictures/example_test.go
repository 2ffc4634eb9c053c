package pictures_test

import (
	"fmt"
	"os"

	"lookalike/internal/pictures"
)

func Example() {
	dir, err := os.MkdirTemp("", "gallery")
	if err != nil {
		panic(err)
	}
	defer os.RemoveAll(dir)
	made, err := pictures.WriteGallery(dir, 6, 1)
	if err != nil {
		panic(err)
	}
	originals, edited, copies := 0, 0, 0
	for _, m := range made {
		switch m.Edit {
		case "":
			originals++
		case pictures.ExactCopy:
			copies++
		default:
			edited++
		}
	}
	fmt.Println(originals, "originals,", edited, "edited copies,", copies, "exact copy")
	// Output:
	// 6 originals, 2 edited copies, 1 exact copy
}
