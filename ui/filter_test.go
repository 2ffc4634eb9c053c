package ui_test

import (
	"bytes"
	"context"
	"fmt"
	"image/png"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/chromedp/chromedp"
	"github.com/chromedp/chromedp/kb"
	"github.com/google/go-cmp/cmp"

	"lookalike/api"
	"lookalike/internal/pictures"
)

// hostile is a name that would run if it became HTML anywhere. The page would complain.
const hostile = `<img src=x onerror=alert(1)>`

// variedSite serves six pictures in three folders, of two formats, several sizes, labels and years.
//
//	0 2023/a.jpg 96x96      label "cat"          changed 2023-06-01 12:00
//	1 2023/b.png 200x100                         changed 2023-06-30 23:30
//	2 2024/<img...>/c.jpg   128x96  hostile      changed 2024-05-31
//	3 2024/d.png 300x300                         changed 2024-06-01
//	4 2024/a copy of 0      96x96   label "cat"  changed 2025-01-01
//	5 e.jpg      160x96                          changed 2025-01-02
func variedSite(t testing.TB) (s *site, dir string) {
	t.Helper()
	browser(t)
	dir = filepath.Join(t.TempDir(), "Pictures")
	s = &site{}
	at := func(year, month, day, hour int) time.Time {
		return time.Date(year, time.Month(month), day, hour, 30, 0, 0, time.Local)
	}
	for _, f := range []struct {
		name    string
		data    []byte
		changed time.Time
	}{
		{"2023/a.jpg", original(3).data, at(2023, 6, 1, 12)}, {"2023/b.png", asPNG(2, 200, 100), at(2023, 6, 30, 23)},
		{"2024/" + hostile + "/" + hostile + ".jpg", original(1).data, at(2024, 5, 31, 0)}, {"2024/d.png", asPNG(4, 300, 300), at(2024, 6, 1, 0)},
		{"2024/copy.jpg", edited(3, "jpeg10").data, at(2025, 1, 1, 9)}, {"e.jpg", original(5).data, at(2025, 1, 2, 9)},
	} {
		path := filepath.Join(dir, f.name)
		if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, f.data, 0o644); err != nil {
			t.Fatal(err)
		}
		if err := os.Chtimes(path, f.changed, f.changed); err != nil {
			t.Fatal(err)
		}
		s.paths = append(s.paths, path)
	}
	stop, err := s.serve(filepath.Join(dir, "..", "data"))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(stop)
	_, err = s.client.SetLabels(context.Background(), []api.LabelChange{
		{ID: s.id(t, 0), Label: "cat", Decision: "given"}, {ID: s.id(t, 4), Label: "cat", Decision: "given"}, {ID: s.id(t, 2), Label: hostile, Decision: "given"},
	})
	if err != nil {
		t.Fatal(err)
	}
	return s, dir
}

func asPNG(seed uint64, width, height int) []byte {
	var b bytes.Buffer
	if err := png.Encode(&b, pictures.Make(seed, width, height)); err != nil {
		panic(err)
	}
	return b.Bytes()
}

// shows waits until the grid has these pictures of a site, by their number.
func (b *tab) shows(selector string, numbers ...int) {
	b.Helper()
	want := []string{}
	for _, n := range numbers {
		want = append(want, b.site.id(b, n))
	}
	var got []string
	for end := time.Now().Add(patience); time.Now().Before(end); time.Sleep(25 * time.Millisecond) {
		if got = b.shownIDs(selector); cmp.Equal(sorted(want), sorted(got)) {
			return
		}
	}
	b.Fatalf("%s shows %v, want %v", eval[string](b, "location.hash"), got, want)
}

func sorted(s []string) []string { return slices.Sorted(slices.Values(s)) }

// openFilter opens the fields by key: what comes in above the button may move it away from under a mouse.
func (b *tab) openFilter() {
	b.Helper()
	b.wait("the filter", "document.querySelector('#filter')?.checkVisibility()")
	b.run("document.querySelector('#filter').focus()")
	b.press(kb.Enter)
	b.wait("its fields", "document.querySelector('#filter-panel').contains(document.activeElement)")
}

