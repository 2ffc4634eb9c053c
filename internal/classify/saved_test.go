package classify

import (
	"encoding/binary"
	"errors"
	"math"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

// sample is a trained probe, to be saved.
func sample(t testing.TB) *Saved {
	t.Helper()
	trained, err := Train(t.Context(), clouds(3, 10, 4, 2, 8), Options{})
	if err != nil {
		t.Fatal(err)
	}
	return &Saved{Probe: trained.Probe, Model: "a1", Dim: 4, Labels: []string{"cat", "dog", "été"}, At: time.Date(2026, 3, 4, 5, 6, 7, 0, time.UTC),
		Lambda: trained.Lambda, Tries: trained.Tries, Trained: trained.Trained, Report: trained.Report}
}

func TestSaved(t *testing.T) {
	s := sample(t)
	data, err := s.Encode()
	if err != nil {
		t.Fatal(err)
	}
	got, err := Decode(data)
	if diff := cmp.Diff(s, got); diff != "" || err != nil {
		t.Errorf("(-want +got): %s, %v", diff, err)
	}
	v := []float32{0.5, 0.5, -0.5, 0.5}
	if diff := cmp.Diff(s.Probe.Predict(v), got.Probe.Predict(v)); diff != "" {
		t.Errorf("predictions (-want +got): %s", diff)
	}
	for n := range data {
		if _, err := Decode(data[:n]); !errors.Is(err, ErrSaved) {
			t.Fatalf("%d of %d bytes: %v", n, len(data), err)
		}
	}
}

func TestDecodeRefuses(t *testing.T) {
	for name, spoil := range map[string]func(s *Saved){
		"no label":         func(s *Saved) { s.Labels = nil },
		"fewer labels":     func(s *Saved) { s.Labels = s.Labels[:2] },
		"no dimension":     func(s *Saved) { s.Dim = 0 },
		"other dimension":  func(s *Saved) { s.Dim = 5 },
		"not a number":     func(s *Saved) { s.Probe.W[1] = float32(math.NaN()) },
		"infinite":         func(s *Saved) { s.Probe.B[1] = float32(math.Inf(1)) },
		"nameless class":   func(s *Saved) { s.Report.Classes[0].Label = 3 },
		"nameless cell":    func(s *Saved) { s.Report.Cells[0].Label = -1 },
		"nameless guess":   func(s *Saved) { s.Report.Cells[0].Predicted = 3 },
		"one row too many": func(s *Saved) { s.Probe.W = append(s.Probe.W, 1, 2, 3, 4, 5) },
	} {
		s := sample(t)
		spoil(s)
		data, err := s.Encode()
		if err != nil {
			t.Fatal(err)
		}
		if _, err := Decode(data); !errors.Is(err, ErrSaved) {
			t.Errorf("%s: %v", name, err)
		}
	}
}

// FuzzDecode: arbitrary bytes, and a good probe's with some of them changed. What is accepted comes back the same and can
// predict.
func FuzzDecode(f *testing.F) {
	good, err := sample(f).Encode()
	if err != nil {
		f.Fatal(err)
	}
	f.Add([]byte{}, uint16(0))
	f.Add([]byte(`{"labels":["a"],"dim":1}`), uint16(0))
	f.Add([]byte{255, 255, 255, 255}, uint16(1))
	f.Fuzz(func(t *testing.T, data []byte, at uint16) {
		whole := binary.LittleEndian.AppendUint32(nil, uint32(len(data)))
		whole = append(append(whole, data...), make([]byte, 8)...)
		changed := append([]byte(nil), good...)
		copy(changed[int(at)%len(changed):], data)
		for _, in := range [][]byte{data, whole, changed} {
			s, err := Decode(in)
			if err != nil {
				if !errors.Is(err, ErrSaved) {
					t.Fatal(err)
				}
				continue
			}
			again, err := s.Encode()
			if err != nil {
				t.Fatal(err)
			}
			twice, err := Decode(again)
			if diff := cmp.Diff(s, twice); diff != "" || err != nil {
				t.Fatalf("%s, %v", diff, err)
			}
			s.Probe.Predict(make([]float32, s.Dim))
		}
	})
}
