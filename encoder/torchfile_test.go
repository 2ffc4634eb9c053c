package encoder

import (
	"archive/zip"
	"bytes"
	"encoding/binary"
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"
)

// zipEntry is one entry of an archive that need not be one of PyTorch's.
type zipEntry struct {
	name, content string
	change        func(*zip.FileHeader) // of an entry that is stored
}

// torchEntries are what a checkpoint of the state dict {"x": (4)} consists of.
func torchEntries() []zipEntry {
	return []zipEntry{
		{name: "m/data.pkl", content: p2 + "}X\x01\x00\x00\x00x" + pickledTensor(plain) + "s."},
		{name: "m/byteorder", content: "little"},
		{name: "m/data/0", content: "0123456789abcdef"},
		{name: "m/version", content: "3\n"},
	}
}

// zipFile writes entries without compression.
func zipFile(t testing.TB, entries ...zipEntry) []byte {
	t.Helper()
	var out bytes.Buffer
	w := zip.NewWriter(&out)
	for _, e := range entries {
		h := &zip.FileHeader{Name: e.name, Method: zip.Store}
		create := w.CreateHeader
		if e.change != nil {
			// Sizes and checksum are then those of the header, whatever the content is.
			h.CompressedSize64, h.UncompressedSize64 = uint64(len(e.content)), uint64(len(e.content))
			e.change(h)
			create = w.CreateRaw
		}
		f, err := create(h)
		if err == nil {
			_, err = f.Write([]byte(e.content))
		}
		if err != nil {
			t.Fatal(err)
		}
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	return out.Bytes()
}

// torchState writes tensors as torch.save does, each in a storage of its own.
func torchState(t testing.TB, tensors map[string]tensor) []byte {
	t.Helper()
	classes := map[string]string{"F32": "FloatStorage", "F16": "HalfStorage", "BF16": "BFloat16Storage", "I8": "CharStorage"}
	pickle, entries := []byte(p2+"}"), []zipEntry{}
	text := func(s string) {
		pickle = binary.LittleEndian.AppendUint32(append(pickle, 'X'), uint32(len(s)))
		pickle = append(pickle, s...)
	}
	number := func(n int) { pickle = binary.LittleEndian.AppendUint32(append(pickle, 'J'), uint32(n)) }
	for i, name := range slices.Sorted(maps.Keys(tensors)) {
		x := tensors[name]
		count, strides := 1, make([]int, len(x.shape))
		for d := len(x.shape) - 1; d >= 0; d-- {
			strides[d] = count
			count *= x.shape[d]
		}
		text(name)
		pickle = append(pickle, "ctorch._utils\n_rebuild_tensor_v2\n(("...)
		text("storage")
		pickle = append(pickle, "ctorch\n"+classes[x.dtype]+"\n"...)
		text(fmt.Sprint(i))
		text("cuda:0")
		number(count)
		pickle = append(pickle, "tQK\x00("...)
		for _, n := range x.shape {
			number(n)
		}
		pickle = append(pickle, "t("...)
		for _, n := range strides {
			number(n)
		}
		pickle = append(pickle, "t\x89NtRs"...)
		entries = append(entries, zipEntry{name: fmt.Sprintf("m/data/%d", i), content: string(x.data)})
	}
	return zipFile(t, append(entries, zipEntry{name: "m/data.pkl", content: string(append(pickle, '.'))})...)
}

func TestTorchRoundTrip(t *testing.T) {
	rapid.Check(t, func(rt *rapid.T) {
		want := map[string]tensor{}
		for i := range rapid.IntRange(1, 5).Draw(rt, "tensors") {
			shape := rapid.SliceOfN(rapid.IntRange(0, 4), 0, 4).Draw(rt, "shape")
			x := f32Tensor(make([]float32, product(shape)), shape...)
			for j := range x.data {
				x.data[j] = rapid.Byte().Draw(rt, "byte")
			}
			want[rapid.StringN(0, 9, 20).Draw(rt, "name")+fmt.Sprint(i)] = x
		}
		f, err := parseTorch(torchState(t, want))
		if err != nil {
			rt.Fatal(err)
		}
		if diff := cmp.Diff(want, f.tensors, cmp.AllowUnexported(tensor{})); diff != "" {
			rt.Error(diff)
		}
		if err := f.verify(); err != nil {
			rt.Error(err)
		}
	})
}

func product(shape []int) int {
	count := 1
	for _, n := range shape {
		count *= n
	}
	return count
}

// changed is a checkpoint with one entry changed, added when there is none of its name.
func changed(t testing.TB, e zipEntry) []byte {
	t.Helper()
	entries := torchEntries()
	i := slices.IndexFunc(entries, func(x zipEntry) bool { return x.name == e.name })
	if i < 0 {
		return zipFile(t, append(entries, e)...)
	}
	entries[i] = e
	return zipFile(t, entries...)
}

// hostileArchives are files with a part of the answer.
func hostileArchives(t testing.TB) map[string]struct {
	data []byte
	want string
} {
	whole := zipFile(t, torchEntries()...)
	pickle := func(p string) []byte { return changed(t, zipEntry{name: "m/data.pkl", content: p}) }
	data := func(change func(*zip.FileHeader)) []byte {
		return changed(t, zipEntry{"m/data/0", "0123456789abcdef", change})
	}
	return map[string]struct {
		data []byte
		want string
	}{
		"empty":            {nil, "not a zip"},
		"text":             {[]byte("hello"), "not a zip"},
		"legacy":           {[]byte("\x80\x02\x8a\x0al\xfc\x9cF\xf9 j\xa8P\x19."), "before 1.6"},
		"an old call":      {[]byte(p2 + "\x8a\x0al\xfc\x9cF\xf9 j\xa8P\x19." + p2 + "M\xe9\x03." + p2 + "}." + p2 + "cposix\nsystem\n(tR."), "posix.system"},
		"a bare pickle":    {[]byte("(dVx\ncbuiltins\nexec\n(V1\ntRs."), "builtins.exec"},
		"many entries":     {claiming(whole, 0xffff, 1<<40), "1099511627776 entries"},
		"short locator":    {[]byte("PK\x06\x07" + strings.Repeat("\x00", 38)), "truncated"},
		"signature alone":  {[]byte("PK\x03\x04"), "truncated"},
		"cut in half":      {whole[:len(whole)/2], "truncated"},
		"last byte cut":    {whole[:len(whole)-1], "truncated"},
		"no pickle":        {zipFile(t, torchEntries()[1:]...), "data.pkl is missing"},
		"no storage":       {zipFile(t, torchEntries()[:2]...), "data/0 is missing"},
		"at the top":       {zipFile(t, zipEntry{name: "data.pkl", content: "N."}), "data.pkl is missing"},
		"two folders":      {changed(t, zipEntry{name: "n/data.pkl", content: "N."}), "outside"},
		"twice":            {zipFile(t, append(torchEntries(), torchEntries()...)...), "twice"},
		"big endian":       {changed(t, zipEntry{name: "m/byteorder", content: "big"}), "byte order"},
		"compressed":       {data(func(h *zip.FileHeader) { h.Method = zip.Deflate }), "compressed"},
		"a zip bomb":       {data(func(h *zip.FileHeader) { h.Method, h.UncompressedSize64 = zip.Deflate, 1<<40 }), "compressed"},
		"two sizes":        {data(func(h *zip.FileHeader) { h.UncompressedSize64 = 1 << 20 }), "compressed"},
		"beyond the end":   {data(func(h *zip.FileHeader) { h.CompressedSize64, h.UncompressedSize64 = 1<<20, 1<<20 }), "beyond"},
		"wraps around":     {data(func(h *zip.FileHeader) { h.CompressedSize64, h.UncompressedSize64 = 1<<63, 1<<63 }), "beyond"},
		"larger entry":     {changed(t, zipEntry{name: "m/data/0", content: strings.Repeat("x", 20)}), "not 4 elements"},
		"smaller entry":    {changed(t, zipEntry{name: "m/data/0", content: "x"}), "not 4 elements"},
		"damaged storage":  {bytes.Replace(whole, []byte("0123456789abcdef"), []byte("0123456789abcdee"), 1), "checksum"},
		"damaged pickle":   {bytes.Replace(whole, []byte("FloatStorage"), []byte("HalfStorages"), 1), "data.pkl does not match"},
		"a call":           {pickle(p2 + "cposix\nsystem\nX\x02\x00\x00\x00id\x85R."), "posix.system"},
		"a number":         {pickle(p2 + "K\x07."), "an int, not a dict"},
		"a tensor":         {pickle(p2 + pickledTensor(plain) + "."), "a tensor, not a dict"},
		"an empty dict":    {pickle(p2 + "}."), "no tensors"},
		"no tensors":       {pickle(p2 + "}K\x01K\x02s."), "no tensors, not even in one of teacher"},
		"a number within":  {pickle(p2 + "}(X\x01\x00\x00\x00x" + pickledTensor(plain) + "X\x01\x00\x00\x00yK\x01u."), `"y" is an int`},
		"a key of 7":       {pickle(p2 + "}K\x07" + pickledTensor(plain) + "s."), `"7" is a tensor`},
		"repeated storage": {pickle(p2 + "}(" + repeated(500) + "u."), "share memory"},
		"large directory":  {zipFile(t, manyEntries()...), "more than 8388608 bytes"},
	}
}

// claiming puts other numbers of entries into the end of an archive, and adds
// the 64-bit record.
func claiming(archive []byte, count uint16, count64 uint64) []byte {
	end := len(archive) - 22
	out := append(slices.Clone(archive[:end]), "PK\x06\x06"...)
	out = append(out, make([]byte, 28)...)
	out = binary.LittleEndian.AppendUint64(out, count64)
	out = append(out, make([]byte, 16)...)
	out = append(out, "PK\x06\x07\x00\x00\x00\x00"...)
	out = binary.LittleEndian.AppendUint64(out, uint64(end))
	out = append(out, 1, 0, 0, 0)
	out = append(out, archive[end:]...)
	binary.LittleEndian.PutUint16(out[len(out)-12:], count)
	return out
}

// repeated are n names of one storage.
func repeated(n int) string {
	text := "X\x03\x00\x00\x00000" + pickledTensor(plain) + "q\x01"
	for i := range n {
		text += fmt.Sprintf("X\x03\x00\x00\x00%03dh\x01", i+1)
	}
	return text
}

// manyEntries are more than a checkpoint has.
func manyEntries() []zipEntry {
	entries := torchEntries()
	for i := range maxDirectory/60000 + 1 {
		entries = append(entries, zipEntry{name: fmt.Sprintf("m/%060000d", i)})
	}
	return entries
}

func TestHostileArchives(t *testing.T) {
	for name, c := range hostileArchives(t) {
		f, err := parseTorch(c.data)
		if err == nil {
			err = f.verify()
		}
		if err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%s: %v does not say %q", name, err, c.want)
		}
	}
}

