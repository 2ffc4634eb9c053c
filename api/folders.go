package api

import (
	"net/http"
	"strings"

	"github.com/gin-gonic/gin"

	"lookalike/engine"
)

const foldersPath = "/v1/folders"

// Folder is a folder of imported files, and how many images it and those below it have.
type Folder struct {
	Folder string `json:"folder"` // absolute, as the filter "in" takes it
	Images int    `json:"images"`
}

// FolderList is folders, those of the most images first; Total counts those beyond the limit too.
type FolderList struct {
	Folders []Folder `json:"folders"`
	Total   int      `json:"total"`
}

// listFolders answers with the folders that a filter may name, for completing what somebody types.
func (s *service) listFolders(c *gin.Context) error {
	q := parseQuery(c, "contains", "limit")
	contains := strings.ToLower(q.string("contains", s.cfg.Limits.Path))
	limit := q.int("limit", defaultPageSize, 1, s.cfg.Limits.PageSize)
	if q.err != nil {
		return q.err
	}
	all, err := s.cfg.Engine.ListFolders()
	if err != nil {
		return err
	}
	list := FolderList{Folders: []Folder{}}
	for _, f := range all {
		if view := viewFolder(f); strings.Contains(strings.ToLower(view.Folder), contains) {
			if list.Total++; len(list.Folders) < limit {
				list.Folders = append(list.Folders, view)
			}
		}
	}
	return render(c, http.StatusOK, list)
}

func viewFolder(f engine.FolderCount) Folder { return Folder{encodePath(f.Folder), f.Images} }
