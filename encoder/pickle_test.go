package encoder

import (
	"archive/zip"
	"errors"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// p2 begins a pickle of protocol 2.
const p2 = "\x80\x02"

// storageID pushes ("storage", torch.FloatStorage, "0", "cpu", 4), which it turns into a storage.
const storageID = "(X\x07\x00\x00\x00storagectorch\nFloatStorage\nX\x01\x00\x00\x000X\x03\x00\x00\x00cpuK\x04tQ"

// pickledTensor pushes a tensor of the given arguments behind the storage's.
func pickledTensor(args string) string {
	return "ctorch._utils\n_rebuild_tensor_v2\n(" + storageID + args + "tR"
}

// plain are the arguments of a tensor of shape (4): offset, shape, strides,
// requires_grad and the hooks, an empty OrderedDict.
const plain = "K\x00K\x04\x85K\x01\x85\x89ccollections\nOrderedDict\n)R"

// fourFloats stands for an archive with the storage "0" of 16 bytes.
func fourFloats(key string) (*zip.File, []byte, error) {
	if key != "0" {
		return nil, nil, errors.New("no storage " + key)
	}
	return nil, make([]byte, 16), nil
}

// hostilePickles are pickles with a part of the answer.
var hostilePickles = []struct{ pickle, want string }{
	// What calls something, in every protocol and by every opcode that looks a name up.
	{p2 + "cposix\nsystem\nX\x02\x00\x00\x00id\x85R.", "posix.system"},
	{"cos\nsystem\n(S'id'\ntR.", "os.system"},
	{"(dp0\nVcls_token\np1\ncbuiltins\neval\n(V1\ntRs.", "builtins.eval"},
	{"(S'id'\nios\nsystem\n.", "os.system"},
	{"(ccollections\nOrderedDict\no.", "opcode 0x6f"},
	{"(icollections\nOrderedDict\n.", "collections.OrderedDict by an opcode"},
	{"\x80\x04\x95\x10\x00\x00\x00\x00\x00\x00\x00\x8c\x05posix\x94\x8c\x06system\x94\x93\x94.", "posix.system"},
	{p2 + "c__builtin__\ngetattr\n.", "__builtin__.getattr"},
	{p2 + "ctorch\nload\n.", "torch.load"},
	{p2 + "ctorch._utils\n_rebuild_tensor\n.", "torch._utils._rebuild_tensor"},
	{p2 + "ccopy_reg\n_reconstructor\n.", "copy_reg._reconstructor"},
	{p2 + "ccollections\nOrderedDict.__class__\n.", "OrderedDict.__class__"},
	{p2 + "ctorch\nFloatStorage\n)R.", "calls torch.FloatStorage"},
	{p2 + "ccollections\nOrderedDict\nK\x01\x85R.", "calls collections.OrderedDict with 1"},
	{p2 + "ctorch._utils\n_rebuild_tensor_v2\n)R.", "with 0 arguments"},
	{p2 + "\x82\x01.", "opcode 0x82"}, // EXT1
	{p2 + "X\x01\x00\x00\x00fK\x01\x85R.", "a string stands where"},
	{p2 + pickledTensor(plain) + "}b.", "attributes of a tensor"},
	{"c" + strings.Repeat("x", 9000) + "\nx\n.", "asks for xxx"},
	// What is no pickle, or too much of one.
	{"", "cut off"},
	{p2, "cut off"},
	{"\x80\x06N.", "protocol 6"},
	{".", "stack is empty"},
	{p2 + "NN.", "left over"},
	{p2 + "N.N", "left over"},
	{p2 + "(N.", "left over"},
	{p2 + "\xff.", "opcode 0xff"},
	{p2 + "X\xff\xff\xff\xffabc.", "cut off"},
	{p2 + "B\xff\xff\xff\x7fabc.", "cut off"},
	{p2 + "\x8a\xff", "cut off"},
	{p2 + pickledTensor("\x8a\x09123456789)K\x01\x85\x89N") + ".", "a large integer stands where"},
	{p2 + "cposix", "cut off"},
	{p2 + "t.", "no mark"},
	{p2 + "N(\x85.", "stack is empty"}, // takes what lies below the mark
	{p2 + "h\x05.", "nothing was kept as 5"},
	{"gx\n.", `"x" is not an integer`},
	{p2 + "q\x05.", "stack is empty"},
	{p2 + "}(K\x01u.", "key without a value"},
	{p2 + "}K\x01K\x02sK\x01K\x03s.", `key "1" is there twice`},
	{p2 + "}]K\x02s.", "a list as a key"},
	{p2 + "}\x88K\x02s.", "a boolean as a key"},
	{p2 + "NK\x01K\x02s.", "nothing stands where"},
	{p2 + "NK\x01a.", "nothing stands where"},
	{p2 + strings.Repeat("(", maxSteps) + ".", "steps"},
	{p2 + strings.Repeat("]q\x00", maxSteps/2) + ".", "steps"},
	{strings.Repeat("N", maxPickle+1), "more than"},
	{p2 + "}T\x00\x10\x00\x00" + strings.Repeat("k", 4096) + "Ns.", "a string as a key"},
	// Storages.
	{p2 + "K\x01Q.", "an int stands where"},
	{p2 + ")Q.", "not a storage"},
	{p2 + strings.Replace(storageID, "storage", "garbage", 1) + ".", "not a storage"},
	{p2 + strings.Replace(storageID, "torch\nFloatStorage", "argparse\nNamespace", 1) + ".", "of class argparse.Namespace"},
	{p2 + strings.Replace(storageID, "\x000X", "\x001X", 1) + ".", "no storage 1"},
	{p2 + strings.Replace(storageID, "K\x04", "K\x05", 1) + ".", "not 5 elements"},
	{p2 + strings.Replace(storageID, "K\x04", "J\xff\xff\xff\xff", 1) + ".", "not -1 elements"},
	{p2 + strings.Replace(storageID, "K\x04", "\x8a\x08\x04\x00\x00\x00\x00\x00\x00\x40", 1) + ".", "not 4611686018427387908 elements"},
	{p2 + strings.Replace(storageID, "Float", "Double", 1) + ".", "not 4 elements of F64"},
	{p2 + strings.Replace(storageID, "X\x01\x00\x00\x000", "X\x00\x10\x00\x00"+strings.Repeat("0", 4096), 1) + ".", "storage \"000"},
	// Tensors.
	{p2 + pickledTensor("K\x01K\x04\x85K\x01\x85\x89N") + ".", "beyond"},
	{p2 + pickledTensor("K\x00K\x05\x85K\x01\x85\x89N") + ".", "shape [5]"},
	{p2 + pickledTensor("K\x00K\x02\x85K\x04\x85\x89N") + ".", "beyond"},
	{p2 + pickledTensor("K\x00K\x04\x85)\x89N") + ".", "strides"},
	{p2 + pickledTensor("K\x00("+strings.Repeat("K\x01", 9)+"t)\x89N") + ".", "9 dimensions"},
	{p2 + pickledTensor("K\x00N)\x89N") + ".", "nothing stands where"},
	{p2 + pickledTensor("K\x00N\x85)\x89N") + ".", "nothing stands where"},
	{p2 + pickledTensor(plain+"}X\x03\x00\x00\x00neg\x88s") + ".", "metadata"},
	{p2 + pickledTensor(plain+"K\x01") + ".", "an int stands where"},
	{p2 + "ctorch._utils\n_rebuild_parameter\n(N\x89NtR.", "nothing stands where"},
}

func TestHostilePickles(t *testing.T) {
	for _, c := range hostilePickles {
		_, err := unpickle([]byte(c.pickle), fourFloats)
		if err == nil || !strings.Contains(err.Error(), c.want) || len(err.Error()) > 400 {
			t.Errorf("%.90q: %.300v does not say %q", c.pickle, err, c.want)
		}
	}
}

func TestUnpickle(t *testing.T) {
	four := &view{storage{"F32", 4, make([]byte, 16), nil}, 0, []int{4}, []int{1}}
	for name, c := range map[string]struct {
		pickle string
		want   any
	}{
		"tensor":           {p2 + pickledTensor(plain) + ".", four},
		"empty metadata":   {p2 + pickledTensor(plain+"}") + ".", four},
		"no metadata":      {p2 + pickledTensor(plain+"N") + ".", four},
		"parameter":        {p2 + "ctorch._utils\n_rebuild_parameter\n(" + pickledTensor(plain) + "\x88NtR.", four},
		"integers":         {p2 + "(K\xffM\xff\xffJ\xff\xff\xff\xff\x8a\x00\x8a\x01\xff\x8a\x02\xff\x00I-7\nt.", tuple{255, 65535, -1, 0, -1, 255, -7}},
		"large integers":   {p2 + "\x8a\x08\x00\x00\x00\x00\x00\x00\x00\x80\x8a\x08\xff\xff\xff\xff\xff\xff\xff\x7f\x86.", tuple{-1 << 63, 1<<63 - 1}},
		"strings":          {p2 + "X\x01\x00\x00\x00aT\x01\x00\x00\x00bU\x01c\x87.", tuple{"a", "b", "c"}},
		"lines":            {"(Vab\nS'x'\nF1.5\nNt.", tuple{"ab", opaque("a quoted string"), opaque("a number"), nil}},
		"byte strings":     {"\x80\x03B\x01\x00\x00\x00xC\x01y\x86.", tuple{opaque("a byte string"), opaque("a byte string")}},
		"numbers":          {p2 + "G12345678\x88\x89\x87.", tuple{opaque("a number"), opaque("a boolean"), opaque("a boolean")}},
		"dict":             {p2 + "}(K\x01NX\x01\x00\x00\x00a)u.", &dict{map[any]any{1: nil, "a": tuple{}}}},
		"dict, protocol 0": {"(K\x01Nd.", &dict{map[any]any{1: nil}}},
		"lists and sets":   {"\x80\x04(](NNe]Na(Nl\x8f(N\x90t.", tuple{opaque("a list"), opaque("a list"), opaque("a list"), opaque("a set")}},
		"memo":             {"\x80\x04(K\x07\x94K\x08q\x05r\x01\x01\x00\x00p9\nh\x00h\x05j\x01\x01\x00\x00g9\nt.", tuple{7, 8, 7, 8, 8, 8}},
		"attributes":       {p2 + "ccollections\nOrderedDict\n)RX\x09\x00\x00\x00_metadata}\x86b.", &dict{}},
		"a namespace":      {p2 + "cargparse\nNamespace\n)\x81}b.", opaque("argparse.Namespace")},
		"a NumPy number":   {p2 + "cnumpy.core.multiarray\nscalar\ncnumpy\ndtype\nX\x02\x00\x00\x00f8\x85R(NtbN\x86R.", opaque("numpy.core.multiarray.scalar")},
		"a cycle":          {p2 + "]q\x00h\x00a.", opaque("a list")},
	} {
		got, err := unpickle([]byte(c.pickle), fourFloats)
		if err != nil {
			t.Errorf("%s: %v", name, err)
		}
		if diff := cmp.Diff(c.want, got, cmp.AllowUnexported(view{}, storage{}, dict{})); diff != "" {
			t.Errorf("%s: %s", name, diff)
		}
	}
}

// A dict that holds itself is built, and nobody follows it.
func TestCyclicDict(t *testing.T) {
	root, err := unpickle([]byte(p2+"}q\x00X\x05\x00\x00\x00modelh\x00s."), fourFloats)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := stateDict(root); err == nil {
		t.Error("a dict without tensors was accepted")
	}
}

func FuzzUnpickle(f *testing.F) {
	for _, c := range hostilePickles {
		if len(c.pickle) < 1000 {
			f.Add([]byte(c.pickle))
		}
	}
	f.Add([]byte(p2 + "}X\x04\x00\x00\x00norm" + pickledTensor(plain) + "s."))
	f.Fuzz(func(t *testing.T, data []byte) {
		root, err := unpickle(data, fourFloats)
		if err != nil {
			return
		}
		state, err := stateDict(root)
		if err != nil {
			return
		}
		for _, value := range state.entries {
			v, ok := value.(*view)
			if !ok {
				continue
			}
			if x := v.tensor(); len(x.data) != v.bytes() || len(x.data) > 16 {
				t.Errorf("%+v has %d bytes", v, len(x.data))
			}
		}
	})
}