// Entries that overlap could make a checksum of the file for each of them.
func TestOverlappingEntries(t *testing.T) {
	entries := append(torchEntries(), zipEntry{name: "m/data/1", content: "0123456789abcdef"})
	entries[0].content = p2 + "}(X\x01\x00\x00\x00x" + pickledTensor(plain) +
		"X\x01\x00\x00\x00y" + strings.Replace(pickledTensor(plain), "\x000X", "\x001X", 1) + "u."
	data := zipFile(t, entries...)
	// In the directory, the second storage gets the first one's offset.
	at := func(name string) int { return bytes.LastIndex(data, []byte(name)) - 4 }
	copy(data[at("m/data/1"):][:4], data[at("m/data/0"):][:4])
	f, err := parseTorch(data)
	if err != nil {
		t.Fatal(err)
	}
	if err := f.verify(); err == nil || !strings.Contains(err.Error(), "overlaps") {
		t.Errorf("got %v", err)
	}
}

// TestParseTorchAllocates: what a file claims is not what it gets.
func TestParseTorchAllocates(t *testing.T) {
	for name, c := range hostileArchives(t) {
		var before, after runtime.MemStats
		runtime.ReadMemStats(&before)
		_, _ = parseTorch(c.data)
		runtime.ReadMemStats(&after)
		if got := after.TotalAlloc - before.TotalAlloc; got > 1<<20+2*uint64(len(c.data)) {
			t.Errorf("%s: %d bytes allocated for a file of %d", name, got, len(c.data))
		}
	}
}

