package api_test

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"net/http"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/getkin/kin-openapi/openapi3"
	"github.com/getkin/kin-openapi/openapi3filter"
	"github.com/getkin/kin-openapi/routers"
	"github.com/getkin/kin-openapi/routers/legacy"
	"github.com/google/go-cmp/cmp"

	"lookalike/api"
)

// spec is openapi.yaml as a validator.
var spec = sync.OnceValue(func() routers.Router {
	doc, err := openapi3.NewLoader().LoadFromData(api.OpenAPI)
	if err != nil {
		panic(err)
	}
	router, err := legacy.NewRouter(doc)
	if err != nil {
		panic(err)
	}
	for _, kind := range []string{"image/jpeg", "image/png", "image/gif", "image/webp", "image/bmp", "image/tiff", "application/x-tar"} {
		openapi3filter.RegisterBodyDecoder(kind, openapi3filter.FileBodyDecoder)
	}
	openapi3filter.RegisterBodyDecoder("application/yaml", openapi3filter.FileBodyDecoder)
	openapi3filter.RegisterBodyDecoder("application/x-ndjson", decodeFirstLine)
	return router
})

// decodeFirstLine gives the validator one line of an answer of lines; the
// import's tests look at the others.
func decodeFirstLine(r io.Reader, h http.Header, schema *openapi3.SchemaRef, enc openapi3filter.EncodingFn) (any, error) {
	body, err := io.ReadAll(r)
	if err != nil {
		return nil, err
	}
	line, _, _ := bytes.Cut(body, []byte("\n"))
	return openapi3filter.RegisteredBodyDecoder("application/json")(bytes.NewReader(line), h, schema, enc)
}

// validate holds a request and its answer against openapi.yaml: every answer
// must be as described, and what was accepted must be described as acceptable.
func validate(t testing.TB, r *http.Request, a answer) {
	t.Helper()
	if err := conforms(r, a); err != nil {
		t.Errorf("%s %s -> %d: %v", r.Method, r.URL, a.status, err)
	}
}

func conforms(r *http.Request, a answer) error {
	route, params, err := spec().FindRoute(r)
	if err != nil {
		if a.status == 404 || a.status == 405 || a.status == 401 || a.status == 403 || isGallery(r) {
			return nil
		}
		return fmt.Errorf("not in openapi.yaml: %w", err)
	}
	options := &openapi3filter.Options{
		AuthenticationFunc:    openapi3filter.NoopAuthenticationFunc,
		IncludeResponseStatus: true, MultiError: true,
	}
	request := &openapi3filter.RequestValidationInput{Request: r, PathParams: params, Route: route, Options: options}
	if err := openapi3filter.ValidateRequest(context.Background(), request); err != nil && a.status < 400 {
		return fmt.Errorf("accepted a request that openapi.yaml does not allow: %w", err)
	}
	response := &openapi3filter.ResponseValidationInput{
		RequestValidationInput: request, Status: a.status, Header: a.header, Options: options,
	}
	response.SetBodyBytes(a.body)
	return openapi3filter.ValidateResponse(context.Background(), response)
}

// isGallery is whether an address is outside the API.
func isGallery(r *http.Request) bool { return !strings.HasPrefix(r.URL.Path, "/v1/") }

func TestSpecIsValid(t *testing.T) {
	doc, err := openapi3.NewLoader().LoadFromData(api.OpenAPI)
	if err != nil {
		t.Fatal(err)
	}
	if err := doc.Validate(context.Background()); err != nil {
		t.Fatal(err)
	}
}

func TestSpecIsTheRouter(t *testing.T) {
	doc, err := openapi3.NewLoader().LoadFromData(api.OpenAPI)
	if err != nil {
		t.Fatal(err)
	}
	var described []string
	for path, item := range doc.Paths.Map() {
		for method := range item.Operations() {
			described = append(described, method+" "+path)
		}
	}
	routed := api.Routes()
	slices.Sort(described)
	slices.Sort(routed)
	if diff := cmp.Diff(described, routed); diff != "" {
		t.Errorf("openapi.yaml (-) and the router (+) differ:\n%s", diff)
	}
}

// Every operation of the local tag asks for the local token, and no other does.
func TestSpecSaysWhatIsLocal(t *testing.T) {
	doc, err := openapi3.NewLoader().LoadFromData(api.OpenAPI)
	if err != nil {
		t.Fatal(err)
	}
	h := newHandler(t, nil)
	for path, item := range doc.Paths.Map() {
		for method, op := range item.Operations() {
			target := strings.ReplaceAll(path, "{id}", "1")
			a := send(t, h, newRequest(method, target, strings.NewReader("")))
			if local := slices.Contains(op.Tags, "local"); local != (a.status == 401) {
				t.Errorf("%s %s: local in openapi.yaml is %v, without a token it answers %d", method, path, local, a.status)
			}
		}
	}
}

// The limits that openapi.yaml names are the defaults.
func TestSpecNamesTheLimits(t *testing.T) {
	doc, err := openapi3.NewLoader().LoadFromData(api.OpenAPI)
	if err != nil {
		t.Fatal(err)
	}
	lim, k, page, groups := api.DefaultLimits()
	list, dup := doc.Paths.Find("/v1/images").Get.Parameters, doc.Paths.Find("/v1/duplicates").Get.Parameters
	kSchema := doc.Components.Parameters["k"].Value.Schema.Value
	pageSchema := list.GetByInAndName("query", "limit").Schema.Value
	groupsSchema := dup.GetByInAndName("query", "limit").Schema.Value
	files := doc.Components.RequestBodies["Pictures"].Value.Content["multipart/form-data"].Schema.Value.Properties["file"].Value
	paths := doc.Components.Schemas["ImportRequest"].Value.Properties["paths"].Value
	changes := doc.Components.Schemas["LabelChanges"].Value.Properties["changes"].Value
	if *changes.MaxItems != uint64(lim.LabelChanges) {
		t.Errorf("openapi.yaml allows %d labels in one request, limits.go %d", *changes.MaxItems, lim.LabelChanges)
	}
	got := []any{*kSchema.Max, kSchema.Default, *pageSchema.Max, pageSchema.Default, *groupsSchema.Max, groupsSchema.Default,
		*files.MaxItems, *paths.MaxItems, *paths.Items.Value.MaxLength, *list.GetByInAndName("query", "path").Schema.Value.MaxLength}
	want := []any{float64(lim.K), float64(k), float64(lim.PageSize), float64(page), float64(lim.Groups), float64(groups),
		uint64(lim.Files), uint64(lim.ImportPaths), uint64(lim.Path), uint64(lim.Path)}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("limits.go (-) and openapi.yaml (+) differ:\n%s", diff)
	}
	text := fmt.Sprintf("at most %d MiB and %d megapixels", lim.Picture.MaxBytes>>20, lim.Picture.MaxPixels/1_000_000)
	if !strings.Contains(files.Description, text) {
		t.Errorf("%q does not say %q", files.Description, text)
	}
}
