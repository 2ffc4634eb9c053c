package store

import (
	"encoding/binary"
	"encoding/hex"
	"errors"
	"math"
	"strings"
	"testing"
	"time"
)

// TestLayout pins the bytes that docs/format.md draws: an old folder must open tomorrow.
func TestLayout(t *testing.T) {
	image, err := encodeImage(Image{ID: 9, PixelHash: [32]byte{0xab}, Format: "png", Width: 3, Height: 2, Model: "m", Added: testTime})
	if err != nil {
		t.Fatal(err)
	}
	file, err := encodeFile(File{Path: "/x", SHA256: [32]byte{0xcd}, Size: 12, ModTime: testTime, Added: testTime})
	if err != nil {
		t.Fatal(err)
	}
	label, err := encodeLabel(Label{"cat", Accepted, testTime})
	if err != nil {
		t.Fatal(err)
	}
	zeros := strings.Repeat("0", 62)
	when := `"2026-03-04T05:06:07.00000089Z"`
	up := append(append([]byte{0, 0, 0, 0, 0, 0, 0, 7, 'u', 0xcd}, make([]byte, 31)...), "a.jpg"...)
	remark, _ := sealJSON(Remark{FromThumbnail: true})
	missing, _ := sealJSON(Remark{NotEmbedded: "gone"})
	counted, _ := sealJSON(counts{Images: 1, Remarks: remarkCounts{NotEmbedded: 2}})
	tests := []struct{ name, got, want string }{
		{"remark", string(remark[:len(remark)-4]), "\x01" + `{"from_thumbnail":true}`},
		{"missing", string(missing[:len(missing)-4]), "\x01" + `{"not_embedded":"gone"}`},
		{"counts", string(counted[:len(counted)-4]), "\x01" + `{"images":1,"files":0,"originals":0,"original_bytes":0,"remarks":{"not_embedded":2}}`},
		{"generation", string(generation(12).vectors()) + string(generation(0).graph()), "vectors.12graph"},
		{"vector", hex.EncodeToString(encodeVector([]float32{1, -2})), "01" + "02000000" + "0000803f" + "000000c0" + "a27574c8"},
		{"thumbnail", hex.EncodeToString(seal([]byte{0xff, 0xd8})), "01" + "ffd8" + "e3accc3f"},
		{"add", hex.EncodeToString(encodeChange(Change{Seq: 1, ID: 258})), "01" + "01" + "0000000000000102" + "06b52c2e"},
		{"delete", hex.EncodeToString(encodeChange(Change{Seq: 1, ID: 258, Delete: true})), "01" + "02" + "0000000000000102" + "2fb98337"},
		{"header", hex.EncodeToString(encodeHeader(5, []byte("g"))), "01" + "0000000000000005" + "67" + "ec85afc0"},
		{"sha256", hex.EncodeToString(encodeSHA(shaRecord{1, 2, 3})), "0000000000000001" + "00000002" + "00000003"},
		{"id", hex.EncodeToString(idKey(0x0102)), "0000000000000102"},
		{"chunk key", hex.EncodeToString(chunkKey(7)), "63" + "00000007"},
		{"path key", string(fileKey(7, File{Path: "/x"})), "\x00\x00\x00\x00\x00\x00\x00\x07p/x"},
		{"upload key", string(fileKey(7, File{Uploaded: true, Path: "a.jpg", SHA256: [32]byte{0xcd}})), string(up)},
		{"image", string(image[:len(image)-4]),
			"\x01" + `{"pixel_hash":"ab` + zeros + `","format":"png","width":3,"height":2,"model":"m","added":` + when + `}`},
		{"label", string(label[:len(label)-4]), "\x01" + `{"decision":"accepted","at":` + when + `}`},
		{"label key", string(labelKey(7, "cat")), "\x00\x00\x00\x00\x00\x00\x00\x07cat"},
		{"labelled key", string(labelledKey("cat", 7)), "cat\x00\x00\x00\x00\x00\x00\x00\x00\x07"},
		{"file", string(file[:len(file)-4]), "\x01" + `{"sha256":"cd` + zeros + `","size":12,"modified":` + when + `,"added":` + when + `}`},
	}
	for _, tt := range tests {
		same(t, tt.name, tt.got, tt.want)
	}
}

