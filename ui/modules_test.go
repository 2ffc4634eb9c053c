package ui_test

import (
	"fmt"
	"testing"
)

// TestFormat calls the functions of format.js.
func TestFormat(t *testing.T) {
	t.Parallel()
	b := openTab(t, sharedSite(t), "#/search")
	for _, c := range []struct{ call, want string }{
		{"bytes(0)", "0 bytes"}, {"bytes(999)", "999 bytes"}, {"bytes(1000)", "1.0 kB"}, {"bytes(123456)", "123 kB"},
		{"bytes(12_345_678)", "12.3 MB"}, {"bytes(5e12)", "5000 GB"},
		{"score(1)", "1.000"}, {"score(0.9996)", "0.999"}, {"score(0.29)", "0.290"}, {"score(-0.2)", "-0.200"}, {"score(0.9)", "0.900"},
		{"baseName('/a/b c.jpg')", "b c.jpg"}, {`baseName('C:\\a\\b.jpg')`, "b.jpg"}, {"baseName('b.jpg')", "b.jpg"},
		{"folder('/a/b c.jpg')", "/a/"}, {"folder('b.jpg')", ""},
		{"count(1, 'copy', 'copies')", "1 copy"}, {"count(1234, 'copy', 'copies')", "1,234 copies"}, {"count(0, 'picture')", "0 pictures"},
		{"format('jpeg')", "JPEG"}, {"format('new')", "new"}, {"size({width: 3, height: 2})", "3 × 2"},
	} {
		if got := eval[string](b, "import('./js/format.js').then((m) => m."+c.call+")"); got != c.want {
			t.Errorf("%s = %q, want %q", c.call, got, c.want)
		}
	}
}

// TestRoutes parses addresses as people share and mistype them.
func TestRoutes(t *testing.T) {
	t.Parallel()
	b := openTab(t, sharedSite(t), "#/search")
	for _, c := range []struct{ hash, page, arg, query string }{
		{"", "gallery", "", ""}, {"#", "gallery", "", ""}, {"#/", "gallery", "", ""},
		{"#/image/42", "image", "42", ""}, {"#/image/a%2Fb", "image", "a/b", ""}, {"#/image/%zz", "image", "%zz", ""},
		{"#/duplicates?threshold=0.9", "duplicates", "", "threshold=0.9"}, {"#/search/k1", "search", "k1", ""}, {"#/other", "", "", ""},
		{"#/?in=/a%3Fb%23&label=x%26y", "gallery", "", "in=%2Fa%3Fb%23&label=x%26y"}, {"#/suggestions?from=0.5", "suggestions", "", "from=0.5"},
	} {
		got := eval[string](b, fmt.Sprintf("import('./js/router.js').then(({parse}) => { const r = parse(%q); return [r.page, r.arg, r.query].join('|') })", c.hash))
		if want := c.page + "|" + c.arg + "|" + c.query; got != want {
			t.Errorf("parse(%q) = %q, want %q", c.hash, got, want)
		}
	}
}

// TestQueriesAreForgotten keeps the last thirty pictures searched by, in this browser.
func TestQueriesAreForgotten(t *testing.T) {
	t.Parallel()
	b := openTab(t, sharedSite(t), "#/search")
	b.run(`const queries = await import("./js/queries.js");
		window.kept = [];
		for (let i = 0; i < 33; i++) {
			window.kept.push(await queries.keep(new File([String(i)], i + ".jpg")));
			await new Promise((done) => setTimeout(done, 2)); // keys sort by their millisecond
		}
		sessionStorage.kept = JSON.stringify(window.kept)`)
	b.reload()
	b.see(".invitation", "Choose")
	got := eval[string](b, `(async () => { const {find} = await import("./js/queries.js");
		const files = await Promise.all(JSON.parse(sessionStorage.kept).map(find));
		return files.map((f) => f ? f.name : "-").join(" ") })()`)
	want := "- - -"
	for i := 3; i < 33; i++ {
		want += fmt.Sprintf(" %d.jpg", i)
	}
	if got != want {
		t.Errorf("kept %q\nwant %q", got, want)
	}
}
