package api

import (
	"net/http"

	"github.com/gin-gonic/gin"

	"lookalike/engine"
)

const (
	labelsPath   = "/v1/labels"
	decisionNone = "none" // takes a label, or its rejection, away
)

// decisions by what they are called in requests.
var decisions = map[string]engine.Decision{
	"given": engine.Given, "accepted": engine.Accepted, "rejected": engine.Rejected, decisionNone: engine.None,
}

// getLabels answers with what was decided about an image's labels.
func (s *service) getLabels(c *gin.Context) error {
	id, err := imageID(c)
	if err != nil {
		return err
	}
	if q := parseQuery(c); q.err != nil {
		return q.err
	}
	return s.renderLabels(c, id)
}

// putLabel decides about one label of one image.
func (s *service) putLabel(c *gin.Context) error {
	return s.decide(c, parseQuery(c, "label", "decision"))
}

// deleteLabel takes a label, or its rejection, away.
func (s *service) deleteLabel(c *gin.Context) error {
	q := parseQuery(c, "label")
	if q.err == nil {
		q.values.Set("decision", decisionNone)
	}
	return s.decide(c, q)
}

// decide stores a decision and answers with all there are about the image.
func (s *service) decide(c *gin.Context, q *query) error {
	id, err := imageID(c)
	if err != nil {
		return err
	}
	change := engine.LabelChange{ID: id, Label: q.label("label"), Decision: engine.Given}
	if change.Label == "" {
		q.fail("label is missing")
	}
	if name, given := q.text("decision"); given {
		var known bool
		if change.Decision, known = decisions[name]; !known {
			q.fail("decision=%s is none of given, accepted, rejected", shorten(name))
		}
	}
	if q.err != nil {
		return q.err
	}
	if _, err := s.cfg.Engine.SetLabels(c.Request.Context(), change); err != nil {
		return err
	}
	return s.renderLabels(c, id)
}

func (s *service) renderLabels(c *gin.Context, id uint64) error {
	labels, err := s.cfg.Engine.Labels(id)
	if err != nil {
		return err
	}
	answer := Labels{Labels: []string{}, Decisions: []LabelDecision{}}
	for _, l := range labels {
		answer.Decisions = append(answer.Decisions, LabelDecision{l.Name, string(l.Decision), l.At})
		if l.Decision != engine.Rejected {
			answer.Labels = append(answer.Labels, l.Name)
		}
	}
	return render(c, http.StatusOK, answer)
}

// listLabels answers with every label there is.
func (s *service) listLabels(c *gin.Context) error {
	if q := parseQuery(c); q.err != nil {
		return q.err
	}
	counts, err := s.cfg.Engine.ListLabels()
	if err != nil {
		return err
	}
	return render(c, http.StatusOK, LabelList{each(counts, func(l engine.LabelCount) LabelCount { return LabelCount(l) })})
}

// setLabels stores many decisions, all or none.
func (s *service) setLabels(c *gin.Context) error {
	var req LabelChanges
	if err := s.readJSON(c, &req); err != nil {
		return err
	}
	switch n, limit := len(req.Changes), s.cfg.Limits.LabelChanges; {
	case n == 0:
		return refuse(errRequest, "changes is empty")
	case n > limit:
		return refuse(errTooMuch, "there are %d changes in one request; the limit is %d", n, limit)
	}
	changes := make([]engine.LabelChange, len(req.Changes))
	for i, r := range req.Changes {
		id, err := parseID(r.ID)
		if err != nil {
			return err
		}
		decision, known := decisions[r.Decision]
		if !known {
			return refuse(errRequest, "decision %s is none of given, accepted, rejected, none", shorten(r.Decision))
		}
		changes[i] = engine.LabelChange{ID: id, Label: r.Label, Decision: decision}
	}
	changed, err := s.cfg.Engine.SetLabels(c.Request.Context(), changes...)
	if err != nil {
		return err
	}
	return render(c, http.StatusOK, LabelsChanged{changed})
}

// label reads a label, which may be longer before white space around it goes.
func (q *query) label(name string) string { return q.string(name, 2*engine.MaxLabel) }
