package ui_test

import (
	"io/fs"
	"maps"
	"path"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"lookalike/ui"
)

// readAll returns the gallery's files of a type by their path.
func readAll(t *testing.T, ext string) map[string]string {
	t.Helper()
	found := map[string]string{}
	err := fs.WalkDir(ui.FS(), ".", func(name string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() || path.Ext(name) != ext {
			return err
		}
		data, err := fs.ReadFile(ui.FS(), name)
		found[name] = string(data)
		return err
	})
	if err != nil || len(found) == 0 {
		t.Fatalf("%d files %s, %v", len(found), ext, err)
	}
	return found
}

// TestNothingInline keeps the page within its content security policy.
func TestNothingInline(t *testing.T) {
	forbidden := map[string]*regexp.Regexp{
		"an inline script":  regexp.MustCompile(`(?i)<script(?:\s[^>]*)?>\s*[^<\s]`),
		"an inline style":   regexp.MustCompile(`(?i)<style|\sstyle\s*=`),
		"an inline handler": regexp.MustCompile(`(?i)<[^>]*\son[a-z]+\s*=`),
		"a script's URL":    regexp.MustCompile(`(?i)javascript:`),
	}
	for name, html := range readAll(t, ".html") {
		for what, pattern := range forbidden {
			if hit := pattern.FindString(html); hit != "" {
				t.Errorf("%s: %s: %s", name, what, hit)
			}
		}
	}
	unsafe := regexp.MustCompile(`innerHTML|outerHTML|insertAdjacentHTML|document\.write|\beval\(|new Function|\.cssText|setAttribute\("style"`)
	for name, js := range readAll(t, ".js") {
		if hit := unsafe.FindString(js); hit != "" {
			t.Errorf("%s makes HTML, code or styles of text: %s", name, hit)
		}
	}
}

// TestNothingFromElsewhere looks for addresses of other sites.
func TestNothingFromElsewhere(t *testing.T) {
	elsewhere := regexp.MustCompile(`(?:https?:)?//[a-z0-9.-]+\.[a-z]{2,}[^"'\s)]*|@import`)
	names := []string{"http://www.w3.org/2000/svg"} // a name, never fetched
	for _, ext := range []string{".html", ".css", ".js", ".svg"} {
		for name, text := range readAll(t, ext) {
			for _, hit := range elsewhere.FindAllString(text, -1) {
				if !slices.Contains(names, hit) {
					t.Errorf("%s refers to %s", name, hit)
				}
			}
		}
	}
}

// TestReferences resolves every file and icon that a page or a script names.
func TestReferences(t *testing.T) {
	html := readAll(t, ".html")["index.html"]
	for _, m := range regexp.MustCompile(`(?:href|src)="([^"#/][^"]*)"`).FindAllStringSubmatch(html, -1) {
		if _, err := fs.Stat(ui.FS(), m[1]); err != nil {
			t.Errorf("index.html: %v", err)
		}
	}
	icons := map[string]bool{} // whether it is used
	for _, m := range regexp.MustCompile(`<symbol id="i-([a-z]+)"`).FindAllStringSubmatch(html, -1) {
		icons[m[1]] = strings.Contains(html, `href="#i-`+m[1]+`"`)
	}
	scripts := readAll(t, ".js")
	all := strings.Join(slices.Collect(maps.Values(scripts)), "\n")
	for name, js := range scripts {
		for icon := range icons {
			icons[icon] = icons[icon] || strings.Contains(js, `"`+icon+`"`)
		}
		for _, m := range regexp.MustCompile(`(?:icon|button|notice)\("([a-z]+)"`).FindAllStringSubmatch(js, -1) {
			if _, ok := icons[m[1]]; !ok {
				t.Errorf("%s: there is no icon %q", name, m[1])
			}
		}
		for _, m := range regexp.MustCompile(`byId\("([a-z-]+)"\)`).FindAllStringSubmatch(js, -1) {
			if !strings.Contains(html, `id="`+m[1]+`"`) && !strings.Contains(all, `id: "`+m[1]+`"`) {
				t.Errorf("%s: no element has the id %q", name, m[1])
			}
		}
	}
	for icon, used := range icons {
		if !used {
			t.Errorf("the icon %q is not used", icon)
		}
	}
}