// TestDecodeRefuses gives each decoder bodies that are sealed well and still wrong.
func TestDecodeRefuses(t *testing.T) {
	image := func(v []byte) error { return second(decodeImage(1, v)) }
	file := func(v []byte) error { return third(decodeFile(fileKey(1, File{Path: "/x"}), v)) }
	upload := func(v []byte) error { return third(decodeFile(fileKey(1, File{Path: "x", Uploaded: true}), v)) }
	vector := func(v []byte) error { return second(decodeVector(v)) }
	change := func(v []byte) error { return second(decodeChange(idKey(1), v)) }
	header := func(v []byte) error { return third(decodeHeader(v)) }
	label := func(v []byte) error { return second(decodeLabel(labelKey(1, "cat"), v)) }
	good, _ := encodeFile(File{SHA256: [32]byte{1}})
	versioned := seal([]byte("x"))
	versioned[0] = 9
	binary.LittleEndian.PutUint32(versioned[2:], crcOf(versioned[:2]))
	tests := []struct {
		name   string
		decode func([]byte) error
		value  []byte
		says   string
	}{
		{"nothing", image, nil, "0 bytes"},
		{"too short", image, []byte{1, 0, 0, 0}, "4 bytes"},
		{"other version", vector, versioned, "version 9, this program reads 1"},
		{"checksum", vector, []byte{1, 0, 0, 0, 0}, "checksum"},
		{"not JSON", image, seal([]byte("{")), "record"},
		{"unknown field", image, seal([]byte(`{"colour":1}`)), "colour"},
		{"two records", image, seal([]byte(`{}{}`)), "after the record"},
		{"short hash", image, seal([]byte(`{"pixel_hash":"ab"}`)), "hash of 2 digits"},
		{"no hash", image, seal([]byte(`{"pixel_hash":"` + strings.Repeat("z", 64) + `"}`)), "invalid byte"},
		{"file", file, seal([]byte(`[]`)), `file "/x" of image 1`},
		{"upload of other bytes", upload, good, "different hashes"},
		{"vector without length", vector, seal([]byte{1, 2}), "2 bytes"},
		{"vector too short", vector, seal([]byte{2, 0, 0, 0, 0, 0, 0, 0}), "8 bytes"},
		{"vector with half a number", vector, seal([]byte{1, 0, 0, 0, 0, 0}), "6 bytes"},
		{"change of no kind", change, seal(append([]byte{3}, idKey(1)...)), "neither"},
		{"change too long", change, seal(append([]byte{1}, 0, 0, 0, 0, 0, 0, 0, 0, 0)), "neither"},
		{"label without a decision", label, seal([]byte(`{"at":"2026-03-04T05:06:07Z"}`)), `label "cat" of image 1: decision ""`},
		{"header without watermark", header, seal([]byte{1}), "1 bytes"},
	}
	for _, tt := range tests {
		if err := tt.decode(tt.value); !errors.Is(err, ErrCorrupt) || !strings.Contains(err.Error(), tt.says) {
			t.Errorf("%s: %v, want %q", tt.name, err, tt.says)
		}
	}
}

// TestKeysRefuse does the same for keys and plain numbers.
func TestKeysRefuse(t *testing.T) {
	for name, err := range map[string]error{
		"short id":           second(keyID([]byte{1})),
		"long id":            second(keyID(make([]byte, 9))),
		"chunk":              second(parseChunkKey([]byte("x1234"))),
		"short chunk":        second(parseChunkKey([]byte("c123"))),
		"short file":         third(parseFileKey([]byte("12345678"))),
		"file without path":  third(parseFileKey([]byte("12345678p"))),
		"upload with 31":     third(parseFileKey(append([]byte("12345678u"), make([]byte, 31)...))),
		"file of other kind": third(parseFileKey([]byte("12345678x/a"))),
		"short label":        third(parseLabelKey([]byte("1234567"))),
		"short labelled":     third(parseLabelledKey([]byte("12345678"))),
		"labelled, no zero":  third(parseLabelledKey([]byte("x12345678"))),
		"sha256":             second(decodeSHA(make([]byte, 15))),
		"log key":            second(decodeChange([]byte{1}, encodeChange(Change{}))),
	} {
		if !errors.Is(err, ErrCorrupt) {
			t.Errorf("%s: %v", name, err)
		}
	}
}

func TestTidyTime(t *testing.T) {
	local := time.Now()
	tests := []struct{ in, want time.Time }{
		{time.Time{}, time.Time{}},
		{testTime.In(time.FixedZone("", -3600)), testTime},
		{local, local.UTC().Round(0)},
		{time.Unix(math.MaxInt32*1e3, 0), time.Time{}},
		{time.Unix(-1e12, 0), time.Time{}},
		{time.Unix(-1, 5), time.Unix(-1, 5).UTC()},
	}
	for _, tt := range tests {
		if got := tidyTime(tt.in); got != tt.want {
			t.Errorf("tidyTime(%v) = %v, want %v", tt.in, got, tt.want)
		}
	}
}

func third[A, B any](_ A, _ B, err error) error { return err }
