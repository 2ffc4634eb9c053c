package encoder

import (
	"archive/zip"
	"errors"
	"fmt"
)

// What a pickle may build: nothing refers to anything but the checkpoint.
type (
	tuple  []any                         // Python's
	dict   struct{ entries map[any]any } // a dict or OrderedDict; keys are strings or integers
	global string                        // a name that was looked up, "module.name"
	opaque string                        // a value that is never read; it says what it was
)

// storage is memory that tensors are views of: one entry of the archive.
type storage struct {
	dtype string // as safetensors calls it
	size  int    // bytes of an element
	data  []byte // little endian
	entry *zip.File
}

// storageTypes are PyTorch's classes of storages. Those whose elements are not
// in dtypes may be there as long as nobody reads them.
var storageTypes = map[global]storage{
	"torch.FloatStorage":    {dtype: "F32", size: 4},
	"torch.HalfStorage":     {dtype: "F16", size: 2},
	"torch.BFloat16Storage": {dtype: "BF16", size: 2},
	"torch.DoubleStorage":   {dtype: "F64", size: 8},
	"torch.LongStorage":     {dtype: "I64", size: 8},
	"torch.IntStorage":      {dtype: "I32", size: 4},
	"torch.ShortStorage":    {dtype: "I16", size: 2},
	"torch.CharStorage":     {dtype: "I8", size: 1},
	"torch.ByteStorage":     {dtype: "U8", size: 1},
	"torch.BoolStorage":     {dtype: "BOOL", size: 1},
}

const (
	orderedDict      global = "collections.OrderedDict"
	rebuildTensor    global = "torch._utils._rebuild_tensor_v2"
	rebuildParameter global = "torch._utils._rebuild_parameter"
)

// inert are the names that DINO's training script leaves beside the weights:
// its arguments, and learning rates that are NumPy numbers. What is made of
// them is never read, so that nothing is made.
var inert = map[global]bool{
	"argparse.Namespace":            true,
	"numpy.core.multiarray.scalar":  true,
	"numpy._core.multiarray.scalar": true,
	"numpy.dtype":                   true,
	"_codecs.encode":                true,
}

// errName is why a name is refused.
var errName = errors.New("only tensors are built from a pickle")

// named looks a name up.
func (u *unpickler) named(module, name string) global {
	g := global(module + "." + name)
	_, stores := storageTypes[g]
	if u.err == nil && !stores && !inert[g] && g != orderedDict && g != rebuildTensor && g != rebuildParameter {
		u.fail("pickle asks for %.200s: %w", g, errName)
	}
	return g
}

func (u *unpickler) stackGlobal() {
	names := u.popN(2)
	u.push(u.named(as[string](u, names[0]), as[string](u, names[1])))
}

// instance is INST, which looks a class up and calls it.
func (u *unpickler) instance() {
	g := u.named(u.line(), u.line())
	u.fail("pickle makes a %s by an opcode that no checkpoint has", g)
}

// reduce is REDUCE and NEWOBJ: it stands for a call of what has been looked up.
func (u *unpickler) reduce() {
	args := as[tuple](u, u.pop())
	g := as[global](u, u.pop())
	switch {
	case u.err != nil:
	case g == orderedDict && len(args) == 0:
		u.push(&dict{})
	case g == rebuildTensor && (len(args) == 6 || len(args) == 7):
		u.push(u.tensor(args))
	case g == rebuildParameter && len(args) == 3: // data, requires_grad, hooks
		u.push(as[*view](u, args[0]))
	case inert[g]:
		u.push(opaque(g))
	default:
		u.fail("pickle calls %s with %d arguments", g, len(args))
	}
}

// build is BUILD, which sets an object's attributes: a state dict has its
// modules' versions there.
func (u *unpickler) build() {
	u.pop()
	v := u.pop()
	u.push(v)
	switch v.(type) {
	case *dict, opaque:
	default:
		u.fail("pickle sets attributes of %s", kindOf(v))
	}
}

// maxKey bounds the strings that are looked up, in bytes: a long one could be
// hashed for every step of the pickle.
const maxKey = 1024

// setItems adds keys and values in turn to the dict on the stack. A key given
// twice would be two models in one file.
func (u *unpickler) setItems(items tuple) {
	d := top[*dict](u)
	if len(items)%2 != 0 {
		u.fail("pickle: a key without a value")
	}
	for i := 0; i < len(items) && u.err == nil; i += 2 {
		if !isKey(items[i]) {
			u.fail("pickle: %s as a key; only integers and strings of up to %d bytes are", kindOf(items[i]), maxKey)
			return
		}
		if d.entries == nil {
			d.entries = map[any]any{}
		}
		if _, twice := d.entries[items[i]]; twice {
			u.fail("pickle: key %.200q is there twice", fmt.Sprint(items[i]))
		}
		d.entries[items[i]] = items[i+1]
	}
}

func isKey(v any) bool {
	switch v := v.(type) {
	case string:
		return len(v) <= maxKey
	case int:
		return true
	}
	return false
}

// persistent is BINPERSID: ("storage", class, key, device, elements).
func (u *unpickler) persistent() {
	id := as[tuple](u, u.pop())
	if u.find == nil || len(id) != 5 || id[0] != "storage" {
		u.fail("pickle refers to something that is not a storage")
		return
	}
	class, key, count := as[global](u, id[1]), as[string](u, id[2]), as[int](u, id[4])
	s, known := storageTypes[class]
	if !known || len(key) > maxKey {
		u.fail("pickle: storage %.200q of class %s", key, class)
	}
	if u.err != nil {
		return
	}
	if s.entry, s.data, u.err = u.find(key); u.err != nil {
		return
	}
	if count < 0 || count != len(s.data)/s.size || len(s.data)%s.size != 0 {
		u.fail("storage %q has %d bytes, which are not %d elements of %s", key, len(s.data), count, s.dtype)
	}
	u.push(s)
}

// tensor is _rebuild_tensor_v2(storage, offset, shape, strides, requires_grad, hooks, metadata).
func (u *unpickler) tensor(args tuple) *view {
	if len(args) == 7 && args[6] != nil { // such as "negated"
		if d := as[*dict](u, args[6]); u.err == nil && len(d.entries) != 0 {
			u.fail("pickle: a tensor with metadata, which may change its values")
		}
	}
	v := &view{storage: as[storage](u, args[0]), offset: as[int](u, args[1])}
	v.shape, v.strides = u.ints(args[2]), u.ints(args[3])
	if u.err == nil {
		u.err = v.check()
	}
	return v
}

// ints returns a tuple's integers, of which there is one for each dimension.
func (u *unpickler) ints(v any) []int {
	t := as[tuple](u, v)
	if len(t) > maxRank {
		u.fail("pickle: tensor with %d dimensions", len(t))
		return nil
	}
	list := make([]int, len(t))
	for i := range t {
		list[i] = as[int](u, t[i])
	}
	return list
}

// kindOf says what a value is, for messages.
func kindOf(v any) string {
	switch v := v.(type) {
	case nil:
		return "nothing"
	case opaque:
		return string(v)
	case global:
		return string(v)
	case *dict:
		return "a dict"
	case *view:
		return "a tensor"
	case storage:
		return "a storage"
	case tuple:
		return "a tuple"
	case string:
		return "a string"
	}
	return fmt.Sprintf("an %T", v)
}
