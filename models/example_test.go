package models_test

import (
	"context"
	"fmt"
	"log"
	"os"
	"path/filepath"

	"lookalike/encoder"
	"lookalike/models"
)

// A model that was carried here is opened, installed and put to use.
func Example() {
	data, err := os.MkdirTemp("", "models")
	if err != nil {
		log.Fatal(err)
	}
	defer os.RemoveAll(data)
	folder := models.Folder{Dir: filepath.Join(data, "models")}
	found, name, err := models.Local(filepath.Join("..", "encoder", "testdata", "tiny"))
	if err != nil {
		log.Fatal(err)
	}
	probe := func(path string) (models.Facts, error) {
		e, err := encoder.Open(path)
		if err != nil {
			return models.Facts{}, err
		}
		return models.Facts{Dim: e.Model().Dim, Fingerprint: e.Model().Fingerprint}, e.Close()
	}
	m, already, err := folder.Install(context.Background(), name, found, probe, models.Silent{})
	if err != nil {
		log.Fatal(err)
	}
	if err := folder.Use(context.Background(), m.Name); err != nil {
		log.Fatal(err)
	}
	inUse, err := folder.InUse()
	if err != nil {
		log.Fatal(err)
	}
	fmt.Println(m.Name, m.Dim, already)
	fmt.Println("in use:", inUse)
	// Output:
	// tiny 48 false
	// in use: tiny
}
