package api_test

import (
	"bytes"
	"context"
	"fmt"
	"image/jpeg"
	"log"
	"os"
	"path/filepath"

	"lookalike/api"
	"lookalike/encoder"
	"lookalike/engine"
	"lookalike/internal/pictures"
)

// A service without a network: the client speaks to the handler in its own
// process. With a server, only the second half changes:
// api.NewClient("http://127.0.0.1:8080", token, nil).
func Example() {
	dir, err := os.MkdirTemp("", "example")
	if err != nil {
		log.Fatal(err)
	}
	defer os.RemoveAll(dir)
	model, err := encoder.Starter()
	if err != nil {
		log.Fatal(err)
	}
	defer model.Close()
	ctx := context.Background()
	eng, err := engine.Open(ctx, engine.Config{Dir: filepath.Join(dir, "data"), Encoder: model})
	if err != nil {
		log.Fatal(err)
	}
	defer eng.Close()
	handler, err := api.New(api.Config{Engine: eng, LocalToken: "secret"})
	if err != nil {
		log.Fatal(err)
	}
	client := api.NewClient("http://localhost", "secret", api.InProcess(handler))

	var picture bytes.Buffer
	if err := jpeg.Encode(&picture, pictures.Make(1, 160, 120), nil); err != nil {
		log.Fatal(err)
	}
	path := filepath.Join(dir, "holiday.jpg")
	if err := os.WriteFile(path, picture.Bytes(), 0o644); err != nil {
		log.Fatal(err)
	}
	err = client.Import(ctx, []string{path}, func(r api.ImportResult) {
		fmt.Println(filepath.Base(r.Path), "is", r.Status, "as", r.ID)
	})
	if err != nil {
		log.Fatal(err)
	}
	found, err := client.Search(ctx, "query.jpg", &picture, 3, 0.9, "")
	if err != nil {
		log.Fatal(err)
	}
	for _, r := range found.Results {
		fmt.Printf("%s %.2f\n", filepath.Base(r.Path), r.Score)
	}
	fmt.Println(found.Model.Note)
	// Output:
	// holiday.jpg is added as 1
	// holiday.jpg 1.00
	// starter model: finds edited copies; for meaning, install DINO
}
