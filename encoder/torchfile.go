package encoder

import (
	"archive/zip"
	"bytes"
	"cmp"
	"encoding/binary"
	"errors"
	"fmt"
	"hash/crc32"
	"io"
	"slices"
	"strings"
)

// The layout of a PyTorch checkpoint (.pth, .bin), a zip archive since PyTorch 1.6:
//
//	NAME/data.pkl    a pickle of the object; tensors are views of storages
//	NAME/data/KEY    a storage, stored and not compressed, so that it can be mapped
//	NAME/byteorder   "little" or "big"; absent in old ones, which are little endian
//
// Nothing is allocated by a number that the file claims: storages are slices of
// its bytes, and tensors slices of storages.

// Bounds on the zip directory in bytes and entries: a full training checkpoint
// of ViT-B has 0.1 MB and 900.
const (
	maxDirectory = 8 << 20
	maxEntries   = 100000
)

// torchFile is a checkpoint whose pickle has been read.
type torchFile struct {
	archive
	tensors map[string]tensor  // of the state dict in it, by their own names
	used    map[*zip.File]bool // the entries that they are in
}

// parseTorch returns the tensors of a checkpoint.
func parseTorch(data []byte) (*torchFile, error) {
	a, err := openArchive(data)
	if err != nil {
		return nil, err
	}
	pickle, err := a.bytes("data.pkl")
	if err != nil {
		return nil, err
	}
	if err := checkCRC(a.entries["data.pkl"], pickle); err != nil {
		return nil, err
	}
	root, err := unpickle(pickle, func(key string) (*zip.File, []byte, error) {
		data, err := a.bytes("data/" + key)
		return a.entries["data/"+key], data, err
	})
	if err != nil {
		return nil, fmt.Errorf("data.pkl: %w", err)
	}
	state, err := stateDict(root)
	if err != nil {
		return nil, err
	}
	f := &torchFile{a, map[string]tensor{}, map[*zip.File]bool{}}
	return f, f.collect(state)
}

// nests are the keys under which training scripts keep a state dict; a DINO
// checkpoint holds two, of which the teacher is the better model.
var nests = []string{"teacher", "student", "state_dict", "model", "module", "backbone"}

// stateDict finds the dict of tensors in what was saved.
func stateDict(root any) (*dict, error) {
	d, ok := root.(*dict)
	if !ok {
		return nil, fmt.Errorf("the checkpoint is %s, not a dict of tensors", kindOf(root))
	}
	for range nests { // a dict may hold itself
		if inner := d.nested(); inner != nil {
			d = inner
		}
	}
	for _, v := range d.entries {
		if _, ok := v.(*view); ok {
			return d, nil
		}
	}
	return nil, fmt.Errorf("the checkpoint has no tensors, not even in one of %s", strings.Join(nests, ", "))
}

// nested returns the best of the dicts in d, nil if there is none.
func (d *dict) nested() *dict {
	for _, key := range nests {
		if inner, ok := d.entries[key].(*dict); ok {
			return inner
		}
	}
	return nil
}

// collect lays the tensors of a state dict out. Together they may not be larger
// than the file: views that repeat its bytes would make a small file a huge model.
func (f *torchFile) collect(state *dict) error {
	room := len(f.data)
	for key, value := range state.entries {
		name, named := key.(string)
		v, ok := value.(*view)
		if !ok || !named {
			return fmt.Errorf("%.200q is %s, not a tensor", fmt.Sprint(key), kindOf(value))
		}
		if room -= v.bytes(); room < 0 {
			return errors.New("tensors are larger than the file: they share memory")
		}
		f.tensors[name] = v.tensor()
		f.used[v.storage.entry] = true
	}
	return nil
}

// verify reads all entries in use and compares their checksums. Overlaps are
// refused first, so that it never reads more than the file.
func (f *torchFile) verify() error {
	type span struct {
		entry *zip.File
		from  int64
	}
	var spans []span
	for entry := range f.used {
		from, err := entry.DataOffset()
		if err != nil {
			return fmt.Errorf("%s: %w", entry.Name, err)
		}
		spans = append(spans, span{entry, from})
	}
	slices.SortFunc(spans, func(a, b span) int { return cmp.Compare(a.from, b.from) })
	end := int64(0)
	for _, s := range spans {
		if s.from < end {
			return fmt.Errorf("%s overlaps the entry before it", s.entry.Name)
		}
		end = s.from + int64(s.entry.CompressedSize64)
		if err := checkCRC(s.entry, f.data[s.from:end]); err != nil {
			return err
		}
	}
	return nil
}

