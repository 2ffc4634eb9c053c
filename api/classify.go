package api

import (
	"context"
	"math"
	"net/http"
	"strconv"
	"strings"

	"github.com/gin-gonic/gin"

	"lookalike/engine"
)

// What classifies or learns from all images answers in lines for who accepts
// them, since it may take long.
const (
	suggestionsPath = "/v1/suggestions"
	probePath       = "/v1/probe"
	evaluationPath  = "/v1/evaluation"
)

// classifyQuery reads what every classification takes, beside some more.
func classifyQuery(c *gin.Context, more ...string) (*query, engine.ClassifyQuery) {
	q := parseQuery(c, append([]string{"method", "k", "temperature"}, more...)...)
	ask := engine.ClassifyQuery{
		Method:      q.string("method", 16),
		K:           q.int("k", 0, 1, engine.MaxK), // 0 is the engine's default
		Temperature: q.number("temperature", 0, engine.MinTemperature, engine.MaxTemperature),
	}
	if ask.Method == "" {
		ask.Method = engine.MethodKNN
	}
	if ask.Method != engine.MethodKNN && ask.Method != engine.MethodProbe {
		q.fail("method=%s is neither %s nor %s", shorten(ask.Method), engine.MethodKNN, engine.MethodProbe)
	}
	return q, ask
}

// classify answers with labels for an uploaded picture, which is not kept.
func (s *service) classify(c *gin.Context) error {
	q, ask := classifyQuery(c)
	if q.err != nil {
		return q.err
	}
	up, err := s.openUpload(c)
	if err != nil {
		return err
	}
	defer up.close()
	picture, err := up.only()
	if err != nil {
		return err
	}
	found, err := s.cfg.Engine.ClassifyImage(c.Request.Context(), picture.Name, picture.Data, ask)
	if err != nil {
		return err
	}
	return s.renderSuggestions(c, ask, found)
}

// suggestLabels answers with labels for a stored image.
func (s *service) suggestLabels(c *gin.Context) error {
	id, err := imageID(c)
	if err != nil {
		return err
	}
	q, ask := classifyQuery(c)
	if q.err != nil {
		return q.err
	}
	found, err := s.cfg.Engine.ClassifyID(c.Request.Context(), id, ask)
	if err != nil {
		return err
	}
	return s.renderSuggestions(c, ask, found)
}

func (s *service) renderSuggestions(c *gin.Context, ask engine.ClassifyQuery, found []engine.Suggestion) error {
	return render(c, http.StatusOK, Suggestions{Suggestions: each(found, viewSuggestion), Method: ask.Method, Model: s.model()})
}

func viewSuggestion(found engine.Suggestion) Suggestion { return Suggestion(found) }

// listSuggestions answers with the images without a label and what they may be,
// the surest first.
func (s *service) listSuggestions(c *gin.Context) error {
	q, ask := classifyQuery(c, "limit", "cursor")
	limit := q.int("limit", defaultPageSize, 1, s.cfg.Limits.PageSize)
	after := q.place("cursor")
	if q.err != nil {
		return q.err
	}
	return answerLong(s, c, func(ctx context.Context, progress engine.Progress) (SuggestionPage, error) {
		page, err := s.cfg.Engine.Suggest(ctx, ask, after, limit, progress)
		return SuggestionPage{
			Images: each(page.Suggested, func(one engine.Suggested) Suggested {
				return Suggested{viewImage(one.Image), each(one.Suggestions, viewSuggestion)}
			}),
			Next: formatPlace(page.Next), Method: ask.Method, Model: s.model(),
		}, err
	})
}

// formatPlace makes the cursor of a page: the bits of the share, and the id.
func formatPlace(p engine.SuggestCursor) string {
	if p == (engine.SuggestCursor{}) {
		return ""
	}
	return strconv.FormatUint(math.Float64bits(p.Share), 16) + "-" + formatID(p.ID)
}

// place reads what formatPlace has made.
func (q *query) place(name string) (p engine.SuggestCursor) {
	text := q.string(name, maxIDLength)
	if text == "" {
		return p
	}
	share, id, _ := strings.Cut(text, "-")
	bits, err := strconv.ParseUint(share, 16, 64)
	p.Share = math.Float64frombits(bits)
	if err == nil {
		p.ID, err = strconv.ParseUint(id, 10, 64)
	}
	if err != nil || p.ID == 0 || !(p.Share >= 0 && p.Share <= 1) {
		q.fail("%s=%s is none that this server gave; start without one", name, shorten(text))
	}
	return p
}

// trainProbe trains on the labelled images and answers with how it did.
func (s *service) trainProbe(c *gin.Context) error {
	if q := parseQuery(c); q.err != nil {
		return q.err
	}
	return answerLong(s, c, func(ctx context.Context, progress engine.Progress) (Probe, error) {
		p, err := s.cfg.Engine.TrainProbe(ctx, progress)
		if err != nil {
			return Probe{}, err
		}
		return s.viewProbe(p), nil
	})
}

// getProbe answers with how the probe did when it was trained.
func (s *service) getProbe(c *gin.Context) error {
	if q := parseQuery(c); q.err != nil {
		return q.err
	}
	p, err := s.cfg.Engine.Probe()
	if err != nil {
		return err
	}
	return render(c, http.StatusOK, s.viewProbe(p))
}

// evaluate answers with how well the labelled images are told from each other.
func (s *service) evaluate(c *gin.Context) error {
	q, ask := classifyQuery(c)
	if q.err != nil {
		return q.err
	}
	return answerLong(s, c, func(ctx context.Context, progress engine.Progress) (Evaluation, error) {
		found, err := s.cfg.Engine.Evaluate(ctx, ask, progress)
		return s.viewEvaluation(found), err
	})
}
