package engine

import (
	"context"
	"fmt"
	"slices"

	"lookalike/internal/classify"
)

// Methods of classification.
const (
	MethodKNN   = "knn"   // the weighted vote of the nearest labelled images
	MethodProbe = "probe" // the linear probe that TrainProbe has trained
)

// Limits of a classification.
const (
	MaxTemperature = 100
	MinTemperature = 1e-4
	maxSuggestions = 10 // labels for one picture; the others have next to no share
)

// ClassifyQuery says how to classify. Zero fields mean k-NN, with the K of 20 and the Temperature of 0.07 of DINO's
// evaluation.
type ClassifyQuery struct {
	Method      string
	K           int     // neighbours that vote
	Temperature float64 // a neighbour of score s has the weight exp(s/Temperature)
}

// Suggestion is a label for a picture, and how much speaks for it.
type Suggestion struct {
	Label string
	Share float64 // of the votes, or the probe's probability; 0 to 1
}

// check gives the query with its defaults, or what is wrong with it.
func (q ClassifyQuery) check() (ClassifyQuery, error) {
	if q.Method == "" {
		q.Method = MethodKNN
	}
	if q.K == 0 {
		q.K = classify.DefaultK
	}
	if q.Temperature == 0 {
		q.Temperature = classify.DefaultTemperature
	}
	switch {
	case q.Method != MethodKNN && q.Method != MethodProbe:
		return q, fmt.Errorf("%w: method is %q, must be %s or %s", ErrQuery, q.Method, MethodKNN, MethodProbe)
	case q.K < 0 || q.K > MaxK:
		return q, fmt.Errorf("%w: k is %d, must be 1 to %d", ErrQuery, q.K, MaxK)
	case !(q.Temperature >= MinTemperature && q.Temperature <= MaxTemperature):
		return q, fmt.Errorf("%w: temperature is %v, must be %v to %v", ErrQuery, q.Temperature, MinTemperature, MaxTemperature)
	}
	return q, nil
}

// classifier tells labels from unit vectors.
type classifier struct {
	names   []string
	predict func(v []float32, exclude uint64) ([]classify.Prediction, error) // without the image exclude, 0 for none
}

// classifier makes the one that a query asks for, as of this moment.
func (e *Engine) classifier(q ClassifyQuery) (*classifier, error) {
	if q.Method == MethodProbe {
		saved, err := e.Probe()
		if err != nil {
			return nil, err
		}
		return &classifier{saved.Labels, func(v []float32, _ uint64) ([]classify.Prediction, error) {
			return saved.Probe.Predict(v), nil
		}}, nil
	}
	known, _, err := e.labels.now(e.readLabelled)
	if err != nil {
		return nil, err
	}
	return &classifier{known.names, e.voters(q, known).vote}, nil
}

// suggestions names predictions, without the labels to leave out.
func (c *classifier) suggestions(predictions []classify.Prediction, leaveOut []Label) []Suggestion {
	var list []Suggestion
	for _, p := range predictions {
		name := c.names[p.Label]
		decided := slices.ContainsFunc(leaveOut, func(l Label) bool { return l.Name == name })
		if !decided && len(list) < maxSuggestions {
			list = append(list, Suggestion{name, p.Share})
		}
	}
	return list
}

// ClassifyID suggests labels for a stored image, best first: those that it does not have, and that were not rejected for
// it. It does not vote itself.
func (e *Engine) ClassifyID(ctx context.Context, id uint64, q ClassifyQuery) ([]Suggestion, error) {
	q, err := q.check()
	if err == nil {
		err = ctx.Err()
	}
	if err != nil {
		return nil, err
	}
	decided, err := e.records.Labels(id)
	if err != nil {
		return nil, err
	}
	return underOne(e, func() ([]Suggestion, error) {
		v, err := e.vector(id)
		if err != nil {
			return nil, err
		}
		c, err := e.classifier(q)
		if err != nil {
			return nil, err
		}
		predictions, err := c.predict(v, id)
		return c.suggestions(predictions, decided), err
	})
}

// ClassifyImage suggests labels for a picture, best first. The name is only for messages.
func (e *Engine) ClassifyImage(ctx context.Context, name string, data []byte, q ClassifyQuery) ([]Suggestion, error) {
	q, err := q.check()
	if err != nil {
		return nil, err
	}
	return underOne(e, func() ([]Suggestion, error) {
		c, err := e.classifier(q)
		if err != nil {
			return nil, err
		}
		v, err := e.embedRegion(ctx, name, data, Region{})
		if err != nil {
			return nil, err
		}
		predictions, err := c.predict(v, 0)
		return c.suggestions(predictions, nil), err
	})
}
