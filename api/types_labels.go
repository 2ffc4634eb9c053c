package api

import "time"

// Labels is what was decided about an image's labels.
type Labels struct {
	Labels    []string        `json:"labels"` // that it has
	Decisions []LabelDecision `json:"decisions"`
}

// LabelDecision is a label and how it came to the image, or that it was rejected.
type LabelDecision struct {
	Label    string    `json:"label"`
	Decision string    `json:"decision"` // given, accepted or rejected
	At       time.Time `json:"at"`
}

// LabelCount is a label and how many images have it.
type LabelCount struct {
	Label  string `json:"label"`
	Images int    `json:"images"`
}

// LabelList is all labels, those of the most images first.
type LabelList struct {
	Labels []LabelCount `json:"labels"`
}

// LabelChange is a decision to be stored.
type LabelChange struct {
	ID       string `json:"id"`
	Label    string `json:"label"`
	Decision string `json:"decision"` // given, accepted, rejected or none
}

// LabelChanges are stored all or none.
type LabelChanges struct {
	Changes []LabelChange `json:"changes"`
}

// LabelsChanged says how many changes there were: a decision that stood is none.
type LabelsChanged struct {
	Changed int `json:"changed"`
}

// Suggestion is a label and how much speaks for it, from 0 to 1.
type Suggestion struct {
	Label string  `json:"label"`
	Share float64 `json:"share"`
}

// Suggestions are labels for one picture, best first.
type Suggestions struct {
	Suggestions []Suggestion `json:"suggestions"`
	Method      string       `json:"method"` // knn or probe
	Model       Model        `json:"model"`
}

// Suggested is an image without a label.
type Suggested struct {
	Image       Image        `json:"image"`
	Suggestions []Suggestion `json:"suggestions"`
}

// SuggestionPage is a part of all images without a label, the surest first.
type SuggestionPage struct {
	Images []Suggested `json:"images"`
	Next   string      `json:"next,omitempty"` // "" on the last page
	Method string      `json:"method"`
	Model  Model       `json:"model"`
}

// LabelReport is how often one label was found.
type LabelReport struct {
	Label     string `json:"label"`
	Examples  int    `json:"examples"`
	Right     int    `json:"right"`
	Predicted int    `json:"predicted"` // rightly or not
}

// Confusion counts the images with one label that were taken for another, or
// rightly for the same.
type Confusion struct {
	Label     string `json:"label"`
	Predicted string `json:"predicted,omitempty"` // "" where nothing was
	Count     int    `json:"count"`
}

// Judgement compares predictions with labels.
type Judgement struct {
	Examples  int           `json:"examples"`
	Right     int           `json:"right"`
	Accuracy  float64       `json:"accuracy"`
	Balanced  float64       `json:"balanced"` // mean of each label's share of right ones
	Majority  float64       `json:"majority"` // accuracy of always predicting the most frequent label
	Labels    []LabelReport `json:"labels"`
	Confusion []Confusion   `json:"confusion"` // the matrix without its zeros
}

// ProbeTry is a strength of regularisation, and how it did on what was kept aside.
type ProbeTry struct {
	Lambda   float64 `json:"lambda"`
	Accuracy float64 `json:"accuracy"`
	Loss     float64 `json:"loss"`
}

// Probe says how the linear probe came to be. Validation is about the images
// that were kept aside to choose Lambda by; the probe then learned from them too.
type Probe struct {
	Labels     []string   `json:"labels"`
	Images     int        `json:"images"`
	TrainedAt  time.Time  `json:"trained_at"`
	Lambda     float64    `json:"lambda"`
	Tries      []ProbeTry `json:"tries"`
	Validation Judgement  `json:"validation"`
	Model      Model      `json:"model"`
}

// Evaluation is how well the labelled images are told from the others. Folds is
// how many times some were left out: as often as there are images, or in ten parts.
type Evaluation struct {
	Method      string    `json:"method"`
	K           int       `json:"k,omitempty"`
	Temperature float64   `json:"temperature,omitempty"`
	Lambda      float64   `json:"lambda,omitempty"`
	Folds       int       `json:"folds"`
	Judgement   Judgement `json:"judgement"`
	Model       Model     `json:"model"`
}
