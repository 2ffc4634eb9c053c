package encoder

import (
	"bytes"
	"encoding/binary"
	"fmt"
	"math"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"
)

// halve cuts a float32 tensor to F16 (numbers of ordinary size only) or BF16.
func halve(t testing.TB, x tensor, dtype string) tensor {
	t.Helper()
	values, err := x.floats()
	if err != nil {
		t.Fatal(err)
	}
	out := tensor{dtype, x.shape, nil}
	for _, v := range values {
		bits := math.Float32bits(v)
		h := uint16(bits >> 16)
		if dtype == "F16" {
			exponent := max(int(bits>>23&0xff)-127+15, 0) // below 2^-14: flushed to something small
			h = uint16(bits>>16&0x8000) | uint16(exponent)<<10 | uint16(bits>>13&0x3ff)
		}
		out.data = binary.LittleEndian.AppendUint16(out.data, h)
	}
	return out
}

func TestFloats(t *testing.T) {
	bf16 := tensor{"BF16", []int{3}, []byte{0x80, 0x3f, 0x00, 0xc0, 0x01, 0x00}}
	got, err := bf16.floats()
	if diff := cmp.Diff([]float32{1, -2, 0x1p-133}, got); diff != "" || err != nil {
		t.Errorf("%v %v", diff, err)
	}
	for _, bad := range []tensor{
		{"BF16", []int{1}, []byte{0xc0, 0x7f}}, {"F16", []int{1}, []byte{0x00, 0xfc}}, f32Tensor([]float32{0, float32(math.Inf(1))}, 2),
		{"F64", []int{1}, make([]byte, 8)},
	} {
		if _, err := bad.floats(); err == nil {
			t.Errorf("%v was accepted", bad)
		}
	}
}

func TestSafetensorsRoundTrip(t *testing.T) {
	rapid.Check(t, func(rt *rapid.T) {
		want := map[string]tensor{}
		for i := range rapid.IntRange(0, 5).Draw(rt, "tensors") {
			shape := rapid.SliceOfN(rapid.IntRange(0, 4), 0, 4).Draw(rt, "shape")
			count := 1
			for _, n := range shape {
				count *= n
			}
			values := rapid.SliceOfN(rapid.Float32Range(-9, 9), count, count).Draw(rt, "values")
			want[rapid.String().Draw(rt, "name")+fmt.Sprint(i)] = f32Tensor(values, shape...)
		}
		got, err := parseSafetensors(safetensorsFile(t, want))
		if err != nil {
			rt.Fatal(err)
		}
		if len(got) != len(want) {
			rt.Fatalf("%d tensors, want %d", len(got), len(want))
		}
		for name, w := range want {
			g := got[name]
			if g.dtype != w.dtype || fmt.Sprint(g.shape) != fmt.Sprint(w.shape) || !bytes.Equal(g.data, w.data) {
				rt.Errorf("%q: got %v, want %v", name, g, w)
			}
		}
	})
}

// hostile are headers over 8 bytes of data, each with a part of the answer.
var hostile = []struct{ header, want string }{
	{`[]`, "not a JSON object"},
	{`{`, "EOF"},
	{`{"a":`, "EOF"},
	{`{} {}`, "follows"},
	{`{"a":{"dtype":"F32","shape":[2],"data_offsets":[0,8]}}x`, "follows"},
	{`{"a":7}`, `"a"`},
	{`{"a":null}`, "data_offsets"},
	{`{"a" 7}`, "colon"},
	{`{7:7}`, "header"},
	{`{"__metadata__":[1]}`, "__metadata__"},
	{`{"a":{"dtype":"F32","shape":[2],"data_offsets":[0,8]},"a":{"dtype":"F32","shape":[2],"data_offsets":[0,8]}}`, "twice"},
	{`{"a":{"dtype":"F32","shape":[2]}}`, "data_offsets"},
	{`{"a":{"dtype":"F32","shape":[2],"data_offsets":[0,4,8]}}`, "data_offsets"},
	{`{"a":{"dtype":"F32","shape":[2],"data_offsets":[-8,0]}}`, "outside"},
	{`{"a":{"dtype":"F32","shape":[2],"data_offsets":[8,0]}}`, "outside"},
	{`{"a":{"dtype":"F32","shape":[3],"data_offsets":[0,12]}}`, "outside"},
	{`{"a":{"dtype":"F32","shape":[2],"data_offsets":[0,1e30]}}`, "data_offsets"},
	{`{"a":{"dtype":"F32","shape":[-1,-2],"data_offsets":[0,8]}}`, "range"},
	{`{"a":{"dtype":"F32","shape":[2147483647,2147483647,2147483647],"data_offsets":[0,8]}}`, "range"},
	{`{"a":{"dtype":"F32","shape":[2147483647,2147483647,2],"data_offsets":[0,8]}}`, "does not take"},
	{`{"a":{"dtype":"F32","shape":[1],"data_offsets":[0,8]}}`, "does not take"},
	{`{"a":{"dtype":"BF16","shape":[2],"data_offsets":[0,8]}}`, "does not take"},
	{`{"a":{"dtype":"F32","shape":[1],"data_offsets":[0,4]},"b":{"dtype":"F32","shape":[2],"data_offsets":[0,8]}}`, "overlap"},
	{`{"a":{"dtype":"F32","shape":[1],"data_offsets":[4,8]}}`, "gap"},
	{`{"a":{"dtype":"F32","shape":[1],"data_offsets":[0,4]}}`, "follow the last tensor"},
	{`{}`, "follow the last tensor"},
}

func TestSafetensorsHostile(t *testing.T) {
	for _, c := range hostile {
		_, err := parseSafetensors(rawSafetensors(c.header, "12345678"))
		if err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%s: %v does not say %q", c.header, err, c.want)
		}
	}
	for name, data := range map[string]string{
		"empty": "", "short": "1234567", "length beyond the file": "\xff\x00\x00\x00\x00\x00\x00\x00{}",
		"huge length": "\xff\xff\xff\xff\xff\xff\xff\xff{}", "over the limit": "\x01\x00\x40\x06\x00\x00\x00\x00{}",
	} {
		if _, err := parseSafetensors([]byte(data)); err == nil {
			t.Errorf("%s: accepted", name)
		}
	}
}

func FuzzSafetensors(f *testing.F) {
	f.Add(rawSafetensors(`{"a":{"dtype":"F16","shape":[2,2],"data_offsets":[0,8]}}`, "12345678"))
	for _, c := range hostile {
		f.Add(rawSafetensors(c.header, "12345678"))
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		tensors, err := parseSafetensors(data)
		if err != nil {
			return
		}
		total := 0
		for name, x := range tensors {
			total += len(x.data)
			values, err := x.floats()
			count := 1
			for _, n := range x.shape {
				count *= n
			}
			if err == nil && len(values) != count {
				t.Errorf("%q of shape %v has %d values", name, x.shape, len(values))
			}
		}
		if total > len(data) {
			t.Errorf("tensors of %d bytes in a file of %d", total, len(data))
		}
	})
}