// choose gives a field of the filter a value, as typing or picking does.
func (b *tab) choose(field, value string) {
	b.Helper()
	if field == "label" {
		b.wait("the label on offer", fmt.Sprintf("[...document.querySelectorAll('#filter-label option')].some((e) => e.value === %q)", value))
	}
	b.run(fmt.Sprintf(`const field = document.querySelector("#filter-%s"); field.value = %q; field.dispatchEvent(new Event("input", {bubbles: true})); field.dispatchEvent(new Event("change", {bubbles: true}))`, field, value))
}

// TestFilterFields narrows the grid by each field, and by all that is left of them in the chips.
func TestFilterFields(t *testing.T) {
	t.Parallel()
	s, dir := variedSite(t)
	b := openTab(t, s, "")
	b.shows(".grid", 0, 1, 2, 3, 4, 5)
	b.gone("#filter-panel")
	b.press("f")
	b.wait("the focus in the panel", "document.activeElement.id === 'filter-in'")
	b.run("document.querySelector('#filter-in').value = ''") // chromedp sends a character after each key, prevented or not
	b.run("document.querySelector('#filter-in').dispatchEvent(new Event('input'))")
	b.wait("the folders on offer", "document.querySelectorAll('#filter-folders option').length === 4")
	for _, step := range []struct {
		field, value, chip string
		want               []int
	}{
		{"in", dir + "/2024", "in " + dir + "/2024", []int{2, 3, 4}},
		{"in", dir + "/2024/" + hostile, hostile, []int{2}},
		{"in", "", "", []int{0, 1, 2, 3, 4, 5}},
		{"label", "cat", "labelled cat", []int{0, 4}},
		{"label", hostile, hostile, []int{2}},
		{"label", "", "", []int{0, 1, 2, 3, 4, 5}},
		{"after", "2024-06-01", "from ", []int{3, 4, 5}},
		{"after", "", "", []int{0, 1, 2, 3, 4, 5}},
		{"until", "2023-06-30", "until ", []int{0, 1}}, // the last day is among them, to its end
		{"until", "2024-05-31", "until ", []int{0, 1, 2}},
		{"after", "2023-06-30", "from ", []int{1, 2}},
		{"until", "", "", []int{1, 2, 3, 4, 5}},
		{"after", "", "", []int{0, 1, 2, 3, 4, 5}},
		{"min_width", "200", "200 pixels wide or more", []int{1, 3}},
		{"min_height", "101", "101 pixels high or more", []int{3}},
		{"min_width", "", "", []int{3}},
		{"min_height", "", "", []int{0, 1, 2, 3, 4, 5}},
		{"min_bytes", "1.5 GiB", "1.6 GB or more", nil},
		{"min_bytes", "10 B", "10 bytes or more", []int{0, 1, 2, 3, 4, 5}},
		{"min_bytes", "", "", []int{0, 1, 2, 3, 4, 5}},
	} {
		b.choose(step.field, step.value)
		if step.chip != "" {
			b.see(".filter-bar .chip", step.chip)
		}
		b.shows(".grid", step.want...)
	}
	b.click("#filter-png")
	b.shows(".grid", 1, 3)
	b.see(".filter-bar .chip", "PNG")
	b.see(".count", "2 pictures match")
	b.wait("the count spoken", "document.querySelector('#live').textContent === '2 pictures match'")
	b.press(kb.Escape)
	b.gone("#filter-panel")
	b.wait("the focus back on the button", "document.activeElement.id === 'filter'")
}

