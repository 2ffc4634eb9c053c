package classify

import (
	"bytes"
	"encoding/binary"
	"encoding/json"
	"errors"
	"fmt"
	"math"
	"time"
)

// ErrSaved is returned by Decode for bytes that Encode did not make.
var ErrSaved = errors.New("not a saved probe")

// maxClasses bounds what a saved probe may claim.
const maxClasses = 1 << 16

// Saved is a probe with what makes sense of it: whose vectors it takes, what its labels are called, and how it did when it
// was trained.
type Saved struct {
	Probe   *Probe    `json:"-"`
	Model   string    `json:"model"` // fingerprint
	Dim     int       `json:"dim"`
	Labels  []string  `json:"labels"` // by their number
	At      time.Time `json:"at"`
	Lambda  float64   `json:"lambda"`
	Tries   []Try     `json:"tries"`
	Trained int       `json:"trained"`
	Report  Report    `json:"report"`
}

// Encode gives
//
//	+-------------------+---------------------+--------------------------+---------------------+
//	| 4                 | n                   | 4 * classes * dim        | 4 * classes         |
//	| n, little endian  | JSON: all but Probe | W, float32 little endian | b, the same         |
//	+-------------------+---------------------+--------------------------+---------------------+
func (s *Saved) Encode() ([]byte, error) {
	header, err := json.Marshal(s)
	if err != nil {
		return nil, fmt.Errorf("save probe: %w", err)
	}
	out := binary.LittleEndian.AppendUint32(nil, uint32(len(header)))
	out = append(out, header...)
	for _, x := range append(s.Probe.W[:len(s.Probe.W):len(s.Probe.W)], s.Probe.B...) {
		out = binary.LittleEndian.AppendUint32(out, math.Float32bits(x))
	}
	return out, nil
}

// Decode is the inverse of Encode.
func Decode(data []byte) (*Saved, error) {
	if len(data) < 4 || uint64(len(data)-4) < uint64(binary.LittleEndian.Uint32(data)) {
		return nil, fmt.Errorf("%w: %d bytes", ErrSaved, len(data))
	}
	end := 4 + int(binary.LittleEndian.Uint32(data))
	s := new(Saved)
	in := json.NewDecoder(bytes.NewReader(data[4:end]))
	in.DisallowUnknownFields()
	if err := in.Decode(s); err != nil {
		return nil, fmt.Errorf("%w: %w", ErrSaved, err)
	}
	classes, numbers := len(s.Labels), data[end:]
	if classes < 1 || classes > maxClasses || s.Dim < 1 || len(numbers)%(4*classes) != 0 || len(numbers)/(4*classes) != s.Dim+1 {
		return nil, fmt.Errorf("%w: %d labels of %d numbers in %d bytes", ErrSaved, classes, s.Dim, len(numbers))
	}
	if err := s.Report.check(classes); err != nil {
		return nil, err
	}
	params := make([]float32, len(numbers)/4)
	for i := range params {
		params[i] = math.Float32frombits(binary.LittleEndian.Uint32(numbers[4*i:]))
		if x := float64(params[i]); math.IsNaN(x) || math.IsInf(x, 0) {
			return nil, fmt.Errorf("%w: parameter %d is %v", ErrSaved, i, x)
		}
	}
	s.Probe = &Probe{Classes: classes, Dim: s.Dim, W: params[:classes*s.Dim], B: params[classes*s.Dim:]}
	return s, nil
}

// check refuses labels that have no name.
func (r *Report) check(classes int) error {
	named := func(l int32) bool { return l >= 0 && int(l) < classes }
	for _, c := range r.Classes {
		if !named(c.Label) {
			return fmt.Errorf("%w: its report has label %d of %d", ErrSaved, c.Label, classes)
		}
	}
	for _, c := range r.Cells {
		if !named(c.Label) || !named(c.Predicted) && c.Predicted != Nothing {
			return fmt.Errorf("%w: its report has labels %d and %d of %d", ErrSaved, c.Label, c.Predicted, classes)
		}
	}
	return nil
}
