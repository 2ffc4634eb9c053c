package store_test

import (
	"crypto/sha256"
	"fmt"
	"os"

	"lookalike/store"
)

// An image is a content; the second file with the same content becomes a file of the same image.
func Example() {
	dir, err := os.MkdirTemp("", "lookalike-*")
	if err != nil {
		panic(err)
	}
	defer os.RemoveAll(dir)

	s, err := store.Open(dir, store.Options{})
	if err != nil {
		panic(err)
	}
	defer s.Close()

	cat := store.Entry{
		Image: store.Image{
			PixelHash: sha256.Sum256([]byte("the pixels")),
			Format:    "jpeg", Width: 640, Height: 480, Model: "fingerprint of the model",
			Files: []store.File{{Path: "/photos/cat.jpg", SHA256: sha256.Sum256([]byte("the bytes")), Size: 9}},
		},
		Vector:    []float32{0.6, 0.8},
		Thumbnail: []byte("a small JPEG"),
	}
	first, err := s.Add(cat)
	if err != nil {
		panic(err)
	}
	cat.Image.Files[0].Path = "/backup/cat.jpg"
	again, err := s.Add(cat)
	if err != nil {
		panic(err)
	}
	fmt.Println("first:", first[0].ID, first[0].Already)
	fmt.Println("again:", again[0].ID, again[0].Already)

	image, err := s.Image(first[0].ID)
	if err != nil {
		panic(err)
	}
	for _, f := range image.Files {
		fmt.Println(f.Path)
	}
	fmt.Println("check:", s.Check())
	// Output:
	// first: 1 false
	// again: 1 true
	// /photos/cat.jpg
	// /backup/cat.jpg
	// check: <nil>
}