// TestFilterInAddress reloads, shares and walks back through filters, and takes them away again.
func TestFilterInAddress(t *testing.T) {
	t.Parallel()
	s, dir := variedSite(t)
	b := openTab(t, s, "")
	b.openFilter()
	b.choose("in", dir+"/2024")
	b.shows(".grid", 2, 3, 4)
	b.choose("label", "cat")
	b.shows(".grid", 4)
	b.reload()
	b.shows(".grid", 4)
	b.see("#filter", "2")
	hash := eval[string](b, "location.hash")
	if want := "#/?in=" + dir + "/2024&label=cat"; hash != want {
		t.Errorf("the address is %s, want %s", hash, want)
	}
	b.run("history.back()")
	b.shows(".grid", 2, 3, 4)
	b.run("history.back()")
	b.shows(".grid", 0, 1, 2, 3, 4, 5)
	b.run("history.forward()")
	b.shows(".grid", 2, 3, 4)
	b.click(`.grid [data-id="` + s.id(t, 3) + `"] a`)
	b.see("h1", "d.png")
	b.press(kb.Escape)
	b.shows(".grid", 2, 3, 4)
	other := openTab(t, s, hash+"&format=jpeg,png&after=2025-01-01&until=2025-01-01") // somebody else's browser
	other.shows(".grid", 4)
	other.click(`[data-filter="label"] button`)
	other.shows(".grid", 4)
	other.wait("the focus on the next chip", "document.activeElement.closest('[data-filter]').dataset.filter === 'after'")
	other.click(".filter-bar .chips > li:last-child button")
	other.shows(".grid", 0, 1, 2, 3, 4, 5)
	if hash := eval[string](other, "location.hash"); hash != "#/" {
		t.Errorf("without filters the address is %s", hash)
	}
}

// TestFilterRefused says what is wrong with a value, and never asks the server for it.
func TestFilterRefused(t *testing.T) {
	t.Parallel()
	s, _ := variedSite(t)
	b := openTab(t, s, "")
	b.openFilter()
	for field, c := range map[string][2]string{
		"in": {"Pictures", "begins with /"}, "min_width": {"wide", "is no number of pixels"}, "min_bytes": {"12 parsecs", "such as 500 kB"},
	} {
		b.choose(field, c[0])
		b.see("#filter-"+field+"-wrong", c[1])
		if got := eval[string](b, "document.querySelector('#filter-"+field+"').getAttribute('aria-invalid')"); got != "true" {
			t.Errorf("%s: aria-invalid is %q", field, got)
		}
		b.choose(field, "")
		b.gone("#filter-" + field + "-wrong")
	}
	b.choose("after", "2024-06-01")
	b.choose("until", "2024-05-31")
	b.see("#filter-until-wrong", "before the first")
	b.choose("until", "0202-01-01") // a year half typed is no mistake yet
	b.run(`document.querySelector("#filter-until").dispatchEvent(new Event("blur"))`)
	b.see("#filter-until-wrong", "no whole day")
	b.shows(".grid", 3, 4, 5)
	b.visit("#/?after=yesterday&min_width=0&format=psd&in=Pictures")
	b.see(".notice[role=alert]", "This filter cannot be used")
	for _, text := range []string{"yesterday is no day", "0 is no number of pixels", "psd is none of JPEG, PNG", "Pictures is no whole path"} {
		b.see(".notice[role=alert]", text)
	}
	b.click("#no-filter")
	b.shows(".grid", 0, 1, 2, 3, 4, 5)
	b.allow("status of 400")
	b.visit("#/?label=" + strings.Repeat("x", 401)) // what only the server knows
	b.see(".notice[role=alert]", "the limit is 400")
	b.visit("#/?in=/nowhere")
	b.see(".notice", "No picture matches")
	b.see(".notice", "Asked for: in /nowhere")
	b.click("#no-filter")
	b.shows(".grid", 0, 1, 2, 3, 4, 5)
}

// TestFilterNeighbours narrows what looks like a picture, and like one that is dropped.
func TestFilterNeighbours(t *testing.T) {
	t.Parallel()
	s, _ := variedSite(t)
	b := openTab(t, s, "#/image/"+s.id(t, 0))
	b.shows(".results", 1, 2, 3, 4, 5)
	b.openFilter()
	b.choose("label", "cat")
	b.shows(".results", 4)
	b.see("h1", "a.jpg")
	b.wait("the focus still in the panel", "document.activeElement.closest('#filter-panel')")
	b.reload()
	b.shows(".results", 4)
	b.run("document.querySelector('.results .tile a').click()") // from picture to picture the filter stays
	b.see("h1", "copy.jpg")
	b.shows(".results", 0)
	b.run(`document.querySelector('[data-filter="label"] button').click()`)
	b.shows(".results", 0, 1, 2, 3, 5)
	b.run("history.back()")
	b.shows(".results", 0)
	b.visit("#/image/" + s.id(t, 0) + "?min_width=5000")
	b.see(".notice", "No picture matches")
	b.see(".notice", "5000 pixels wide or more")

	b.drop("search", edited(3, "mirror").renamed(hostileFile))
	b.see("h1", hostileFile)
	b.shows(".results", 0, 1, 2, 3, 4, 5) // a search begins among all
	b.openFilter()
	b.choose("min_width", "200")
	b.shows(".results", 1, 3)
	b.drop("search", edited(5, "jpeg10")) // and the next one goes on where this one is
	b.see("h1", "jpeg10 5.jpg")
	b.shows(".results", 1, 3)
	b.reload()
	b.shows(".results", 1, 3)
	b.run("history.back()")
	b.see("h1", hostileFile)
	b.shows(".results", 1, 3)
	b.run("history.back()")
	b.shows(".results", 0, 1, 2, 3, 4, 5)
}

