package ui_test

import (
	"os"
	"path/filepath"
	"slices"
	"testing"

	"github.com/chromedp/chromedp"
	"github.com/disintegration/imaging"

	"lookalike/api"
	"lookalike/internal/pictures"
)

// TestScreenshots saves a picture of every page into LOOKALIKE_SCREENSHOTS, for
// people to judge; without that it has nothing to do.
func TestScreenshots(t *testing.T) {
	dir := os.Getenv("LOOKALIKE_SCREENSHOTS")
	if dir == "" {
		t.Skip("skipped: LOOKALIKE_SCREENSHOTS names no folder for screenshots")
	}
	if err := os.MkdirAll(dir, 0o755); err != nil {
		t.Fatal(err)
	}
	s, made := gallerySite(t)
	s.labelSome(t, made)
	for _, scheme := range []string{"light", "dark"} {
		for device, size := range map[string][2]int64{"desktop": {1280, 860}, "phone": {390, 844}} {
			b := openTab(t, s, "")
			b.size(size[0], size[1])
			b.scheme(scheme)
			b.shootAll(filepath.Join(dir, device+"-"+scheme+"-"), made)
		}
	}
}

// gallerySite serves what `make demo` shows, smaller.
func gallerySite(t *testing.T) (*site, []pictures.Made) {
	t.Helper()
	dir, err := os.MkdirTemp("", "holidays") // its name is in the screenshots
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { os.RemoveAll(dir) })
	made, err := pictures.WriteGallery(filepath.Join(dir, "Pictures"), 72, 1)
	if err != nil {
		t.Fatal(err)
	}
	s := &site{}
	for _, m := range made {
		s.paths = append(s.paths, m.Path)
	}
	stop, err := s.serve(filepath.Join(dir, "data"))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(stop)
	return s, made
}

// labelSome labels originals, and leaves their edited copies to be suggested.
func (s *site) labelSome(t *testing.T, made []pictures.Made) {
	t.Helper()
	var changes []api.LabelChange
	for i, m := range made {
		if m.Original == "" {
			name := []string{"harbour", "mountains", "patterns"}[i%3]
			changes = append(changes, api.LabelChange{ID: s.id(t, i), Label: name, Decision: "given"})
		}
	}
	if _, err := s.client.SetLabels(t.Context(), changes); err != nil {
		t.Fatal(err)
	}
}

// shootAll visits every page and state and saves what it looks like.
func (b *tab) shootAll(prefix string, made []pictures.Made) {
	b.Helper()
	n := slices.IndexFunc(made, func(m pictures.Made) bool { return m.Original != "" && m.Edit != pictures.ExactCopy }) - 1
	query := crop(b, made[n].Path)
	shots := []struct{ name, hash, ready, before string }{
		{name: "gallery", ready: gridSize + " >= 60"},
		{name: "picture", hash: "#/image/" + b.site.id(b, n), ready: "document.querySelector('.results .score') && document.querySelector('.frame .loaded')"},
		{name: "labels", hash: "#/image/" + b.site.id(b, n+1), ready: "document.querySelector('.results .score') && document.querySelector('#accept')", before: "document.querySelector('#label').focus()"},
		{name: "filter", hash: "#/?label=mountains", ready: "document.querySelector('#filter-label')?.value === 'mountains' && document.querySelector('.grid .tile')", before: "document.querySelector('#filter').click()"},
		{name: "nothing", hash: "#/?label=mountains&min_width=5000", ready: "document.querySelector('#no-filter')", before: "document.querySelector('#filter').click()"},
		{name: "suggestions", hash: "#/suggestions", ready: "document.querySelector('.suggestion')"},
		{name: "selected", hash: "#/suggestions?from=0.9", ready: "document.querySelector('.suggestion')", before: "document.querySelector('.pick input').click()"},
		{name: "attention", hash: "#/image/" + b.site.id(b, n), ready: "document.querySelector('.frame .attention') || document.querySelector('#attention[aria-pressed=false]')?.click()"},
		{name: "duplicates", hash: "#/duplicates", ready: "document.querySelector('.group')"},
		{name: "exact", hash: "#/duplicates?threshold=1", ready: "document.querySelector('.exact')", before: "document.querySelector('.exact').scrollIntoView({block: 'center'})"},
		{name: "search", hash: "#/search", ready: "document.querySelector('.invitation')"},
		{name: "help", hash: "", ready: gridSize + " >= 60", before: "document.querySelector('#keys').showModal()"},
		{name: "delete", hash: "", ready: gridSize + " >= 60", before: "document.querySelector('#keys').close(); document.querySelector('.grid a').focus(); document.querySelector('.grid .remove').click()"},
		{name: "failure", hash: "#/image/unknown", ready: "document.querySelector('.notice')", before: "document.querySelector('.toast .button').click()"},
	}
	b.allow("status of 4")
	for _, shot := range shots {
		b.visit(shot.hash)
		b.wait(shot.name, shot.ready)
		b.run(shot.before)
		b.shoot(prefix + shot.name + ".png")
	}
	b.visit("")
	b.drop("search", query)
	b.wait("results", "document.querySelector('.results .score')")
	b.shoot(prefix + "results.png")
}

// crop is an edited copy that the library does not have.
func crop(b *tab, path string) picture {
	b.Helper()
	img, err := imaging.Open(path)
	if err != nil {
		b.Fatal(err)
	}
	bounds := img.Bounds()
	return picture{"from a message.jpg", asJPEG(imaging.CropCenter(img, bounds.Dx()*4/5, bounds.Dy()*4/5))}
}

// shootFor saves the window of a state that only a test of its own comes to, where LOOKALIKE_SCREENSHOTS names a folder.
func (b *tab) shootFor(name string) {
	b.Helper()
	if dir := os.Getenv("LOOKALIKE_SCREENSHOTS"); dir != "" {
		b.shoot(filepath.Join(dir, name+".png"))
	}
}

// shoot saves the window once nothing in it loads or moves any more.
func (b *tab) shoot(path string) {
	b.Helper()
	b.wait("the pictures in sight", `[...document.images].every((e) => !e.checkVisibility() || e.getBoundingClientRect().top > innerHeight || e.getBoundingClientRect().bottom < 0 || (e.complete && getComputedStyle(e).opacity === "1"))`)
	b.wait("the end of the fade", "document.getAnimations().every((a) => a.playState !== 'running' || a.effect.getTiming().duration > 5000)")
	data, err := chromedp.Run(b.ctx, chromedp.CaptureScreenshot())
	if err != nil {
		b.Fatal(err)
	}
	if err := os.WriteFile(path, data, 0o644); err != nil {
		b.Fatal(err)
	}
}
