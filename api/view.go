package api

import (
	"encoding/hex"
	"strconv"

	"github.com/gin-gonic/gin"

	"lookalike/encoder"
	"lookalike/engine"
)

// From the engine's types to the JSON of this service.

// formatID makes the opaque string of an id.
func formatID(id uint64) string { return strconv.FormatUint(id, 10) }

// imageID reads the id in a URL. What is no id names no image: 404, because to
// a client ids are opaque.
func imageID(c *gin.Context) (uint64, error) {
	return parseID(c.Param("id"))
}

// parseID reads an id.
func parseID(text string) (uint64, error) {
	id, err := strconv.ParseUint(text, 10, 64)
	if err != nil || formatID(id) != text || len(text) > maxIDLength {
		return 0, refuse(errNoRoute, "no image has the id %s", shorten(text))
	}
	return id, nil
}

// model goes with every answer that holds results, and with it the note that
// keeps people from expecting too much of the starter.
func (s *service) model() Model {
	m := s.cfg.Engine.Model()
	note := ""
	if m.Starter {
		note = encoder.StarterNote
	}
	v := Model{Name: m.Name, Fingerprint: m.Fingerprint, Dim: m.Dim, Starter: m.Starter, Note: note, Options: optionsOf(s.cfg.Engine.Spec())}
	if err := s.cfg.Engine.Unavailable(); err != nil {
		v.Unavailable = err.Error()
	}
	return v
}

// optionsOf writes how a model is opened as flags.
func optionsOf(spec engine.Spec) string {
	spec.Name = ""
	return spec.String()
}

// viewImage puts the first file's facts beside the image's own: most images
// have one file, and clients should not have to look into the list for them.
func viewImage(m engine.Image) Image {
	id, first := formatID(m.ID), m.Files[0]
	return Image{
		ID: id, Path: first.Path, Width: m.Width, Height: m.Height, Format: m.Format,
		Bytes: first.Size, SHA256: hex.EncodeToString(first.SHA256[:]),
		AddedAt: m.Added.UTC(), Model: m.Model, Files: each(m.Files, viewFile), Labels: orEmpty(m.Labels),
		Thumbnail: "/v1/images/" + id + "/thumbnail?v=" + hex.EncodeToString(first.SHA256[:8]), Original: "/v1/images/" + id + "/original",
		FromThumbnail: m.FromThumbnail, NotEmbedded: m.NotEmbedded,
	}
}

// viewFile leaves the time of an upload's file out: it is nobody's.
func viewFile(f engine.File) File {
	v := File{Path: f.Path, Uploaded: f.Uploaded, Bytes: f.Size, SHA256: hex.EncodeToString(f.SHA256[:]), AddedAt: f.Added.UTC()}
	if !f.Uploaded {
		modified := f.ModTime.UTC()
		v.ModifiedAt = &modified
	}
	return v
}

// viewResult repeats id and path for scripts that want nothing else.
func viewResult(m engine.Match) Result {
	image := viewImage(m.Image)
	return Result{ID: image.ID, Path: image.Path, Score: m.Score, Image: image}
}

// viewGroup names the members beside the medoid that they are measured by.
func viewGroup(g engine.Group) Group {
	return Group{
		Medoid:  viewImage(g.Medoid),
		Members: each(g.Members, func(m engine.Match) Member { return Member{viewImage(m.Image), m.Score} }),
	}
}

// status says in a word what became of a picture that is stored.
func status(r engine.AddResult) string {
	if r.Already {
		return StatusAlready
	}
	return StatusAdded
}

// each views every element. The result is never nil: in JSON an empty list is [].
func each[T, V any](all []T, view func(T) V) []V {
	views := make([]V, 0, len(all))
	for _, one := range all {
		views = append(views, view(one))
	}
	return views
}

// orEmpty is for lists that come as nil.
func orEmpty[T any](list []T) []T { return each(list, func(x T) T { return x }) }