// TestFilterByKeyboard completes a folder by typing, on a phone, with names for all fields.
func TestFilterByKeyboard(t *testing.T) {
	t.Parallel()
	s, dir := variedSite(t)
	b := openTab(t, s, "")
	b.size(390, 844)
	b.shows(".grid", 0, 1, 2, 3, 4, 5)
	b.run(`document.querySelector("#filter").focus()`)
	b.press(kb.Enter)
	b.wait("the focus in the panel", "document.activeElement.id === 'filter-in'")
	b.press("2", "0", "2", "3") // letters and digits are text here
	b.wait("one folder on offer", "document.querySelectorAll('#filter-folders option').length === 1 && document.querySelector('#filter-folders option').value === "+quote(dir+"/2023"))
	if label := eval[string](b, "document.querySelector('#filter-folders option').label"); label != "2 pictures" {
		t.Errorf("the folder is offered with %q", label)
	}
	b.run(`document.querySelector("#filter-in").select()`)
	b.do(chromedp.KeyEvent(dir + "/2023"))
	b.press(kb.Enter)
	b.gone("#filter-panel")
	b.shows(".grid", 0, 1)
	b.openFilter()
	b.wait("the panel", "document.querySelector('#filter-panel').checkVisibility()")
	if width := eval[int](b, "document.documentElement.scrollWidth"); width > 390 {
		t.Errorf("%d pixels wide on a phone of 390", width)
	}
	nameless := eval[[]string](b, `[...document.querySelectorAll("#filter-panel :is(input, select)")].filter((e) => !e.labels.length).map((e) => e.outerHTML)`)
	if len(nameless) > 0 {
		t.Errorf("fields without a name: %v", nameless)
	}
	for _, scheme := range []string{"light", "dark"} {
		b.scheme(scheme)
		b.wait("the end of the fade", "document.getAnimations().every((a) => a.playState !== 'running')")
		for _, low := range eval[[]string](b, contrastOf) {
			t.Errorf("%s: contrast %s", scheme, low)
		}
	}
}

// TestFilterWords calls the functions of filter.js.
func TestFilterWords(t *testing.T) {
	t.Parallel()
	b := openTab(t, sharedSite(t), "#/search")
	for _, c := range []struct{ call, want string }{
		{"readBytes('500 kB')", "500000"}, {"readBytes('2MiB')", "2097152"}, {"readBytes(' 1,5 gb ')", "1500000000"}, {"readBytes('7')", "7"},
		{"readBytes('much')", "much"}, {"readBytes('-3')", "-3"}, {"readBytes('')", ""},
		{"writeBytes('500000')", "500 kB"}, {"writeBytes('1500000')", "1.5 MB"}, {"writeBytes('2097152')", "2097152"}, {"writeBytes('7')", "7"}, {"writeBytes('x')", "x"},
		{"readBytes(m.writeBytes('1234000000'))", "1234000000"},
		{"problems({after: '2024-02-30'}).after", "2024-02-30 is no day such as 2024-05-31."},
		{"problems({format: 'constructor'}).format", "constructor is none of JPEG, PNG, GIF, WebP, TIFF, BMP."},
		{"params({until: '2024-05-31'}).before.slice(0, 4)", "2024"},
		{"describe('format', 'jpeg,png')", "JPEG or PNG"},
	} {
		if got := eval[string](b, "import('./js/filter.js').then((m) => m."+c.call+")"); got != c.want {
			t.Errorf("%s = %q, want %q", c.call, got, c.want)
		}
	}
}
