package api

import (
	"net/http"
	"slices"

	"github.com/gin-gonic/gin"
)

// handler parses a request, calls the engine and renders the answer. What it
// returns as an error becomes a problem in one place, see respond.go.
type handler func(*gin.Context) error

// route is a line of the router's table.
type route struct {
	method, path string
	handler      handler
}

// routes are the same set as openapi.yaml's paths.
func (s *service) routes() []route {
	return []route{
		{"POST", imagesPath, s.addImages},
		{"GET", imagesPath, s.listImages},
		{"GET", "/v1/images/:id", s.getImage},
		{"DELETE", "/v1/images/:id", s.deleteImage},
		{"GET", "/v1/images/:id/thumbnail", s.getThumbnail},
		{"GET", "/v1/images/:id/original", s.getOriginal},
		{"GET", "/v1/images/:id/attention", s.getAttention},
		{"GET", "/v1/images/:id/similar", s.similarImages},
		{"GET", "/v1/images/:id/match", s.matchStored},
		{"POST", "/v1/images/:id/match", s.matchUploaded},
		{"GET", "/v1/images/:id/labels", s.getLabels},
		{"PUT", "/v1/images/:id/labels", s.putLabel},
		{"DELETE", "/v1/images/:id/labels", s.deleteLabel},
		{"GET", "/v1/images/:id/suggestions", s.suggestLabels},
		{"GET", labelsPath, s.listLabels},
		{"POST", labelsPath, s.setLabels},
		{"GET", foldersPath, s.listFolders},
		{"POST", "/v1/classify", s.classify},
		{"GET", suggestionsPath, s.listSuggestions},
		{"GET", probePath, s.getProbe},
		{"POST", probePath, s.trainProbe},
		{"GET", evaluationPath, s.evaluate},
		{"POST", deletionsPath, s.deleteImages},
		{"POST", "/v1/search", s.search},
		{"GET", duplicatesPath, s.duplicates},
		{"GET", "/v1/stats", s.stats},
		{"GET", "/v1/recall", s.recall},
		{"GET", reembeddingPath, s.getReembedding},
		{"POST", reembeddingPath, s.startReembedding},
		{"DELETE", reembeddingPath, s.cancelReembedding},
		{"POST", importPath, s.importFiles},
		{"GET", backupPath, s.backup},
		{"GET", checkPath, s.check},
		{"POST", compactPath, s.compact},
		{"GET", "/healthz", s.healthz},
		{"GET", "/readyz", s.readyz},
		{"GET", "/openapi.yaml", s.openapi},
	}
}

// Import, backup, check and compact are the data folder's owner's. They run for as long
// as they need.
const (
	imagesPath     = "/v1/images"
	deletionsPath  = "/v1/deletions"
	duplicatesPath = "/v1/duplicates"
	importPath     = "/v1/import"
	backupPath     = "/v1/backup"
	checkPath      = "/v1/check"
	compactPath    = "/v1/compact"
)

// isLocalPath is whether a route is for the data folder's owner only.
func isLocalPath(path string) bool {
	return slices.Contains([]string{importPath, backupPath, checkPath, compactPath}, path)
}

// newRouter sets up gin with our middleware and none of its own.
func (s *service) newRouter() http.Handler {
	gin.SetMode(gin.ReleaseMode)
	r := gin.New()
	// An id is one path segment, whatever is escaped in it; other spellings of an address are other addresses.
	r.UseRawPath, r.UnescapePathValues = true, true
	r.RedirectTrailingSlash, r.HandleMethodNotAllowed = false, true
	r.Use(s.logRequest, s.recoverPanic, secure, s.guard(s.checkHost), s.guard(s.checkOrigin), s.guard(s.authenticate))
	for _, to := range s.routes() {
		chain := []gin.HandlerFunc{s.handle(to.handler)}
		if isLocalPath(to.path) || to.path == reembeddingPath && to.method != http.MethodGet {
			chain = slices.Insert(chain, 0, s.guard(s.authenticateLocal))
		}
		r.Handle(to.method, to.path, chain...)
	}
	r.NoRoute(s.handle(s.serveGallery))
	r.NoMethod(s.handle(noMethod))
	return r
}

// noMethod answers where the address is right; gin has set the Allow header.
func noMethod(c *gin.Context) error {
	return refuse(errMethod, "%s does not go with this address; %s does", c.Request.Method, c.Writer.Header().Get("Allow"))
}

// handle makes a handler gin's, which knows no errors.
func (s *service) handle(h handler) gin.HandlerFunc {
	return func(c *gin.Context) {
		if err := h(c); err != nil {
			s.fail(c, err)
		}
	}
}

// guard makes a check that lets a request pass or ends it.
func (s *service) guard(check handler) gin.HandlerFunc {
	return func(c *gin.Context) {
		if err := check(c); err != nil {
			s.fail(c, err)
			c.Abort()
		}
	}
}