// TestStateDict: in what was saved, the tensors of the best model are found.
func TestStateDict(t *testing.T) {
	tensors := &dict{map[any]any{"x": &view{}}}
	in := func(key string, inner *dict) *dict {
		return &dict{map[any]any{key: inner, "epoch": 7, "rng_state": &view{}}}
	}
	both := in("student", &dict{})
	both.entries["teacher"] = tensors
	for name, root := range map[string]*dict{
		"alone": tensors, "teacher": in("teacher", tensors), "student": in("student", tensors), "both": both,
		"deep": in("state_dict", in("teacher", in("module", in("backbone", tensors)))),
	} {
		if got, err := stateDict(root); got != tensors || err != nil {
			t.Errorf("%s: %v, %v", name, got, err)
		}
	}
}

func FuzzTorchFile(f *testing.F) {
	for _, c := range hostileArchives(f) {
		if len(c.data) < 1<<16 {
			f.Add(c.data)
		}
	}
	f.Add(zipFile(f, torchEntries()...))
	for _, name := range []string{"legacy.pth", "float64.pth", "module_object.pth"} {
		data, err := os.ReadFile(filepath.Join("testdata", "formats", name))
		if err != nil {
			f.Fatal(err)
		}
		f.Add(data)
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		file, err := parseTorch(data)
		if err != nil {
			return
		}
		_ = file.verify()
		total := 0
		for name, x := range file.tensors {
			total += len(x.data)
			values, err := x.floats()
			if err == nil && len(values) != product(x.shape) {
				t.Errorf("%q of shape %v has %d values", name, x.shape, len(values))
			}
		}
		if total > len(data) {
			t.Errorf("tensors of %d bytes in a file of %d", total, len(data))
		}
	})
}