var importPattern = regexp.MustCompile(`(?m)^import (?:[^"]* from )?"\./([^"]+)";$`)

// imports returns the modules that each module imports.
func imports(t *testing.T) map[string][]string {
	t.Helper()
	graph := map[string][]string{}
	for name, js := range readAll(t, ".js") {
		base := path.Base(name)
		graph[base] = []string{}
		for _, m := range importPattern.FindAllStringSubmatch(js, -1) {
			graph[base] = append(graph[base], m[1])
		}
		if n := strings.Count(js, "\nimport ") + strings.Count(js[:7], "import "); n != len(graph[base]) {
			t.Errorf("%s has %d imports, %d of them from this folder", name, n, len(graph[base]))
		}
	}
	return graph
}

// TestModules holds that imports resolve, go one way, are used, and are all preloaded.
func TestModules(t *testing.T) {
	graph := imports(t)
	var reached []string
	var walk func(name string, trail []string)
	walk = func(name string, trail []string) {
		if slices.Contains(trail, name) {
			t.Fatalf("modules import each other: %v", append(trail, name))
		}
		if _, ok := graph[name]; !ok {
			t.Fatalf("%s imports %s, which is not there", trail[len(trail)-1], name)
		}
		if !slices.Contains(reached, name) {
			reached = append(reached, name)
		}
		for _, next := range graph[name] {
			walk(next, append(slices.Clone(trail), name))
		}
	}
	walk("main.js", nil)
	slices.Sort(reached)

	var preloaded []string
	for _, m := range regexp.MustCompile(`modulepreload" href="js/([^"]+)"`).FindAllStringSubmatch(readAll(t, ".html")["index.html"], -1) {
		preloaded = append(preloaded, m[1])
	}
	if diff := cmp.Diff(reached, slices.Sorted(slices.Values(append(preloaded, "main.js")))); diff != "" {
		t.Errorf("modules used and modules preloaded (-used +preloaded):\n%s", diff)
	}
	if len(graph) != len(reached)+1 { // early.js is no module
		t.Errorf("%d scripts, of which %d are used", len(graph), len(reached)+1)
	}
}

// TestNamedImports holds that what is imported by name is exported, and used.
func TestNamedImports(t *testing.T) {
	all := readAll(t, ".js")
	named := regexp.MustCompile(`(?m)^import \{ ([^}]+) \} from "\./([^"]+)";$`)
	for name, js := range all {
		for _, m := range named.FindAllStringSubmatch(js, -1) {
			for _, item := range strings.Split(m[1], ", ") {
				exported, local, renamed := strings.Cut(item, " as ")
				if !renamed {
					local = exported
				}
				if !regexp.MustCompile(`export (?:async )?(?:function|const|class) ` + exported + `\b`).MatchString(all["js/"+m[2]]) {
					t.Errorf("%s: %s does not export %s", name, m[2], exported)
				}
				if len(regexp.MustCompile(`\b`+local+`\b`).FindAllString(js, -1)) < 2 {
					t.Errorf("%s imports %s without using it", name, local)
				}
			}
		}
	}
}

// TestClassesAreStyledAndUsed finds rules for classes that nothing has: leftovers.
func TestClassesAreStyledAndUsed(t *testing.T) {
	var code strings.Builder
	for _, ext := range []string{".html", ".js"} {
		for _, text := range readAll(t, ext) {
			code.WriteString(text)
		}
	}
	comments := regexp.MustCompile(`(?s)/\*.*?\*/`)
	for name, css := range readAll(t, ".css") {
		css = comments.ReplaceAllString(css, "")
		for _, m := range regexp.MustCompile(`\.([a-z][a-z-]*)`).FindAllStringSubmatch(css, -1) {
			if !regexp.MustCompile(`\b` + m[1] + `\b`).MatchString(code.String()) {
				t.Errorf("%s has a rule for .%s, which nothing has", name, m[1])
			}
		}
	}
}
