package api_test

import (
	"fmt"
	"net/url"
	"path/filepath"
	"testing"

	"github.com/google/go-cmp/cmp"

	"lookalike/api"
)

// TestFolders lists the folders of imported files, each as the filter takes it.
func TestFolders(t *testing.T) {
	h := newHandler(t, nil)
	dir := filepath.Join(t.TempDir(), "Pictures")
	var paths []string
	for i, name := range []string{"2023/a.png", "2023/b.png", "2024/Éte <b>/c.png", "2024/\xff/d.png", "e.png"} {
		paths = append(paths, writeFile(t, dir, name, pngOf(uint64(i))))
	}
	encoded := "file://" + (&url.URL{Path: filepath.Dir(paths[3])}).EscapedPath()
	for i, path := range paths {
		if i == 3 {
			path = "file://" + (&url.URL{Path: path}).EscapedPath()
		}
		if a := send(t, h, importRequest(path)); a.status != 200 {
			t.Fatalf("%s: %d %s", path, a.status, a.body)
		}
	}
	for query, want := range map[string][]api.Folder{
		"": {{Folder: dir, Images: 5}, {Folder: dir + "/2023", Images: 2}, {Folder: dir + "/2024", Images: 2},
			{Folder: dir + "/2024/Éte <b>", Images: 1}, {Folder: encoded, Images: 1}},
		"contains=" + url.QueryEscape("éTE"): {{Folder: dir + "/2024/Éte <b>", Images: 1}},
		"contains=nowhere":                   {},
	} {
		var list api.FolderList
		decode(t, get(t, h, "/v1/folders?"+query).body, &list)
		if diff := cmp.Diff(want, list.Folders); diff != "" || list.Total != len(want) {
			t.Errorf("%q: %d in all (-want +got):\n%s", query, list.Total, diff)
		}
		for _, f := range list.Folders {
			var found api.ImageList
			decode(t, get(t, h, "/v1/images?in="+url.QueryEscape(f.Folder)).body, &found)
			if found.Total != f.Images {
				t.Errorf("%s: %d images, the filter finds %d", f.Folder, f.Images, found.Total)
			}
		}
	}
	var list api.FolderList
	decode(t, get(t, h, "/v1/folders?limit=2").body, &list)
	if len(list.Folders) != 2 || list.Total != 5 {
		t.Errorf("a part of them: %s", fmt.Sprint(list))
	}
}
