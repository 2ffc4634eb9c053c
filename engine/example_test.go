package engine_test

import (
	"bytes"
	"context"
	"fmt"
	"image"
	"image/jpeg"
	"log"
	"os"

	"lookalike/encoder"
	"lookalike/engine"
	"lookalike/internal/pictures"
)

// Three pictures go in, and a worn copy of one of them finds it.
func Example() {
	dir, err := os.MkdirTemp("", "lookalike-example")
	if err != nil {
		log.Fatal(err)
	}
	defer os.RemoveAll(dir)
	enc, err := encoder.Starter()
	if err != nil {
		log.Fatal(err)
	}
	defer enc.Close()
	ctx := context.Background()
	e, err := engine.Open(ctx, engine.Config{Dir: dir, Encoder: enc})
	if err != nil {
		log.Fatal(err)
	}
	defer e.Close()

	var sources []engine.Source
	for i, name := range []string{"beach.jpg", "forest.jpg", "forest again.jpg"} {
		picture := pictures.Make(uint64(min(i, 1)), 160, 120)
		sources = append(sources, engine.Source{Upload: true, Name: name, Data: asJPEG(picture, 90)})
	}
	sources = append(sources, engine.Source{Upload: true, Name: "notes.txt", Data: []byte("milk, bread")})
	for _, src := range sources {
		switch r, err := e.Add(ctx, src); {
		case err != nil:
			fmt.Println(err)
		case r.Already:
			fmt.Println(r.Path, "is there already, as image", r.ID)
		default:
			fmt.Println(r.Path, "is image", r.ID)
		}
	}
	matches, err := e.SearchImage(ctx, "worn.jpg", asJPEG(pictures.Make(1, 160, 120), 10), engine.Query{K: 1})
	if err != nil {
		log.Fatal(err)
	}
	fmt.Println("worn.jpg looks like", matches[0].Image.Files[0].Path)
	// Output:
	// beach.jpg is image 1
	// forest.jpg is image 2
	// forest again.jpg is there already, as image 2
	// notes.txt: not a JPEG, PNG, GIF, WebP, TIFF or BMP picture
	// worn.jpg looks like forest.jpg
}

func asJPEG(img image.Image, quality int) []byte {
	var b bytes.Buffer
	if err := jpeg.Encode(&b, img, &jpeg.Options{Quality: quality}); err != nil {
		log.Fatal(err)
	}
	return b.Bytes()
}
