package api

import "lookalike/engine"

// viewProbe names the labels of a probe's report.
func (s *service) viewProbe(p *engine.Probe) Probe {
	return Probe{
		Labels: p.Labels, Images: p.Trained, TrainedAt: p.At, Lambda: p.Lambda,
		Tries:      each(p.Tries, func(t engine.ProbeTry) ProbeTry { return ProbeTry(t) }),
		Validation: viewJudgement(p.Report, p.Labels), Model: s.model(),
	}
}

// viewEvaluation leaves out what its method does not have.
func (s *service) viewEvaluation(e engine.Evaluation) Evaluation {
	v := Evaluation{Method: e.Query.Method, Folds: e.Folds, Lambda: e.Lambda, Judgement: viewJudgement(e.Report, e.Labels), Model: s.model()}
	if e.Query.Method == engine.MethodKNN {
		v.K, v.Temperature = e.Query.K, e.Query.Temperature
	}
	return v
}

func viewJudgement(r engine.Judgement, names []string) Judgement {
	v := Judgement{Examples: r.Examples, Right: r.Right, Accuracy: r.Accuracy, Balanced: r.Balanced, Majority: r.Majority,
		Labels: []LabelReport{}, Confusion: []Confusion{}}
	for _, c := range r.Classes {
		v.Labels = append(v.Labels, LabelReport{names[c.Label], c.Examples, c.Right, c.Predicted})
	}
	for _, c := range r.Cells {
		cell := Confusion{Label: names[c.Label], Count: c.Count}
		if c.Predicted >= 0 {
			cell.Predicted = names[c.Predicted]
		}
		v.Confusion = append(v.Confusion, cell)
	}
	return v
}