func checkCRC(entry *zip.File, data []byte) error {
	if crc32.ChecksumIEEE(data) != entry.CRC32 {
		return fmt.Errorf("%s does not match its checksum: damaged, or saved with set_crc32_options(False)", entry.Name)
	}
	return nil
}

// archive is a zip file in memory, its entries without the folder they are in.
type archive struct {
	data    []byte
	entries map[string]*zip.File
}

// openArchive reads the directory and checks that it is a PyTorch archive.
func openArchive(data []byte) (a archive, err error) {
	if !bytes.HasPrefix(data, []byte("PK")) {
		return a, noArchive(data)
	}
	if n := claimedEntries(data); n > maxEntries {
		return a, fmt.Errorf("zip archive of %d entries: more than %d", n, maxEntries)
	}
	z, err := zip.NewReader(&directoryReader{bytes.NewReader(data), maxDirectory}, int64(len(data)))
	if err != nil {
		return a, fmt.Errorf("zip archive, truncated? %w", err)
	}
	a = archive{data, map[string]*zip.File{}}
	folder := ""
	for _, f := range z.File {
		before, name, _ := strings.Cut(f.Name, "/")
		if folder == "" {
			folder = before
		}
		if _, twice := a.entries[name]; twice || before != folder {
			return a, fmt.Errorf("entry %.200q is there twice, or outside %q", f.Name, folder)
		}
		a.entries[name] = f
	}
	return a, a.checkByteOrder()
}

// checkByteOrder refuses storages of a big-endian machine.
func (a archive) checkByteOrder() error {
	if a.entries["byteorder"] == nil {
		return nil
	}
	order, err := a.bytes("byteorder")
	if err == nil && string(order) != "little" {
		err = fmt.Errorf("byte order %.20q is not \"little\"", order)
	}
	return err
}

// bytes returns an entry's content, in the archive's memory.
func (a archive) bytes(name string) ([]byte, error) {
	f := a.entries[name]
	if f == nil {
		return nil, fmt.Errorf("%.200s is missing; the archive has %d entries", name, len(a.entries))
	}
	if f.Method != zip.Store || f.CompressedSize64 != f.UncompressedSize64 {
		return nil, fmt.Errorf("%s is compressed; PyTorch stores", f.Name)
	}
	from, err := f.DataOffset()
	if err != nil {
		return nil, fmt.Errorf("%s: %w", f.Name, err)
	}
	if size := int64(len(a.data)); from > size || f.CompressedSize64 > uint64(size-from) {
		return nil, fmt.Errorf("%s reaches beyond the end of the archive: truncated?", f.Name)
	}
	return a.data[from : from+int64(f.CompressedSize64)], nil
}

// noArchive says why data is no checkpoint that can be read. Before PyTorch 1.6
// they were pickles in a row; what those ask for is worth knowing before
// somebody loads them elsewhere.
func noArchive(data []byte) error {
	u := &unpickler{rest: data[:min(len(data), maxPickle)], memo: map[int]any{}}
	for range 4 { // magic number, version, system, object
		u.run()
	}
	switch {
	case errors.Is(u.err, errName):
		return u.err
	case bytes.HasPrefix(data, []byte("\x80")):
		return errors.New("the format of PyTorch before 1.6: torch.load it in a newer one, with weights_only=True, and torch.save it again")
	}
	return errors.New("not a zip archive, as PyTorch's checkpoints are")
}

// claimedEntries is the number of entries in the record that ends an archive,
// or in the 64-bit one that it may have instead: archive/zip allocates a
// pointer for each before it looks for the first.
func claimedEntries(data []byte) uint64 {
	const end, locator, end64 = 22, 20, 56 // sizes of the records
	at := len(data) - end
	if at < locator {
		return 0
	}
	count := uint64(binary.LittleEndian.Uint16(data[at+10:]))
	if l := data[at-locator:]; bytes.HasPrefix(l, []byte("PK\x06\x07")) && len(data) >= end64 {
		if at := binary.LittleEndian.Uint64(l[8:]); at <= uint64(len(data)-end64) {
			count = max(count, binary.LittleEndian.Uint64(data[at+32:]))
		}
	}
	return count
}

// directoryReader lets archive/zip read only so much: it allocates for each
// entry several times what the entry takes in the directory.
type directoryReader struct {
	data io.ReaderAt
	left int
}

func (r *directoryReader) ReadAt(p []byte, at int64) (int, error) {
	if r.left -= len(p); r.left < 0 {
		return 0, fmt.Errorf("directory of more than %d bytes", maxDirectory)
	}
	return r.data.ReadAt(p, at)
}
